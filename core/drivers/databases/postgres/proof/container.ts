import { messageOf, ProcessError, RemoteError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Command } from '../../../../ports/process.js'
import type { ScratchHost } from '../../../../ports/scratch-host.js'
import { serverOf, type Server } from '../server.js'
import { dockersFault } from '../through/container.js'
import { fetchImage } from '../through/image.js'
import { newMark, orphaned } from '../through/mark.js'
import { AS_A_STEP } from '../through/way.js'
import { scratchLike } from './likeness.js'

const LABEL = 'ecluse.proof'
const USER = 'postgres'
const CALL_MS = 60_000
const READY_MS = 120_000
const LOOK_EVERY_MS = 250
const END_MS = 8000
/** Nothing in it has to survive anything. */
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_wal_size=4GB', 'maintenance_work_mem=128MB']

/** A throw-away container without a network: whoever restores into it is in there, too. */
export function containerHost(original: () => Promise<Server>, image: string, ambient: Ambient): ScratchHost {
  const place = `a throw-away container of \`${image}\``
  let name: string | undefined
  let started: Promise<Server> | undefined
  const start = async (): Promise<Server> => {
    const { database } = (await original()).address
    await fetchImage(image, ambient)
    const mark = newMark(ambient)
    name = nameOf(mark)
    const password = Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('hex')
    ambient.mask(password)
    await docker(`start ${place} to prove \`${database}\``, ['run', '--detach', '--name', name, '--label', `${LABEL}=${mark}`, '--network', 'none', '--pull', 'never', '--shm-size', '256m',
      '-e', 'POSTGRES_PASSWORD', image, 'postgres', ...SETTINGS.flatMap((setting) => ['-c', setting])], ambient, { env: { POSTGRES_PASSWORD: password } })
    // The image's own first start listens on its socket alone; what answers here is the server that stays.
    const url = `postgres://${USER}:${password}@127.0.0.1:5432/postgres`
    return answering(serverOf({ url, label: place, through: { kind: 'docker', container: name } }, ambient), { name, place }, ambient)
  }
  return {
    place,
    async scratch(like) {
      const there = await (started ??= start())
      return scratchLike(like, await original(), there, { place, ours: true })
    },
    sweep: () => sweep(ambient),
    async close() {
      const [going, around] = [name, ambient.shielded(END_MS)]
      if (going !== undefined) await remove(going, around)
      name = undefined
    },
  }
}

function nameOf(mark: string): string {
  return `ecluse-proof-${mark.slice(mark.lastIndexOf('/') + 1)}`
}

async function docker(what: string, words: readonly string[], ambient: Ambient, more: Partial<Command> = {}): Promise<string> {
  try {
    return (await ambient.process.run({ what, argv: ['docker', ...words], inherit: AS_A_STEP, timeoutMs: CALL_MS, ...more })).stdout
  } catch (thrown) {
    throw dockersFault(thrown, { what, place: 'the throw-away container', program: 'docker' })
  }
}

async function remove(name: string, ambient: Ambient): Promise<void> {
  await docker(`remove the throw-away container \`${name}\``, ['rm', '--force', '--volumes', name], ambient, { accept: [0, 1] })
}

/** Waits until it takes connections; one that ended says why. */
async function answering(server: () => Promise<Server>, { name, place }: { readonly name: string; readonly place: string }, ambient: Ambient): Promise<Server> {
  const until = ambient.clock.now() + READY_MS
  for (;;) {
    try {
      return await server()
    } catch (thrown) {
      const away = thrown instanceof RemoteError && thrown.code === 'database-unreachable'
      if (!away) throw thrown
      const running = await docker(`look at ${place}`, ['inspect', '--format', '{{.State.Running}}', name], ambient, { accept: [0, 1] })
      if (running.trim() !== 'true') throw await ended(name, place, ambient)
      if (ambient.clock.now() > until) throw thrown
      await ambient.clock.sleep(LOOK_EVERY_MS, ambient.signal)
    }
  }
}

async function ended(name: string, place: string, ambient: Ambient): Promise<ProcessError> {
  const what = `read what ${place} said`
  const { stdout, stderr } = await ambient.process.run({ what, argv: ['docker', 'logs', '--tail', '20', name], inherit: AS_A_STEP, timeoutMs: CALL_MS, accept: [0, 1] })
  const tail = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '')
  return new ProcessError('program-failed', {
    message: `Could not prove the backup: ${place} ended by itself${tail.length === 0 ? '.' : `: "${tail.at(-1)!.slice(0, 200)}".`}`,
    fix: 'Name an image that behaves as the official one of PostgreSQL as `backup.verify-in.container`.', argv: ['docker', 'run'], tail,
  })
}

/** Containers of runs that were killed. */
async function sweep(ambient: Ambient): Promise<readonly string[]> {
  const listed = await docker('look for throw-away containers of runs that are gone', ['ps', '--all', '--filter', `label=${LABEL}`, '--format', `{{.Label "${LABEL}"}}`], ambient)
  const old = listed.split('\n').filter((mark) => mark !== '' && orphaned(mark, ambient)).map(nameOf)
  const gone: string[] = []
  for (const name of old) {
    try {
      await remove(name, ambient)
      gone.push(name)
    } catch (thrown) {
      ambient.log.warn(messageOf(thrown))
    }
  }
  return gone
}
