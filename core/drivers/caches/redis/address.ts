import { InputError, type Problem } from '../../../errors/families.js'

/** Where a Redis is and how it is spoken to. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  /** Number of the database. */
  readonly database: number
  /** The address named it. */
  readonly named: boolean
  readonly tls: boolean
  readonly username?: string
  /** Never to be shown. */
  readonly password?: string
}

/** Reads `redis://user:password@host:6379/0`, or `rediss://` for TLS; nothing of it is quoted in a message. */
export function redisAddress(url: string): RedisAddress {
  const parts = /^rediss?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : undefined
  if (parts === undefined) throw refused(['It does not begin with `redis://` or `rediss://`, or can not be read.'])
  const { hostname, port, pathname, username, password } = parts
  const number = /^\/?(\d{0,5})$/.exec(pathname)?.[1]
  const problems = [
    ...(hostname === '' ? ['It names no host.'] : []),
    ...(number === undefined ? ['After the host it names something else than the number of a database.'] : []),
    ...(parts.search === '' && parts.hash === '' ? [] : ['It has parameters, and none is known.']),
    ...([username, password].every(readable) ? [] : ['It has a percent sign that begins no escape.']),
  ]
  if (problems.length > 0) throw refused(problems)
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 6379 : Number(port),
    database: Number(number),
    named: number !== '',
    tls: parts.protocol === 'rediss:',
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
  }
}

function readable(part: string): boolean {
  try {
    decodeURIComponent(part)
    return true
  } catch {
    return false
  }
}

function refused(why: readonly string[]): InputError {
  const [first, ...rest] = why.map((text): Problem => ({
    code: 'input-invalid',
    message: `The address of the cache can not be used. ${text}`,
    fix: 'Write it as `redis://user:password@host:6379/0`, or `rediss://…` for TLS, special characters percent-encoded; the number after the host is that of the database.',
  }))
  return new InputError([first!, ...rest])
}
