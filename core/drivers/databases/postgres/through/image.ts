import { InputError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Command } from '../../../../ports/process.js'
import type { Address } from '../address.js'
import { dockersFault, inDocker } from './container.js'
import { orphaned } from './mark.js'
import { AS_A_STEP, type Way } from './way.js'

const LOOK_MS = 30_000
const PULL_MS = 15 * 60_000
const LABEL = 'ecluse.client'
/** Variables that name files of this machine. */
const FILES = ['PGSSLROOTCERT', 'PGSSLCERT', 'PGSSLKEY', 'PGSSLCRL']

/** A container for each program, gone when it ends; it uses the network of the engine's machine. */
export async function imageWay(image: string, address: Address, ambient: Ambient): Promise<Way> {
  const place = `image \`${image}\``
  if (address.host.startsWith('/')) {
    throw new InputError([{
      code: 'input-invalid', message: `The address of the database is a socket of this machine, \`${address.host}\`, and the client programs run in a container of ${place}.`,
      fix: 'Give host and port in the address, or name the container of the server as `backup.through.docker.container`.',
    }])
  }
  await fetchImage(image, ambient)
  await removeOrphans(ambient)
  const user = await ownUser(ambient)
  const files = FILES.map((name) => address.env[name] ?? '').filter((file) => file.startsWith('/'))
  const seen = [...new Set(files)].flatMap((file) => ['--mount', `type=bind,source=${file},target=${file},readonly`])
  return {
    place,
    newer: (major) => `Name an image with the client programs of PostgreSQL ${major} or newer, such as \`postgres:${major}\`, as \`backup.through.image\`.`,
    lead: (command, mark) => {
      const [program, ...words] = command.argv
      // As who we are here, so that keys which only we may read can be read there.
      const how = ['--rm', '-i', '--init', '--pull', 'never', '--network', 'host', '--user', user, '--name', nameOf(mark), '--label', `${LABEL}=${mark}`, ...seen]
      return inDocker(command, mark, (names) => ['run', ...how, ...names, '--entrypoint', program, image, ...words])
    },
    explain: (thrown, { what, argv }) => dockersFault(thrown, { what, place, program: argv[0] }),
    end: async (mark, around) => void (await around.process.run(docker(`remove the container of a stopped program`, ['rm', '-f', nameOf(mark)], { accept: [0, 1] }))),
  }
}

function nameOf(mark: string): string {
  return `ecluse-client-${mark.slice(mark.lastIndexOf('/') + 1)}`
}

function docker(what: string, words: readonly string[], more: Partial<Command> = {}): Command {
  return { what, argv: ['docker', ...words], inherit: AS_A_STEP, timeoutMs: LOOK_MS, ...more }
}

/** Pulled once and by itself, so that no question waits for it. */
export async function fetchImage(image: string, ambient: Ambient): Promise<void> {
  const what = `fetch the image \`${image}\` that is needed`
  try {
    const { exitCode } = await ambient.process.run(docker(what, ['image', 'inspect', '--format', '{{.Id}}', image], { accept: [0, 1] }))
    if (exitCode === 0) return
    ambient.log.info(`Pull \`${image}\``)
    await ambient.process.run(docker(what, ['pull', '--quiet', image], { timeoutMs: PULL_MS }))
  } catch (thrown) {
    throw dockersFault(thrown, { what, place: `image \`${image}\``, program: 'docker' })
  }
}

/** Containers of runs that were killed. */
async function removeOrphans(ambient: Ambient): Promise<void> {
  const what = 'look for containers of runs that are gone'
  const { stdout } = await ambient.process.run(docker(what, ['ps', '--all', '--filter', `label=${LABEL}`, '--format', `{{.Label "${LABEL}"}}`]))
  const old = stdout.split('\n').filter((mark) => mark !== '' && orphaned(mark, ambient))
  for (const mark of old) await ambient.process.run(docker(`remove a container of a run that is gone`, ['rm', '-f', nameOf(mark)], { accept: [0, 1] }))
}

async function ownUser(ambient: Ambient): Promise<string> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map((word) => ambient.process.run({ what: 'read who we are', argv: ['id', word], timeoutMs: LOOK_MS })))
  return `${uid!.stdout.trim()}:${gid!.stdout.trim()}`
}
