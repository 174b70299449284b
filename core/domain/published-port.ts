/** A port of a host that is published, as `80`, `127.0.0.1:8080` or `[::1]:8080` say it. */
export interface PublishedPort {
  /** IPv6 without its brackets; absent: every address of the host. */
  readonly address?: string
  readonly port: number
}

const PUBLISHED = /^(?:(?:(?<ipv4>\d{1,3}(?:\.\d{1,3}){3})|\[(?<ipv6>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)\]):)?(?<port>\d{1,5})$/

export function parsePublished(written: string): PublishedPort | undefined {
  const { ipv4, ipv6, port } = PUBLISHED.exec(written)?.groups ?? {}
  if (port === undefined || !isPort(Number(port)) || ipv4?.split('.').some((part) => Number(part) > 255) === true) return undefined
  const address = ipv4 ?? ipv6
  return { port: Number(port), ...(address === undefined ? {} : { address }) }
}

/** Both can't be had: the same port, on addresses that meet. */
export function portsClash(one: PublishedPort, other: PublishedPort): boolean {
  const all = ({ address }: PublishedPort, like: PublishedPort): boolean =>
    address === undefined || (address === '0.0.0.0' && like.address?.includes(':') !== true) || (address === '::' && like.address?.includes('.') !== true)
  return one.port === other.port && (one.address === other.address || all(one, other) || all(other, one))
}

/** Where somebody on the host itself finds it. */
export function urlOnHost({ address = '127.0.0.1', port }: PublishedPort): string {
  const there = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${there.includes(':') ? `[${there}]` : there}${port === 80 ? '' : `:${port}`}`
}

export function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535
}
