import { isPort } from './published-port.js'

/** Where a host with a Docker Engine is, as `ssh://[user@]name[:port][/path/of/docker.sock]` says it. */
export interface HostAddress {
  readonly user?: string
  /** As it was written; IPv6 without its brackets. */
  readonly name: string
  readonly port?: number
  /** The engine's socket on the host; absent: the usual one. */
  readonly socket?: string
}

/** A user or a name that begins with `-` would be an option of `ssh`. */
const FORM = /^ssh:\/\/(?:(?<user>[A-Za-z0-9_][A-Za-z0-9_.+-]*)@)?(?:(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)|\[(?<ipv6>[0-9A-Fa-f:.]+)\])(?::(?<port>\d{1,5}))?(?<socket>\/[A-Za-z0-9._/-]*)?$/

const USUAL_PORT = 22

export function parseHostAddress(written: string): HostAddress | undefined {
  const { user, name, ipv6, port, socket } = FORM.exec(written)?.groups ?? {}
  const host = name ?? ipv6
  if (host === undefined || (port !== undefined && !isPort(Number(port)))) return undefined
  return {
    name: host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(socket === undefined || socket === '/' ? {} : { socket }),
  }
}

/** Two addresses of one engine say the same here, whoever logs in. */
export function engineOf({ name, port = USUAL_PORT, socket = '' }: HostAddress): string {
  return `${name.toLowerCase()} ${port} ${socket}`
}

/**
 * The lines of a `known_hosts` file that each host's key may be one of, by the names that they begin with. Lines under names that none
 * of the hosts has (of an alias in the user's ssh configuration, or hashed) go to hosts without one of their own: `ssh` itself
 * decides by the name that it looks for.
 */
export function keysOfHosts(hosts: readonly HostAddress[], lines: readonly string[]): readonly (readonly string[])[] {
  const entries = lines.map((line) => ({ line, of: hosts.filter((host) => names(line, host)) }))
  const nobodys = entries.filter(({ of }) => of.length === 0).map(({ line }) => line)
  return hosts.map((host) => {
    const own = entries.filter(({ of }) => of.includes(host)).map(({ line }) => line)
    return own.length > 0 ? [...own, ...nobodys.filter(hashed)] : nobodys
  })
}

/** Without the name it stands for: that can be any. */
function hashed(line: string): boolean {
  return patternsOf(line).some((pattern) => pattern.startsWith('|1|'))
}

/** As OpenSSH reads the first field: `name`, `[name]:port`, `*` and `?`, and `!` before what is not meant. */
function names(line: string, { name, port = USUAL_PORT }: HostAddress): boolean {
  const looked = [name.toLowerCase(), `[${name.toLowerCase()}]:${port}`]
  const fits = (pattern: string): boolean => looked.some((one) => patternFits(pattern.toLowerCase(), one))
  const patterns = patternsOf(line)
  return patterns.some((pattern) => !pattern.startsWith('!') && fits(pattern)) && !patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1)))
}

function patternsOf(line: string): readonly string[] {
  return (line.trim().replace(/^@\S+\s+/, '').split(/\s/)[0] ?? '').split(',')
}

function patternFits(pattern: string, text: string): boolean {
  const form = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${form}$`).test(text)
}
