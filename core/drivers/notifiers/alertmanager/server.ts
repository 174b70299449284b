import { secretsIn } from '../../../domain/channel-secrets.js'
import type { AlertmanagerOptions } from '../../../domain/channels.js'
import type { Decoder } from '../../../domain/local-control/decode.js'
import { foreign, noAnswer, statusFault, type Exchange } from '../../../errors/channel-faults.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Answer } from '../../../ports/http.js'
import type { Alert } from './alert.js'

const RIGHTS = 'Check `basic` or `bearer` of the channel, and what that user may do.'
const FIXES: Readonly<Record<number, string>> = { 401: RIGHTS, 403: RIGHTS, 404: 'Correct `url` of the channel: Alertmanager serves its API v2 below it.' }

/** Its API, one request at a time. */
export interface Server {
  readonly send: (alerts: readonly Alert[]) => Promise<void>
  readonly read: <T>(decode: Decoder<T>, path: string) => Promise<T>
}

export function serverFor(options: AlertmanagerOptions, ambient: Ambient, limitMs: number): Server {
  const base = options.url.replace(/\/+$/, '')
  const { host } = new URL(base)
  const authorization = authorizationOf(options)
  const secrets = [...secretsIn(options), ...(authorization === undefined ? [] : [authorization.replace(/^\w+ /, '')])]
  const exchange = (doing: string): Exchange => ({ service: `Alertmanager at ${host}`, operation: `${doing} Alertmanager at ${host}`, secrets })

  const ask = async (what: Exchange, method: string, path: string, body?: string): Promise<Answer> => {
    const answer = await ambient.http
      .request({
        what: what.operation, method, url: `${base}/api/v2/${path}`, timeoutMs: limitMs,
        headers: { accept: 'application/json', ...(authorization === undefined ? {} : { authorization }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body }),
      })
      .catch((thrown: unknown) => {
        throw noAnswer(what, thrown)
      })
    if (answer.status !== 200) throw statusFault(what, answer, ambient.clock.now(), FIXES)
    return answer
  }
  const send = async (alerts: readonly Alert[]): Promise<void> => {
    const what = exchange('send an alert to')
    const answer = await ask(what, 'POST', 'alerts', JSON.stringify(alerts))
    // It takes alerts without a word.
    if (!/^\s*("success"|\{.*\})?\s*$/s.test(answer.body)) throw foreign(what, answer)
  }
  const read = async <T>(decode: Decoder<T>, path: string): Promise<T> => {
    const what = exchange('ask')
    const answer = await ask(what, 'GET', path)
    try {
      return decode(JSON.parse(answer.body), 'answer')
    } catch {
      throw foreign(what, answer)
    }
  }
  return { send, read }
}

function authorizationOf({ basic, bearer }: AlertmanagerOptions): string | undefined {
  if (bearer !== undefined) return `Bearer ${bearer}`
  return basic === undefined ? undefined : `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`
}
