import type { EngineCall } from '../../../ports/engine.js'

/** Settings of `docker` itself, and digests: nothing in them is secret, and errors are useless without them. */
const PLAIN_NAME = /^(?:DOCKER_(?!AUTH)|COMPOSE_|BUILDX_|BUILDKIT_|ECLUSE_|SOURCE_DATE_EPOCH$|TZ$|LANG$|HOME$|PATH$)/
const PLAIN_VALUE = /^(?:true|false|\d{1,5}|\S+@sha256:[0-9a-f]{64})$/
/** Shorter ones are no secrets, and hiding them would leave nothing to read. */
const SHORTEST = 6

/** Takes out of a text what was given to a command as secret, line by line as it may be echoed. */
export function hiding({ env = {}, stdin }: Pick<EngineCall, 'env' | 'stdin'>): (text: string) => string {
  const values = Object.entries(env).flatMap(([name, value]) => (PLAIN_NAME.test(name) || PLAIN_VALUE.test(value) ? [] : [value]))
  // An archive or a file is no password.
  const given = typeof stdin === 'string' && stdin.length < 4096 ? [...values, stdin] : values
  const secrets = given.flatMap((value) => [value, ...value.split(/\r?\n/)]).map((value) => value.trim()).filter((value) => value.length >= SHORTEST)
  const sorted = [...new Set(secrets)].toSorted((a, b) => b.length - a.length)
  return (text) => sorted.reduce((left, secret) => left.replaceAll(secret, '***'), text.replaceAll(/(\/\/[^\s/:@"]+:)[^\s/@"]+@/g, '$1***@'))
}
