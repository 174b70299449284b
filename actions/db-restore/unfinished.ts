import { unfinishedRestore, type Restoring } from '../../core/domain/unfinished-restore.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Database } from '../../core/ports/database.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { Run } from './run.js'

/** What a restore in place has left that did not say how it ended. */
interface Left {
  readonly told: string
  /** Whether it replaced the database; undefined when nothing tells. */
  readonly replaced?: boolean
}

const TO_DO = 'Nobody saw the migration, the emptying of the caches and the checks that come after it: do them, or restore again.'

/** Says it before anything else is done; who only lists has no database to look at. */
export async function tellUnfinished({ facts }: Run, database: Pick<Database, 'has'> | undefined, ambient: Ambient): Promise<void> {
  const restoring = facts.history === undefined ? undefined : unfinishedRestore(facts.history, facts.about?.name)
  if (restoring === undefined) return
  const { holder } = facts.history!
  const living = holder?.run.id === restoring.run && holder.until > ambient.clock.now()
  const told = `${(await leftBy(restoring, database)).told}${living ? ' Its lease has not ended, so it may be at work still.' : ''}`
  ambient.log.warn(told)
  facts.notes.push(told)
}

/** Writes down how it ended, by what is there; for whoever holds the environment, or comes after the process in its own job. Resolves to what it said. */
export async function endUnfinished({ ledger, database, environment, of }: { readonly ledger: Ledger; readonly database: Pick<Database, 'has'>; readonly environment: string; readonly of: Partial<Pick<Restoring, 'database' | 'run'>> }, ambient: Ambient): Promise<string | undefined> {
  const restoring = unfinishedRestore(await ledger.history(environment), of.database)
  if (restoring === undefined || (of.run !== undefined && of.run !== restoring.run)) return undefined
  const { told, replaced } = await leftBy(restoring, database)
  if (replaced === undefined) return told
  try {
    const names = replaced ? { database: restoring.database, kept: restoring.kept ?? '' } : { database: '', kept: '' }
    // How long it took and how old the data was when it came back, the one who knew did not say.
    await ledger.record(environment, { type: 'restored', at: ambient.clock.now(), receipt: restoring.receipt, ...names, ok: false, reason: 'cancelled', detail: told, tookMs: 0, lostMs: 0 })
  } catch (fault) {
    ambient.log.warn(`How the restore by run ${restoring.run} ended is not in the ledger: ${messageOf(fault)}`)
  }
  return told
}

async function leftBy(restoring: Restoring, database: Pick<Database, 'has'> | undefined): Promise<Left> {
  const { kept, receipt, database: name } = restoring
  if (kept === undefined) return { told: `${began(restoring)} Look for a database whose name begins with \`${name}_before_\`: where one of that time is there, \`${name}\` holds the backup. ${TO_DO}` }
  if (database === undefined) return { told: `${began(restoring)} Where a database \`${kept}\` is there, that is the one before, and \`${name}\` holds the backup. ${TO_DO}` }
  if (await database.has(kept)) return { replaced: true, told: `${began(restoring)} \`${name}\` holds the backup ${receipt}; what was there before is kept as \`${kept}\`. ${TO_DO}` }
  return { replaced: false, told: `${began(restoring)} There is no \`${kept}\`, as which the one before would have been kept: unless somebody has dropped that since, \`${name}\` was not replaced.` }
}

function began({ run, receipt, database, at }: Restoring): string {
  return `Run ${run} was about to put the backup ${receipt} in the place of \`${database}\` at ${new Date(at).toISOString()}, and did not say how that ended.`
}
