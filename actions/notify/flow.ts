import { untoldParts } from '../../core/delivery/telling/around.js'
import { factsTable } from '../../core/delivery/report.js'
import type { Telling } from '../../core/delivery/telling/telling.js'
import type { Notice, NoticeState, Severity } from '../../core/domain/notice.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { reasons, type NotifyOutcome, type Reason } from './outcome.js'

/** Telling is all that there is to do here: it may take longer than beside a delivery. */
const WITHIN_MS = 30_000
/** What other runs have left is looked after as well, but not for long. */
const REST_MS = 5000

/** Somebody has to look at what failed, or at what waits for them. */
const usualSeverity: Readonly<Record<NoticeState, Severity>> = { running: 'info', succeeded: 'info', failed: 'warning', waiting: 'warning' }

/** What somebody wants to be told, in the user's words. */
export type NotifyRequest = Omit<Notice, 'key' | 'at' | 'link' | 'facts' | 'severity'> & { readonly severity?: Severity | undefined; readonly key?: string | undefined; readonly link?: string | undefined; readonly facts?: Readonly<Record<string, string>> | undefined }

/** Tells it, and says who has it. */
export async function notify(request: NotifyRequest, telling: Telling, { clock, run }: Pick<Ambient, 'clock' | 'run'>): Promise<NotifyOutcome> {
  const { key = `${run.id}:${run.job}`, link = run.url, facts = {}, severity = usualSeverity[request.state], ...said } = request
  // Not to be taken for a delivery, whatever it is called.
  const notice: Notice = { ...said, severity, key: `notify:${key}`, link, facts: Object.entries(facts), at: clock.now() }
  telling.tell({ topic: notice.key, notice })
  await telling.flush(WITHIN_MS)
  const missing = telling.untold()
  const thread = (await telling.threads()).findLast(({ keys }) => keys.includes(notice.key))
  const told = (thread?.messages ?? []).map(({ channel }) => channel).filter((channel) => !missing.some((one) => one.channel === channel))
  telling.follow()
  await telling.flush(REST_MS)
  const reason: Reason = missing.length === 0 ? (told.length === 0 ? 'nobody-to-tell' : 'told') : told.length === 0 ? 'not-told' : 'told-in-part'
  return {
    ok: reason !== 'not-told', reason, message: reasons[reason],
    outputs: { told: told.join(','), 'not-told': missing.map(({ channel }) => channel).join(',') },
    summary: {
      title: `Tell ${request.environment}: ${reason}`,
      parts: [
        { kind: 'text', text: reasons[reason] },
        factsTable([['What', notice.title], ['Severity', notice.severity], ['Status', notice.state], ['Told', told.length === 0 ? 'nobody' : told.join(', ')]]),
        ...untoldParts(missing),
      ],
    },
  }
}
