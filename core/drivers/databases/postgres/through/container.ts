import { dockerFault } from '../../../../domain/docker-faults.js'
import type { Through } from '../../../../domain/backup.js'
import { ProcessError, RemoteError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Command } from '../../../../ports/process.js'
import { AS_A_STEP, type Way } from './way.js'

const LOOK_MS = 60_000

/** A container that runs, by `docker exec`. */
export function containerWay(container: string, place = `container \`${container}\``): Way {
  return {
    place,
    newer: (major) => `Use an image with the client programs of PostgreSQL ${major} or newer for ${place}, or set \`backup.through: { image: postgres:${major} }\`.`,
    lead: (command, mark) => inDocker(command, mark, (names) => ['exec', '-i', ...names, container, ...command.argv]),
    explain: (thrown, command) => dockersFault(thrown, { what: command.what, place, program: command.argv[0] }),
  }
}

/** A service of a compose project: its container is looked for once, since it stays the same while it runs. */
export async function composeWay({ service, files, project }: Extract<Through, { kind: 'compose' }>, ambient: Ambient): Promise<Way> {
  const place = `service \`${service}\``
  const what = `look for ${place} of the compose project`
  const named = [...files.flatMap((file) => ['-f', file]), ...(project === undefined ? [] : ['-p', project])]
  const found = await ambient.process.run({
    what, argv: ['docker', 'compose', ...named, 'ps', '--quiet', service], inherit: AS_A_STEP, cwd: ambient.paths.work, timeoutMs: LOOK_MS,
  }).catch((thrown: unknown) => {
    throw dockersFault(thrown, { what, place, program: 'docker' })
  })
  const [container] = found.stdout.split('\n').filter((line) => /^[0-9a-f]{12,64}$/.test(line))
  if (container !== undefined) return containerWay(container, place)
  throw new RemoteError('database-unreachable', { service: 'Docker', operation: what, message: `Could not ${what}: no container of it runs.`, fix: `Start it with \`docker compose up -d ${service}\`, or correct \`backup.through.compose\`.` })
}

/** Values go by the environment of `docker`; only their names are in its words. */
export function inDocker(command: Command, mark: string, words: (names: readonly string[]) => readonly string[]): Command {
  const env = { ...command.env, PGAPPNAME: mark }
  return { ...command, env, inherit: AS_A_STEP, argv: ['docker', ...words(Object.keys(env).flatMap((name) => ['-e', name]))] }
}

interface About {
  readonly what: string
  readonly place: string
  readonly program: string
}

const NOT_SERVING = /(?:is not running|is paused|is restarting)/

/** What docker itself says of its failure; the words of the program in the container are left as they are. */
export function dockersFault(thrown: unknown, { what, place, program }: About): unknown {
  if (!(thrown instanceof ProcessError)) return thrown
  const failed = (observed: string): string => `Could not ${what}: ${observed}`
  const { argv, exitCode, tail } = thrown
  if (thrown.code === 'program-missing' && argv[0] === 'docker') return new ProcessError('docker-missing', { message: failed('`docker` is not installed.'), argv, tail, cause: thrown })
  if (thrown.code !== 'program-failed') return thrown
  const unreachable = (observed: string, fix: string): RemoteError =>
    new RemoteError('database-unreachable', { service: 'Docker', operation: what, message: failed(`${observed}.`), fix, cause: thrown })
  const own = tail.filter((line) => /^(?:docker: )?(?:Error response from daemon: |OCI runtime exec failed: |Error: )/.test(line))
  if (own.some((line) => line.includes('No such container'))) return unreachable(`there is no ${place}`, 'Correct `backup.through`: `docker ps` lists the containers that run.')
  const idle = own.map((line) => NOT_SERVING.exec(line)?.[0]).find((said) => said !== undefined)
  if (idle !== undefined) return unreachable(`${place} ${idle}`, 'Start it, or correct `backup.through`.')
  if (own.some((line) => /executable file not found|no such file or directory/.test(line))) return programMissing(thrown, { what, place, program })
  const fault = dockerFault({ argv: argv.slice(1), lines: tail, ...(exitCode === undefined ? {} : { exitCode }) })
  if (fault === undefined) return thrown
  return new RemoteError(fault.code, { service: 'Docker', operation: what, message: failed(`${fault.observed}.`), ...(fault.fix === undefined ? {} : { fix: fault.fix }), cause: thrown })
}

export function programMissing({ argv, tail }: ProcessError, { what, place, program }: About): ProcessError {
  return new ProcessError('program-missing', {
    message: `Could not ${what}: there is no \`${program}\` in ${place}.`,
    fix: 'Use an image that has the client programs of PostgreSQL there, or let another one run them: `backup.through: { image: postgres:17 }`.',
    argv, tail,
  })
}
