import type { HostAddress } from '../../../../domain/host-address.js'

/** An idle connection ends so long after its last call, also when nobody is left who could end it. */
export const IDLE_SECONDS = 60
const CONNECT_SECONDS = 10
/** A connection that has been silent for three of these is given up. */
const ALIVE_SECONDS = 5

/** What agents, jump hosts and proxy commands of the user's ssh configuration read. */
export const SSH_INHERITS: readonly string[] = ['SSH_*', 'KRB5CCNAME', 'XDG_*', 'ALL_PROXY', 'all_proxy', 'AWS_*', 'GOOGLE_*', 'CLOUDSDK_*', 'AZURE_*']

/**
 * The user's configuration counts (aliases, jump hosts), but what is given here comes first. So nothing in it can weaken the
 * pinning, run a command of its own, or forward what nobody asked for.
 */
const ALWAYS: readonly string[] = [
  // Older clients do not know it, and have nothing to switch off.
  'IgnoreUnknown=KnownHostsCommand', 'KnownHostsCommand=none', 'GlobalKnownHostsFile=/dev/null', 'VerifyHostKeyDNS=no', 'UpdateHostKeys=no',
  'NoHostAuthenticationForLocalhost=no', 'CheckHostIP=no', 'HashKnownHosts=no',
  'BatchMode=yes', 'LogLevel=INFO', `ConnectTimeout=${CONNECT_SECONDS}`, `ServerAliveInterval=${ALIVE_SECONDS}`, 'ServerAliveCountMax=3',
  'ClearAllForwardings=yes', 'ForwardAgent=no', 'ForwardX11=no', 'Tunnel=no', 'AddKeysToAgent=no',
  'PermitLocalCommand=no', 'RemoteCommand=none', 'RequestTTY=no',
]

type Command = readonly [string, ...string[]]

function ssh(options: readonly string[], { name, user, port }: HostAddress, flags: readonly string[]): Command {
  const where = [...(port === undefined ? [] : ['-p', String(port)]), ...(user === undefined ? [] : ['-l', user])]
  return ['ssh', ...flags, ...[...options, ...ALWAYS].flatMap((option) => ['-o', option]), ...where, '--', name]
}

export interface Places {
  readonly knownHosts: string
  readonly key?: string
  readonly control: string
  readonly log: string
}

/** Connects, logs in and stays in the background; ends when it is connected. */
export function connecting(address: HostAddress, { knownHosts, key, control, log }: Places): Command {
  const identity = key === undefined ? [] : ['IdentitiesOnly=yes', `IdentityFile="${key}"`]
  const options = ['ControlMaster=yes', `ControlPersist=${IDLE_SECONDS}`, 'StrictHostKeyChecking=yes', `UserKnownHostsFile="${knownHosts}"`, ...identity]
  return ssh(options, address, ['-M', '-N', '-S', control, '-E', log])
}

/** Asks the host for its key and goes away before anybody logs in: the key is written to the file, in the form that it is looked for. */
export function askingForKey(address: HostAddress, knownHosts: string): Command {
  const options = ['ControlPath=none', 'StrictHostKeyChecking=accept-new', `UserKnownHostsFile="${knownHosts}"`, 'PreferredAuthentications=none', 'PubkeyAuthentication=no']
  return ssh(options, address, ['-N'])
}

/** To the connection that stands; what it says needs no configuration. */
export function toMaster(control: string, ...words: readonly string[]): Command {
  return ['ssh', '-F', 'none', '-o', 'BatchMode=yes', '-S', control, ...words]
}
