/** Sessions of others. Autovacuum has no user: it goes by itself when the server needs the database, and only a superuser may end it. */
export const OTHERS = 'a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL'

const SUPERUSER = '(SELECT rolsuper FROM pg_roles WHERE rolname = current_user)'

/** Whom we may end. The server raises an error for anybody else, which would keep us from all that come after. */
export const MAY_END = `(${SUPERUSER} OR ((pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE'))
  AND NOT coalesce((SELECT r.rolsuper FROM pg_roles r WHERE r.oid = a.usesysid), false)))`
