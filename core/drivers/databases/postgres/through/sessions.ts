import type { Processes } from '../../../../ports/process.js'
import type { Address } from '../address.js'
import { ask, literal } from '../psql.js'
import { asking, type Server } from '../server.js'
import { MARKS, orphaned } from './mark.js'

const END_MS = 4000

interface Reached {
  readonly address: Address
  readonly process: Processes
}

/** Ends the session of this name. It may be about to begin: its program was started a moment ago. */
export async function endSessions(mark: string, { address, process }: Reached): Promise<void> {
  await ask({ psql: 'psql', address, process }, {
    what: 'end the session of a stopped program on the server of',
    code: 'database-refused',
    timeoutMs: END_MS,
    sql: `DO $$ BEGIN FOR look IN 1..6 LOOP
      PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${named(mark)};
      EXIT WHEN FOUND; PERFORM pg_sleep(0.25); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$;`,
  })
}

/** Whether the session of this name is still there a while after its program was said to have ended; then it is ended. */
export async function outlived(mark: string, { address, process }: Reached): Promise<boolean> {
  const still = await ask({ psql: 'psql', address, process }, {
    what: 'look whether a program has ended on the server of',
    code: 'database-unreachable',
    sql: `DO $$ BEGIN FOR look IN 1..20 LOOP
      PERFORM FROM pg_stat_activity WHERE ${named(mark)};
      EXIT WHEN NOT FOUND; PERFORM pg_sleep(0.1); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$;
      SELECT json_build_array(pg_terminate_backend(pid)::text) FROM pg_stat_activity WHERE ${named(mark)};`,
  })
  return still.length > 0
}

function named(mark: string): string {
  return `application_name = ${literal(mark)} AND pid <> pg_backend_pid()`
}

/** Ends sessions of client programs whose run was killed. */
export async function endOrphans(server: Server): Promise<void> {
  const about = { what: 'look for sessions of runs that are gone on the server of', code: 'database-refused' } as const
  const found = await ask(asking(server), { ...about, sql: `SELECT json_build_array(application_name) FROM pg_stat_activity WHERE application_name LIKE ${literal(MARKS)} AND pid <> pg_backend_pid();` })
  const names = found.map(([name]) => name!).filter((name) => orphaned(name, server.ambient))
  if (names.length === 0) return
  await ask(asking(server), { ...about, sql: `SELECT json_build_array(pg_terminate_backend(pid)::text) FROM pg_stat_activity WHERE application_name IN (${names.map(literal).join(', ')});` })
}
