import type { PgBackRestOptions } from '../../../../domain/backup.js'
import type { ErrorCode } from '../../../../errors/catalogue.js'
import { InputError, ProcessError, StateError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Finished } from '../../../../ports/process.js'
import { withoutSecrets, type Address } from '../address.js'
import { as, type Identity } from './identity.js'

const LONGEST_SAID = 400
/** Its own exit codes: no connection to the cluster, and another of its programs at work. */
const NO_CONNECTION = 56
const LOCKED = 50
const VERSION_MS = 60_000
/** What it would have in a terminal. */
const INHERITED = ['PGBACKREST_*', 'PGPASSWORD', 'PGPASSFILE']

/** What is said beside a backup came with this one. */
const LEAST = [2, 41] as const

export interface Backrest {
  readonly program: string
  readonly version: string
  readonly options: PgBackRestOptions
  readonly address: Address
  readonly identity: Identity
  readonly ambient: Ambient
}

export interface Asked {
  /** As an infinitive: "check the archive of". */
  readonly what: string
  readonly command: string
  readonly args?: readonly string[]
  readonly timeoutMs: number
  /** What its failure means. */
  readonly code: ErrorCode
  readonly fix?: string
}

/** Where pgBackRest keeps it, for people and receipts. */
export function placeOf({ stanza, repo }: PgBackRestOptions): string {
  return `pgbackrest:${stanza}/repo${repo ?? 1}`
}

/** Rejects when it is older than what is asked of it. */
export async function installed(ambient: Ambient): Promise<Pick<Backrest, 'program' | 'version'>> {
  const program = await ambient.process.which('pgbackrest')
  if (program === undefined) {
    throw new ProcessError('program-missing', { message: '`pgbackrest` is not on PATH.', fix: 'Install the package `pgbackrest`, or run where it is installed.', argv: ['pgbackrest'], tail: [] })
  }
  const { stdout } = await ambient.process.run({ what: 'read the version of pgBackRest', argv: [program, 'version'], timeoutMs: VERSION_MS })
  const version = stdout.replace('pgBackRest', '').trim()
  const [major, minor] = version.split('.').map((part) => Number.parseInt(part, 10))
  if (major === undefined || minor === undefined || Number.isNaN(major + minor)) {
    throw new InputError([{ code: 'client-too-old', message: `\`${program}\` says that its version is "${version}", which is none, and ${LEAST.join('.')} is needed.`, fix: 'See that the `pgbackrest` on PATH is pgBackRest.' }])
  }
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return { program, version }
  throw new InputError([{
    code: 'client-too-old', message: `\`${program}\` is pgBackRest ${version}, and ${LEAST.join('.')} or newer is needed: older ones can say nothing beside a backup, by which what a killed run left is found.`,
    fix: `Install pgBackRest ${LEAST.join('.')} or newer, on the host of its repository too.`,
  }])
}

/** Runs one command of pgBackRest. Keys and passwords reach it by its configuration or by `PGBACKREST_…` variables, never by argv. */
export async function backrest(given: Backrest, asked: Asked): Promise<Finished> {
  const { program, options, identity, ambient } = given
  const { stanza, config, repo } = options
  try {
    return await ambient.process.run({
      what: `${asked.what} stanza \`${stanza}\``,
      argv: [
        ...as(identity, program), asked.command, `--stanza=${stanza}`, ...(config === undefined ? [] : [`--config=${config}`]),
        ...(repo === undefined ? [] : [`--repo=${repo}`]), '--log-level-console=off', '--log-level-stderr=warn', ...(asked.args ?? []),
      ],
      // It connects as a user of its own, whose password is not the one of the address.
      env: { ...identity.env, LC_ALL: 'C' },
      inherit: INHERITED,
      timeoutMs: asked.timeoutMs,
    })
  } catch (thrown) {
    throw explained(thrown, given, asked)
  }
}

function explained(thrown: unknown, { options, address }: Backrest, { what, code, fix }: Asked): unknown {
  if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') return thrown
  const said = withoutSecrets(address, telling(thrown.tail))
  const message = `Could not ${what} stanza \`${options.stanza}\`: ${said === '' ? 'pgBackRest ended without a word.' : `"${said}".`}`
  if (thrown.exitCode === NO_CONNECTION) return new StateError('database-unreachable', { message, fix: 'Check `pg1-path`, `pg1-socket-path`, `pg1-port` and `pg1-user` in the configuration of pgBackRest, and that the server runs.' })
  if (thrown.exitCode === LOCKED) return new StateError(code, { message, fix: 'Another pgBackRest is at work on this stanza: wait until it has ended.' })
  return new StateError(code, { message, ...(fix === undefined ? {} : { fix }) })
}

/** The line that says why, with what follows it. */
function telling(tail: readonly string[]): string {
  const first = tail.findIndex((line) => /ERROR: /.test(line))
  const said = (first === -1 ? tail.slice(-2) : tail.slice(first, first + 2)).join(' ').replaceAll(/\s+/g, ' ').trim()
  return said.length > LONGEST_SAID ? `${said.slice(0, LONGEST_SAID - 1)}…` : said
}
