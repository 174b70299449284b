/**
 * One query per kind of thing a schema holds. Each gives rows of kind, identity, what must be equal to the letter, and
 * what the server wrote out from its parsed form. Owners, privileges, comments, tablespaces and statistics targets are
 * left out: a restore may change the first two rightly, and the others change no answer.
 */
export const OUTLINE_QUERIES: readonly string[] = [
  `SELECT 'schema', quote_ident(n.nspname), '', '' FROM pg_namespace n
   WHERE ${users('n')} AND n.nspname <> 'public' AND ${notOfExtension('pg_namespace', 'n.oid')}`,

  `SELECT 'relation', c.oid::regclass::text,
     concat_ws(' ', c.relkind, c.relpersistence, am.amname, c.relrowsecurity, c.relforcerowsecurity, c.relreplident, c.relispopulated,
       (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(c.reloptions) o),
       (SELECT string_agg(i.inhparent::regclass::text, ',' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
       (SELECT concat_ws(',', s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle) FROM pg_sequence s WHERE s.seqrelid = c.oid)),
     concat_ws(' ', pg_get_expr(c.relpartbound, c.oid), CASE WHEN c.relkind IN ('v', 'm') THEN ${unqualified('pg_get_viewdef(c.oid)')} END)
   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c') AND ${users('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,

  // A child of plain inheritance gets its parents' columns first when it is restored, wherever they were before.
  `SELECT 'column', c.oid::regclass::text || '.' || quote_ident(a.attname),
     concat_ws(' ', CASE WHEN c.relispartition OR NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
         THEN rank() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) END,
       format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, to_jsonb(a)->>'attgenerated',
       CASE WHEN a.attcollation <> 0 THEN (SELECT quote_ident(l.collname) FROM pg_collation l WHERE l.oid = a.attcollation) END),
     pg_get_expr(d.adbin, d.adrelid)
   FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${users('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,

  // Foreign keys of partitions are made by the server, under names of its own choice. NOT NULL is told with the column or domain: only
  // servers from 18 on have it here, too.
  `SELECT 'constraint', CASE WHEN k.conrelid <> 0 THEN k.conrelid::regclass::text ELSE k.contypid::regtype::text END || '.' || quote_ident(k.conname),
     k.contype::text, pg_get_constraintdef(k.oid)
   FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
   WHERE (k.conparentid = 0 OR k.contype <> 'f') AND k.contype <> 'n' AND ${users('n')} AND ${notOfExtension('pg_class', 'k.conrelid')} AND ${notOfExtension('pg_type', 'k.contypid')}`,

  // An index that failed half way (CREATE INDEX CONCURRENTLY) is never dumped.
  `SELECT 'index', i.indexrelid::regclass::text, concat_ws(' ', i.indisclustered, i.indisreplident), pg_get_indexdef(i.indexrelid)
   FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE (i.indisvalid OR c.relkind = 'I') AND ${users('n')} AND ${notOfExtension('pg_class', 'i.indrelid')} AND ${notOfExtension('pg_class', 'i.indexrelid')}`,

  `SELECT 'function', p.oid::regprocedure::text,
     concat_ws(' ', p.prokind, p.prosrc, (SELECT concat_ws(',', g.aggtransfn, g.aggfinalfn, g.aggtranstype::regtype, g.agginitval) FROM pg_aggregate g WHERE g.aggfnoid = p.oid)),
     CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END
   FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${users('n')} AND ${notOfExtension('pg_proc', 'p.oid')}`,

  `SELECT 'trigger', t.tgrelid::regclass::text || '.' || quote_ident(t.tgname), t.tgenabled::text, pg_get_triggerdef(t.oid)
   FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal AND ${users('n')} AND ${notOfExtension('pg_class', 'c.oid')} AND ${notOfExtension('pg_trigger', 't.oid')}`,

  `SELECT 'rule', r.ev_class::regclass::text || '.' || quote_ident(r.rulename), r.ev_enabled::text, pg_get_ruledef(r.oid)
   FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE r.rulename <> '_RETURN' AND ${users('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,

  `SELECT 'policy', p.polrelid::regclass::text || '.' || quote_ident(p.polname),
     concat_ws(' ', p.polcmd, p.polpermissive, (SELECT string_agg(CASE role WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(role)) END, ',' ORDER BY 1) FROM unnest(p.polroles) role)),
     concat_ws(' / ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
   FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE ${users('n')} AND ${notOfExtension('pg_class', 'c.oid')}`,

  `SELECT 'type', t.oid::regtype::text,
     concat_ws(' ', t.typtype, (SELECT string_agg(quote_literal(e.enumlabel), ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull,
       (SELECT r.rngsubtype::regtype::text FROM pg_range r WHERE r.rngtypid = t.oid)),
     CASE WHEN t.typtype = 'd' THEN t.typdefault END
   FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r') AND ${users('n')} AND ${notOfExtension('pg_type', 't.oid')}`,

  `SELECT 'statistics', quote_ident(n.nspname) || '.' || quote_ident(s.stxname), '', pg_get_statisticsobjdef(s.oid)
   FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${users('n')}`,

  `SELECT 'event trigger', quote_ident(e.evtname), concat_ws(' ', e.evtevent, e.evtfoid::regproc, e.evtenabled, e.evttags::text), ''
   FROM pg_event_trigger e WHERE ${notOfExtension('pg_event_trigger', 'e.oid')}`,

  `SELECT 'publication', quote_ident(p.pubname), concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate,
     (SELECT string_agg(r.prrelid::regclass::text, ',' ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid)), '' FROM pg_publication p`,

  `SELECT 'foreign server', quote_ident(s.srvname), concat_ws(' ', w.fdwname, s.srvtype, s.srvversion, s.srvoptions::text), ''
   FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE ${notOfExtension('pg_foreign_server', 's.oid')}`,
].map((query) => `SELECT json_build_array(kind, identity, plain, coalesce(written, '')) FROM (${query}) AS part(kind, identity, plain, written)`)

/** Schemas that users made; the server keeps `pg_` for itself. */
export function users(namespace: string): string {
  return `${namespace}.nspname !~ '^pg_' AND ${namespace}.nspname <> 'information_schema'`
}

/** What an extension brought comes back with the extension, in whatever shape its version has. */
export function notOfExtension(catalog: string, oid: string): string {
  return `NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '${catalog}'::regclass AND x.objid = ${oid} AND x.deptype = 'e')`
}

/** Servers before 16 write `table.column` in views where newer ones write `column`; two copies of one database agree on what is left. */
function unqualified(definition: string): string {
  return `regexp_replace(${definition}, '("([^"]|"")+"|[a-z_][a-z0-9_$]*)[.]', '', 'g')`
}
