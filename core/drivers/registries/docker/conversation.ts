import type { Answer } from '../../../domain/identity.js'
import type { Reference } from '../../../domain/image-name.js'
import { decodeText, object, optional, text } from '../../../domain/local-control/decode.js'
import { EcluseError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { credentialsFor } from './credentials.js'

export interface Question {
  readonly method: 'GET' | 'HEAD' | 'PUT'
  /** Below the repository: `manifests/1.0`. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Speaks to registries by their own protocol. `undefined` where docker should be asked instead: it knows ways that we do not. */
export interface Conversation {
  readonly ask: (reference: Reference, question: Question) => Promise<Answer | undefined>
}

/** Whoever answers at all does so within this; a proxy or a firewall in between is docker's matter. */
const ANSWER_MS = 4000
const MOST_BYTES = 4 * 1024 * 1024
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/
const token = object<{ token?: string; access_token?: string }>({ token: optional(text), access_token: optional(text) })

export function conversation(folder: string | undefined, ambient: Ambient): Conversation {
  const silent = new Set<string>()
  /** By registry and repository, what opened it last. */
  const keys = new Map<string, string>()
  const request = async (url: string, question: Omit<Question, 'path'>, key: string | undefined): Promise<Answer | undefined> => {
    try {
      const headers = { ...question.headers, ...(key === undefined ? {} : { authorization: key }) }
      return await ambient.http.request({ what: 'speak to the registry', method: question.method, url, headers, timeoutMs: ANSWER_MS, maxBytes: MOST_BYTES, follow: question.method !== 'PUT', ...(question.body === undefined ? {} : { body: question.body }) })
    } catch (thrown) {
      if (!(thrown instanceof EcluseError) || thrown.code === 'aborted') throw thrown
      return undefined
    }
  }
  const ask = async ({ registry, path }: Reference, question: Question): Promise<Answer | undefined> => {
    const host = registry === 'docker.io' ? 'registry-1.docker.io' : registry
    if (silent.has(host)) return undefined
    const url = `${LOOPBACK.test(host) ? 'http' : 'https'}://${host}/v2/${path}/${question.path}`
    const scope = `repository:${path}:${question.method === 'PUT' ? 'pull,push' : 'pull'}`
    const name = `${host} ${scope}`
    const first = await request(url, question, keys.get(name))
    if (first === undefined) silent.add(host)
    if (first?.status !== 401) return first
    const key = await keyFor(first.headers['www-authenticate'] ?? '', registry, scope, folder, ambient, request)
    if (key === undefined) return undefined
    keys.set(name, key)
    return request(url, question, key)
  }
  return { ask }
}

type Request = (url: string, question: Omit<Question, 'path'>, key: string | undefined) => Promise<Answer | undefined>

/** What the registry asks for: the password itself, or a token that another service gives for it. */
async function keyFor(challenge: string, registry: string, scope: string, folder: string | undefined, ambient: Ambient, request: Request): Promise<string | undefined> {
  const credentials = await credentialsFor(registry, folder, ambient)
  if (credentials === 'unknown') return undefined
  const basic = credentials === 'none' ? undefined : `Basic ${credentials.basic}`
  if (/^basic\b/i.test(challenge)) return basic
  const given = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key.toLowerCase(), value]))
  const realm = given['realm'] ?? ''
  if (!/^bearer\b/i.test(challenge) || !URL.canParse(realm)) return undefined
  const url = new URL(realm)
  if (url.protocol !== 'https:' && !LOOPBACK.test(url.host)) return undefined
  if (given['service'] !== undefined) url.searchParams.set('service', given['service'])
  url.searchParams.set('scope', scope)
  const answer = await request(url.href, { method: 'GET' }, basic)
  if (answer?.status !== 200) return undefined
  const found = decodedToken(answer.body)
  if (found === undefined) return undefined
  ambient.mask(found)
  return `Bearer ${found}`
}

function decodedToken(body: string): string | undefined {
  try {
    const found = decodeText(token, body, 'token')
    return found.token ?? found.access_token
  } catch {
    return undefined
  }
}
