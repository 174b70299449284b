import type { BackupPolicy } from '../../core/domain/backup.js'
import type { Environment } from '../../core/domain/environment.js'
import { InputError, type Problem } from '../../core/errors/families.js'

export const modes = ['restore', 'list'] as const
export const targets = ['new', 'in-place', 'new-cluster'] as const
export const migrationChoices = ['forward', 'leave'] as const
/** In place of a receipt's id. */
export const LATEST = 'latest-verified'
/** PostgreSQL cuts longer names. */
const LONGEST_NAME = 63

export interface RestoreRequest {
  readonly environment: Environment
  readonly policy: BackupPolicy
  readonly mode: (typeof modes)[number]
  readonly target: (typeof targets)[number]
  /** Id of a receipt; absent: the newest verified one. */
  readonly receipt?: string
  /** Epoch ms. */
  readonly before?: number
  readonly unverified: boolean
  /** Name of a new database; absent: made of the real one's and the time. */
  readonly into?: string
  /** Of a cluster of its own. */
  readonly folder?: string
  /** What was typed to confirm a restore in place. */
  readonly confirm?: string
  readonly safetyBackup: boolean
  /** The restored data is migrated to what the live release needs. */
  readonly forward: boolean
  readonly dryRun: boolean
  /** When the process began (epoch ms): what a restore takes is counted from there. */
  readonly startedAt: number
}

interface RestoreInputs {
  readonly mode: RestoreRequest['mode']
  readonly target: RestoreRequest['target']
  readonly receipt: string
  readonly before?: number | undefined
  readonly unverified: boolean
  readonly into?: string | undefined
  readonly folder?: string | undefined
  readonly confirm?: string | undefined
  readonly 'safety-backup': boolean
  readonly migrations?: (typeof migrationChoices)[number] | undefined
  readonly 'dry-run': boolean
}

/** What is asked for, from inputs and configuration. Rejects with one `InputError` that names everything wrong. */
export function restoreRequest(given: RestoreInputs, environment: Environment, startedAt: number): RestoreRequest {
  const { mode, target, receipt, before, into, folder, confirm, migrations } = given
  const [first, ...rest] = [...inputProblems(given), ...clusterProblems(given, environment), ...placeProblems(environment)]
  if (first !== undefined) throw new InputError([first, ...rest])
  return {
    environment, policy: environment.backup!, mode, target, startedAt,
    unverified: given.unverified,
    safetyBackup: given['safety-backup'],
    // Nothing uses a new database yet, so its schema stays as it was unless that is asked for.
    forward: (migrations ?? (target === 'in-place' ? 'forward' : 'leave')) === 'forward',
    dryRun: given['dry-run'],
    ...(receipt === LATEST ? {} : { receipt }),
    ...(before === undefined ? {} : { before }),
    ...(into === undefined ? {} : { into }),
    ...(folder === undefined ? {} : { folder }),
    ...(confirm === undefined ? {} : { confirm }),
  }
}

function placeProblems({ name, backup }: Environment): readonly Problem[] {
  if (backup !== undefined) return []
  return [{
    code: 'input-missing',
    message: `No database is named for environment \`${name}\`.`,
    fix: `Set \`environments.${name}.backup.database\` in the configuration, or the input \`database\`.`,
  }]
}

function inputProblems({ target, receipt, before, into, confirm }: RestoreInputs): readonly Problem[] {
  const bad = (message: string, fix: string): Problem => ({ code: 'input-invalid', message, fix })
  return [
    ...(receipt !== LATEST && before !== undefined ? [bad(`Inputs \`receipt\` and \`before\` are both given, and \`receipt\` is "${receipt}".`, `Give one of them: \`before\` chooses among verified backups by itself, with \`receipt: ${LATEST}\`.`)] : []),
    ...(target !== 'new' && into !== undefined ? [bad(`Input \`into\` is "${into}", and a ${target === 'in-place' ? 'restore in place goes into the database itself' : 'cluster has its databases under their own names'}.`, 'Leave `into` out, or take `target: new`.')] : []),
    ...(target !== 'in-place' && confirm !== undefined ? [bad(`Input \`confirm\` is "${confirm}", and \`target\` is \`${target}\`, which replaces nothing.`, 'Leave `confirm` out, or take `target: in-place`.')] : []),
    ...(into === undefined ? [] : nameProblems(into)),
  ]
}

function clusterProblems({ mode, target, folder, migrations }: RestoreInputs, { name, backup }: Environment): readonly Problem[] {
  const bad = (message: string, fix: string): Problem => ({ code: 'input-invalid', message, fix })
  if (target !== 'new-cluster') return folder === undefined ? [] : [bad(`Input \`folder\` is "${folder}", and \`target\` is \`${target}\`.`, 'Leave `folder` out, or take `target: new-cluster`.')]
  return [
    ...(folder === undefined && mode !== 'list' ? [{ code: 'input-missing' as const, message: 'Input `folder` is missing, and `target` is `new-cluster`.', fix: 'Name a folder that is not there yet, as `/srv/shop-then`.' }] : []),
    ...(migrations === 'forward' ? [bad('Input `migrations` is "forward", and a cluster of its own stays as it was.', 'Leave `migrations` out, and migrate it yourself at the address that the output `connection` tells.')] : []),
    ...(backup !== undefined && backup.pointInTime === undefined ? [bad(`Input \`target\` is "new-cluster", and \`${name}\` has no \`backup.pgbackrest\`: only what pgBackRest keeps comes back as a cluster.`, 'Take `target: new`.')] : []),
  ]
}

function nameProblems(into: string): readonly Problem[] {
  const fix = `Choose a name of at most ${LONGEST_NAME} bytes that does not begin with \`ecluse_scratch_\`.`
  if (new TextEncoder().encode(into).length > LONGEST_NAME) return [{ code: 'input-invalid', message: `Input \`into\` is "${into}", which is longer than a database's name can be.`, fix }]
  // Such names are swept: the next run would take it for a leftover.
  return into.startsWith('ecluse_scratch_') ? [{ code: 'input-invalid', message: `Input \`into\` is "${into}", a name of databases that are dropped when their run is gone.`, fix }] : []
}

/** `shop_restored_20261121t201500z` */
export function nameFor(database: string, now: number): string {
  const tail = `_restored_${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '').toLowerCase()}`
  let head = database
  while (new TextEncoder().encode(head + tail).length > LONGEST_NAME) head = head.slice(0, -1)
  return head + tail
}
