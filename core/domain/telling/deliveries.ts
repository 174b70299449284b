import type { DeliveryEvent, DeliveryKind, DeliveryRecord, DeliveryResult } from '../history.js'
import type { Notice } from '../notice.js'
import { gravityOf, type Gravity } from './gravity.js'
import type { News, Told } from './told.js'

/** Deliveries, and what keeps them from beginning. */
export const DELIVERY = 'delivery'
/** What a watch found wrong with what serves: another release in its place ends it. */
export const WATCH = 'watch'

const DOING: Readonly<Record<DeliveryKind, string>> = { deploy: 'Deploying', promote: 'Promoting', rollback: 'Bringing back' }
const DONE: Readonly<Record<DeliveryKind, string>> = { deploy: 'Deployed', promote: 'Promoted', rollback: 'Brought back' }
const FAILED: Readonly<Record<DeliveryKind, string>> = { deploy: 'Deployment', promote: 'Promotion', rollback: 'Rollback' }
/** The action whose reasons a delivery's are. */
export const actionOf: Readonly<Record<DeliveryKind, string>> = { deploy: 'deploy-staging', promote: 'canary-promote', rollback: 'rollback' }

type Delivery = Pick<DeliveryRecord, 'id' | 'environment' | 'begunAt' | 'intent'>

export function begun(delivery: Delivery): News {
  const { intent, begunAt } = delivery
  const before = intent.previous === undefined ? 'Nothing served before.' : intent.kind === 'rollback' ? `${intent.previous.version} is to serve no longer.` : `${intent.previous.version} serves.`
  const overruled = intent.overruled === undefined ? '' : ` Refusals were overruled: "${intent.overruled.reason}".`
  return { ...news(delivery, { state: 'running', severity: 'info' }, { title: DOING[intent.kind], text: `${before}${overruled}`, at: begunAt }), own: true }
}

/** A stage on the way; `undefined` for what nobody has to read. */
export function stage(delivery: Delivery, event: DeliveryEvent): News | undefined {
  const said = saying(delivery, event)
  if (said === undefined) return undefined
  return { ...news(delivery, { state: 'running', severity: 'info' }, { title: DOING[delivery.intent.kind], text: said, at: event.at }), step: true }
}

function saying({ intent: { release, kind, previous } }: Delivery, event: DeliveryEvent): string | undefined {
  if (event.type === 'observed') return undefined
  if (event.type === 'verdict') return `At ${event.weight} % of the traffic: ${event.decision}, ${event.requests === 0 ? 'no request was measured' : `${event.errors} of ${event.requests} requests bad`}.`
  const { verb, weight = 0, detail } = event
  const why = detail === undefined || detail === '' ? '' : ` (${detail})`
  switch (verb) {
    case 'migrate': return 'The database is migrated.'
    case 'launch': return `${release.version} starts beside what serves.`
    case 'shift': return `${release.version} gets ${weight} % of the traffic.`
    case 'promote': return `${release.version} gets all of the traffic.`
    case 'abandon': return `The candidate goes${why}.`
    default: return kind === 'rollback' ? `${release.version} is brought back.` : `${previous?.version ?? 'What served before'} is brought back${why}.`
  }
}

export function finished(delivery: Delivery, { ok, reason, message, at, live, record }: Omit<DeliveryResult, 'at'> & { readonly at: number }): News {
  const { intent } = delivery
  const gravity = lost(reason) ?? gravityOf(actionOf[intent.kind], ok, reason)
  const title = ok ? DONE[intent.kind] : gravity.state === 'waiting' ? `${FAILED[intent.kind]} waits for somebody` : `${FAILED[intent.kind]} ${lost(reason) === undefined ? 'failed' : 'lost its runner'}`
  const facts: Notice['facts'] = [['Reason', reason], ...(live === undefined ? [] : [['Serves now', live.version] as const]), ...(record !== undefined && /^https?:/.test(record.link) ? [['Record', record.link] as const] : [])]
  return { ...news(delivery, gravity, { title, text: message, at, facts }), ...(ok ? { ends: [WATCH] } : {}) }
}

/** Another run closed it, because its own was gone: nobody observed what its checks and judge would have. */
function lost(reason: string): Gravity | undefined {
  return reason.startsWith('healed-') ? { state: 'failed', severity: 'warning' } : undefined
}

interface Said {
  readonly title: string
  readonly text: string
  readonly at: number
  readonly facts?: Notice['facts']
}

function news({ id, environment, intent }: Delivery, gravity: Gravity, { title, text, at, facts = [] }: Said): News {
  const { release, previous, run, receipt, because } = intent
  return {
    topic: DELIVERY,
    notice: {
      key: id, app: release.app, environment, ...gravity, title: `${title}: ${release.version} in ${environment}`, text, link: run.url, at,
      facts: [
        ['Version', release.version],
        ...(previous === undefined ? [] : [['Before', previous.version] as const]),
        ...(because === undefined ? [] : [['Because', because] as const]),
        ...facts,
        ...(receipt === undefined ? [] : [['Backup', receipt] as const]),
        ['Run', run.actor === '' ? run.id : `${run.id} by ${run.actor}`],
      ],
    },
  }
}

/** A failure that ended longer ago is nobody's news any more. */
const STALE_MS = 24 * 3_600_000

/** What dead runs did not tell: ends of deliveries whose message still says that they are under way, and the last failure when nobody heard of it. */
export function untoldEnds(threads: readonly Told[], deliveries: readonly DeliveryRecord[], now: number): readonly News[] {
  return deliveries.flatMap((delivery) => {
    const { id, result } = delivery
    if (result === undefined || now - result.at > STALE_MS) return []
    const thread = threads.findLast(({ keys }) => keys.includes(id))
    const end = finished(delivery, result)
    const missing = thread === undefined && delivery === deliveries.at(-1) && end.notice.state !== 'succeeded' && end.notice.severity !== 'info'
    const stands = thread?.keys.at(-1) === id && thread.notice.state === 'running'
    return missing || stands ? [end] : []
  })
}

/** Threads of what should have ended by now, whose run is gone therefore. */
export function overdue(threads: readonly Told[], now: number): readonly News[] {
  return threads.flatMap(({ topic, notice, until }) => (notice.state !== 'running' || until === undefined || until > now
    ? []
    : [{ topic, notice: { ...notice, state: 'failed', severity: 'warning', title: `No end was seen of: ${notice.title}`, text: `Its time was over at ${new Date(until).toISOString()}, and it has not said how it ended: its runner was lost, or it was killed. Look at the run, and start it again.`, at: now } }]))
}
