import { timed } from '../../core/delivery/chronicle.js'
import { runChecks } from '../../core/delivery/checks.js'
import { emptyCaches } from '../../core/delivery/flush-cache.js'
import { migrateFor } from '../../core/delivery/migrate.js'
import { runUserCommand, type Place } from '../../core/delivery/user-command.js'
import type { Release } from '../../core/domain/release.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Reason } from './outcome.js'
import type { Run } from './run.js'

const COMMAND_WITHIN_MS = 600_000

export interface Afterwards {
  /** Set when something went wrong; the data stays restored. */
  readonly reason?: Reason
  readonly message: string
}

/** What comes after the data is back, in this order: schema forward, caches, checks. The first that fails ends it. */
export async function afterwards(run: Run, ambient: Ambient): Promise<Afterwards> {
  const migrated = await migrate(run, ambient)
  // Nothing uses a new database yet: no cache holds answers of it, and no check would see it.
  if (migrated.reason !== undefined || run.request.target === 'new') return migrated
  const flushed = await flush(run, ambient)
  if (flushed.reason !== undefined) return together(migrated, flushed)
  return together(migrated, flushed, await check(run, ambient))
}

async function migrate(run: Run, ambient: Ambient): Promise<Afterwards> {
  const { request, facts } = run
  const commands = request.environment.migrate
  if (commands?.up === undefined) return { message: 'No migration is configured.' }
  if (!request.forward) return { message: 'The schema stays as it was then: no migration was run.' }
  run.phase = 'migrate'
  if (commands.in === 'release' && facts.live === undefined) {
    return { reason: 'migrate-failed', message: `The migration runs in the live release's image, and the ledger knows of none. Run it yourself: the schema is that of ${facts.receipt!.version || 'an unknown release'}.` }
  }
  // Until it says where it ended.
  facts.revision = undefined
  const doing = async <T>(_: string, change: () => Promise<T>): Promise<T> => change()
  const migrated = await timed(facts.chronicle, 'migrate', ambient, () => migrateFor({ doing }, commands, placeOf(run), lazily(run), ambient))
  facts.lastLines = migrated.lastLines
  if (!migrated.ok) return { reason: 'migrate-failed', message: `${migrated.why} The data is restored, and its schema is not what the live release needs: mend the migration and run it, or go back in place to \`${facts.kept ?? 'the database before'}\`.` }
  if (migrated.schema === undefined) return { message: 'It was migrated.' }
  facts.schema = migrated.schema
  facts.revision = migrated.schema.after
  const { before, after } = migrated.schema
  return { message: before === after ? `The schema is at ${after}.` : `The schema went from ${before} to ${after}.` }
}

async function flush(run: Run, ambient: Ambient): Promise<Afterwards> {
  const { request, ports, facts } = run
  const { flushCache: how, migrate: commands } = request.environment
  if (how === undefined) return { message: '' }
  run.phase = 'flush'
  const command = (what: string, script: string): ReturnType<typeof runUserCommand> => {
    ambient.log.step(what)
    return runUserCommand({ what, script, in: commands?.in ?? 'runner', withinMs: commands?.withinMs ?? COMMAND_WITHIN_MS }, placeOf(run), lazily(run), ambient)
  }
  const flushed = await timed(facts.chronicle, 'flush', ambient, () => emptyCaches(how, { command, cache: ports.cache }, ambient))
  if (flushed.why === undefined) return { message: 'The caches are empty.' }
  facts.lastLines = flushed.lastLines
  return { reason: 'flush-failed', message: `${flushed.why} Empty them before users see what is gone.` }
}

async function check(run: Run, ambient: Ambient): Promise<Afterwards> {
  const { request, facts } = run
  const { url, checks, identity, degraded, rollout } = request.environment
  if (url === undefined || checks.length === 0) return { message: `No ${url === undefined ? 'address' : 'checks'} of the environment ${url === undefined ? 'is' : 'are'} configured, so nobody looked at the application.` }
  run.phase = 'check'
  ambient.log.step(`Check \`${request.environment.name}\``)
  const report = await timed(facts.chronicle, 'check', ambient, () => runChecks({
    url, checks, degraded, headers: {}, withinMs: rollout.healthyWithinMs, retryEveryMs: 1000, concurrency: 4,
    ...(identity === undefined || facts.live === undefined ? {} : { identity, version: facts.live.version }),
  }, ambient))
  facts.checks = report
  if (report.ok) return { message: report.message }
  return { reason: 'checks-failed', message: `${report.message} The data is restored; look whether the application reconnected, restart it if it did not, and read what the checks found.` }
}

/** A command for a database that nobody uses yet is told where that is; otherwise it would change the real one. */
function placeOf({ request, facts }: Run): Place {
  const { environment, target, policy } = request
  const release = facts.live ?? nobody(environment.app)
  const elsewhere = target === 'new' ? addressOf(policy.database, facts.database!) : undefined
  return { environment: environment.name, url: environment.url ?? '', release, ...(elsewhere === undefined ? {} : { env: { DATABASE_URL: elsewhere, ECLUSE_DATABASE_URL: elsewhere } }) }
}

function addressOf(address: string, database: string): string {
  const url = new URL(address)
  url.pathname = `/${encodeURIComponent(database)}`
  return url.href
}

/** Commands on the runner need no release. */
function nobody(app: string): Release {
  return { app, version: '', commit: '', images: {}, serving: app, settings: {}, settingsHash: '' }
}

/** A platform that is not there is no obstacle for who needs none. */
function lazily({ ports }: Run): Parameters<typeof runUserCommand>[2] {
  return { runTask: async (...task) => (await ports.platform()).runTask(...task) }
}

function together(...parts: readonly Afterwards[]): Afterwards {
  const reason = parts.find((part) => part.reason !== undefined)?.reason
  return { ...(reason === undefined ? {} : { reason }), message: parts.map(({ message }) => message).filter((message) => message !== '').join(' ') }
}

