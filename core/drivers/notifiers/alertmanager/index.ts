import { secretsIn } from '../../../domain/channel-secrets.js'
import type { AlertmanagerOptions } from '../../../domain/channels.js'
import type { Acknowledged, Notice, ThreadRef } from '../../../domain/notice.js'
import { isTrouble } from '../../../domain/notice-text.js'
import type { Decoder } from '../../../domain/local-control/decode.js'
import { foreign, noAnswer, statusFault, type Exchange } from '../../../errors/channel-faults.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Answer } from '../../../ports/http.js'
import type { Notifier } from '../../../ports/notifier.js'
import { alertOf, labelsOf, resolved, type Alert } from './alert.js'
import { decodeAlerts, decodeSilence } from './silences.js'

const TELL_MS = 10_000
const RIGHTS = 'Check `basic` or `bearer` of the channel, and what that user may do.'
const FIXES: Readonly<Record<number, string>> = { 401: RIGHTS, 403: RIGHTS, 404: 'Correct `url` of the channel: Alertmanager serves its API v2 below it.' }

/** One alert for each thing told of, in Alertmanager (API v2): firing while it is trouble, resolved when it is over. */
export function alertmanagerNotifier(options: AlertmanagerOptions, ambient: Ambient, limitMs = TELL_MS): Notifier {
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

  const show = async (thread: ThreadRef, notice: Notice, over: boolean): Promise<ThreadRef> => {
    const { startsAt: began, severity: fired } = thread
    if (began === undefined && (over || !isTrouble(notice))) return {}
    const now = ambient.clock.now()
    const startsAt = began ?? new Date(notice.at).toISOString()
    // Good news before the end change what is said, not how loud: the alert holds until it is over.
    const severity = isTrouble(notice) || fired === undefined ? notice.severity : fired
    const alertAs = (as: string): Alert => alertOf(notice, { ...options.labels, ...labelsOf(notice, as) }, { startsAt, now })
    if (over) {
      await send([resolved(alertAs(fired ?? severity), now)])
      return {}
    }
    await send([...(fired === undefined || fired === severity ? [] : [resolved(alertAs(fired), now)]), alertAs(severity)])
    return { ...labelsOf(notice, severity), startsAt }
  }

  const acknowledged = async (thread: ThreadRef): Promise<Acknowledged | undefined> => {
    const { startsAt: began, ...labels } = thread
    if (began === undefined) return undefined
    const filters = new URLSearchParams(Object.entries(labels).map(([name, value]): [string, string] => ['filter', `${name}=${JSON.stringify(value)}`]))
    const alerts = await read(decodeAlerts, `alerts?${filters.toString()}`)
    const quiet = alerts.find(({ status }) => status.state === 'suppressed')?.status
    const [silence] = quiet?.silencedBy ?? []
    if (silence !== undefined) {
      const { createdBy, startsAt } = await read(decodeSilence, `silence/${encodeURIComponent(silence)}`)
      return { by: createdBy, at: startsAt }
    }
    return quiet === undefined ? undefined : { by: 'an inhibition rule' }
  }

  return {
    name: 'alertmanager', powers: { edits: true, threads: false, acknowledges: true },
    post: (notice) => show({}, notice, notice.state === 'succeeded'),
    update: (thread, notice) => show(thread, notice, notice.state === 'succeeded'),
    reply: async () => undefined,
    acknowledged,
    close: async (thread, notice) => void (await show(thread, notice, true)),
  }
}

function authorizationOf({ basic, bearer }: AlertmanagerOptions): string | undefined {
  if (bearer !== undefined) return `Bearer ${bearer}`
  return basic === undefined ? undefined : `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`
}
