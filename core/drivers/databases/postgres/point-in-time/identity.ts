import { ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'

const LOOK_MS = 10_000

/** Whose programs these are. Absent `prefix`: ours, as whoever we are. */
export interface Identity {
  /** In front of every program: the server refuses root, and files that root made lock the archiver out. */
  readonly prefix: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** `uid:gid` that folders are given to; absent: they are ours. */
  readonly owner?: string
}

/** As root, everything runs as the owner of the cluster (`postgres` where its folder is not here); else as we are. */
export async function identityFor(dataFolder: string | undefined, ambient: Ambient): Promise<Identity> {
  const ask = async (...argv: readonly [string, ...string[]]): Promise<string> =>
    (await ambient.process.run({ what: 'look whose cluster it is', argv, timeoutMs: LOOK_MS, accept: [0, 1, 2] })).stdout.trim()
  if ((await ask('id', '-u')) !== '0') return { prefix: [], env: {} }
  const there = dataFolder !== undefined && (await ambient.files.info(dataFolder)) !== undefined
  const uid = there ? await ask('stat', '-c', '%u', dataFolder) : await ask('id', '-u', 'postgres')
  const [name, , , gid, , home] = (await ask('getent', 'passwd', uid === '' ? 'postgres' : uid)).split(':')
  if (uid === '' || uid === '0' || name === undefined || gid === undefined) throw nobody()
  return {
    prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--init-groups'],
    env: { HOME: home ?? '/', USER: name, LOGNAME: name },
    owner: `${uid}:${gid}`,
  }
}

/** The program as whoever it is to run as. */
export function as({ prefix: [first, ...rest] }: Identity, program: string): readonly [string, ...string[]] {
  return first === undefined ? [program] : [first, ...rest, program]
}

function nobody(): ProcessError {
  return new ProcessError('program-missing', {
    message: 'PostgreSQL refuses to run as root, and this machine has neither the folder of the cluster nor a user `postgres` to run as.',
    fix: 'Run where the server runs, as the user that owns its cluster.', argv: ['id', '-u', 'postgres'], tail: [],
  })
}
