import { dockerFault, type DockerFault } from '../../../../domain/docker-faults.js'
import { ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { remoteSocket, type Line } from './dial.js'
import { toMaster } from './options.js'
import type { Host } from './refusals.js'

const ASK_MS = 15_000

interface Reason extends Omit<DockerFault, 'code'> {
  readonly code: ProcessError['code']
}

/** The connection stands, and the engine did not answer through it: what the host itself says, where its user may run commands. */
export async function whyNoAnswer(host: Host, line: Line, ambient: Ambient): Promise<Reason> {
  const socket = remoteSocket(host)
  const refused = (await ambient.files.textIfThere(line.log))?.includes('open failed') === true
  if (!refused) return { code: 'docker-unreachable', observed: 'the Docker Engine broke off in the middle of its answer', fix: 'See whether it was stopped or restarted on the host.' }
  // The path has only letters that no shell takes for more: the configuration sees to it.
  const there = await ask(line, `docker -H unix://${socket} version --format '{{.Server.Version}}'`, ambient)
  if (there === undefined) return { code: 'docker-unreachable', observed: `nobody answers at \`${socket}\` of the host`, fix: 'See that the Docker Engine runs there, that this user may use its socket, and that its ssh server allows `AllowStreamLocalForwarding`.' }
  if (there.exitCode === 0) {
    return {
      code: 'ssh-failed', observed: `Docker runs there, and the ssh server does not lead to \`${socket}\``,
      fix: 'Set `AllowStreamLocalForwarding yes` (and `AllowTcpForwarding yes`) in its `sshd_config`; a key with `restrict` also needs `port-forwarding`.',
    }
  }
  if (there.exitCode === 127) return { code: 'docker-missing', observed: 'the host has no `docker` that its user can run, and nobody answers at its socket', fix: 'Install Docker Engine on the host.' }
  const { user = 'of the login' } = host.address
  const fault = dockerFault({ argv: ['version'], exitCode: there.exitCode, lines: there.lines })
  if (fault?.fix !== undefined) return { code: 'docker-unreachable', observed: `the user \`${user}\` may not use the socket \`${socket}\` of the host`, fix: `Run \`usermod -aG docker ${user}\` on the host, as root.` }
  return { code: 'docker-unreachable', observed: `the Docker Engine of the host does not run, or listens elsewhere than at \`${socket}\``, fix: await elsewhere(host, line, socket, ambient) }
}

/** A rootless engine has its socket in a folder of the user's own. */
async function elsewhere(host: Host, line: Line, socket: string, ambient: Ambient): Promise<string> {
  const context = await ask(line, "docker context inspect --format '{{.Endpoints.docker.Host}}'", ambient)
  const path = /^unix:\/\/(\/[\w./-]+)$/m.exec(context?.stdout ?? '')?.[1]
  if (path === undefined || path === socket) return 'Start it there: `systemctl start docker`.'
  return `Start it there, or name the socket that \`docker\` uses there: \`${host.name.replace(/(?<=^ssh:\/\/[^/]*)\/.*/, '')}${path}\`.`
}

interface Told {
  readonly exitCode: number
  readonly stdout: string
  readonly lines: readonly string[]
}

/** `undefined` when no command can be run there. */
async function ask(line: Line, command: string, { process }: Ambient): Promise<Told | undefined> {
  try {
    const { stdout } = await process.run({ what: 'ask the host for its Docker Engine', argv: toMaster(line.control, '-T', 'host', command), timeoutMs: ASK_MS })
    return { exitCode: 0, stdout, lines: [] }
  } catch (thrown) {
    if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') throw thrown
    const { exitCode = 255, tail } = thrown
    const spoken = tail.some((one) => /docker|not found/i.test(one))
    return exitCode === 255 || !spoken ? undefined : { exitCode, stdout: '', lines: tail }
  }
}
