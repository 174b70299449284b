import type { AlertmanagerOptions } from '../../../domain/channels.js'
import type { Acknowledged, Notice, ThreadRef } from '../../../domain/notice.js'
import { isTrouble } from '../../../domain/notice-text.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Notifier } from '../../../ports/notifier.js'
import { alertOf, labelsOf, resolved, type Alert } from './alert.js'
import { serverFor } from './server.js'
import { decodeAlerts, decodeSilence } from './silences.js'

const TELL_MS = 10_000

/** One alert for each thing told of, in Alertmanager (API v2): firing while it is trouble, resolved when it is over. */
export function alertmanagerNotifier(options: AlertmanagerOptions, ambient: Ambient, limitMs = TELL_MS): Notifier {
  const { send, read } = serverFor(options, ambient, limitMs)
  const show = async (thread: ThreadRef, notice: Notice, over: boolean): Promise<ThreadRef> => {
    const { startsAt: began, ...known } = thread
    const { severity: fired } = known
    if (began === undefined && (over || !isTrouble(notice))) return {}
    const now = ambient.clock.now()
    const startsAt = began ?? new Date(notice.at).toISOString()
    // Good news before the end change what is said, not how loud: the alert holds until it is over.
    const severity = isTrouble(notice) || fired === undefined ? notice.severity : fired
    const labelled = (as: string): ThreadRef => ({ ...options.labels, ...labelsOf(notice, as) })
    const alertAs = (as: string): Alert => alertOf(notice, labelled(as), { startsAt, now })
    // By the labels that it was fired with: the configuration may have others by now, and those are another alert.
    const ended = (): Alert => resolved(alertOf(notice, known, { startsAt, now }), now)
    if (over) {
      await send([ended()])
      return {}
    }
    const labels = labelled(severity)
    const same = Object.keys({ ...known, ...labels }).every((name) => known[name] === labels[name])
    await send([...(fired === undefined || same ? [] : [ended()]), alertAs(severity)])
    return { ...labels, startsAt }
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
