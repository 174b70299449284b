import { ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { refuseLocked, wholeKey } from './key.js'
import { SSH_INHERITS, connecting, toMaster } from './options.js'
import { knownHostsText } from './pins.js'
import { refusal, refusalOf, unknownKey, type Host } from './refusals.js'

/** A connection that stands. */
export interface Line {
  /** Where its `ssh` is spoken to; the file is gone once the connection is. */
  readonly control: string
  /** Leads to the engine's socket on the host. */
  readonly socket: string
  /** What its `ssh` says after it has connected. */
  readonly log: string
}

/** With jump hosts and a slow machine; `ssh` itself gives up a host that is silent after ten seconds. */
const DIAL_MS = 45_000
const TALK_MS = 10_000
const USUAL_SOCKET = '/var/run/docker.sock'
/** The system's limit for the path of a socket is 103 bytes or a few more; `ssh` adds 17 while it makes one. */
const LONGEST_FOLDER = 80

export function remoteSocket({ address }: Pick<Host, 'address'>): string {
  return address.socket ?? USUAL_SOCKET
}

/** Connects and logs in. The key is on the disk only while that takes. */
export async function dial(host: Host, folder: string, number: number, ambient: Ambient): Promise<Line> {
  const { files, process } = ambient
  if (folder.length > LONGEST_FOLDER) throw refusal(host, { code: 'ssh-failed', observed: `the folder for temporary files has too long a name (\`${folder}\`)`, fix: 'Set `TMPDIR` to a folder with a shorter name.' }, [])
  if (host.hostKeys.length === 0) throw await unknownKey(host, folder, ambient)
  const line: Line = { control: `${folder}/c${number}`, socket: `${folder}/d${number}`, log: `${folder}/l${number}` }
  const knownHosts = `${folder}/known_hosts`
  await files.write(knownHosts, knownHostsText(host.hostKeys), { mode: 0o600 })
  const key = host.sshKey === undefined ? undefined : `${folder}/k${number}`
  try {
    if (key !== undefined) await putKey(key, host.sshKey!, ambient)
    const argv = connecting(host.address, { knownHosts, control: line.control, log: line.log, ...(key === undefined ? {} : { key }) })
    await process.run({ what: `connect to ${host.name}`, argv, inherit: SSH_INHERITS, timeoutMs: DIAL_MS })
  } catch (thrown) {
    throw missingSsh(host, await refusalOf(host, thrown, await files.textIfThere(line.log) ?? '', folder, ambient))
  } finally {
    if (key !== undefined) await files.remove(key)
  }
  await forward(host, line, ambient)
  return line
}

async function putKey(file: string, given: string, { files }: Ambient): Promise<void> {
  const key = wholeKey(given)
  refuseLocked(key)
  await files.write(file, key, { mode: 0o600 })
}

async function forward(host: Host, line: Line, ambient: Ambient): Promise<void> {
  try {
    await ambient.process.run({ what: `lead a socket to the Docker Engine of ${host.name}`, argv: toMaster(line.control, '-O', 'forward', '-L', `${line.socket}:${remoteSocket(host)}`, 'host'), timeoutMs: TALK_MS })
  } catch (thrown) {
    await hangUp(line, ambient)
    throw thrown
  }
}

/** Ends the connection, also after the run was cancelled. It may be gone already. */
export async function hangUp(line: Line, ambient: Ambient): Promise<void> {
  await ambient.shielded(TALK_MS).process.run({ what: 'end the ssh connection', argv: toMaster(line.control, '-O', 'exit', 'host'), timeoutMs: TALK_MS, accept: [0, 255] }).catch(() => undefined)
}

/** Asks the connection's own `ssh`, which answers as long as it stands. */
export async function stands(line: Line, { process }: Ambient): Promise<boolean> {
  const { exitCode } = await process.run({ what: 'look after the ssh connection', argv: toMaster(line.control, '-O', 'check', 'host'), timeoutMs: TALK_MS, accept: [0, 255] })
  return exitCode === 0
}

function missingSsh(host: Host, thrown: unknown): unknown {
  if (!(thrown instanceof ProcessError) || thrown.code !== 'program-missing') return thrown
  return new ProcessError('program-missing', { message: `Could not connect to \`${host.name}\`: \`ssh\` is not installed here.`, fix: 'Install the package `openssh-client`.', argv: thrown.argv, tail: [] })
}
