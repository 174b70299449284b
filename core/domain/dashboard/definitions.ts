import { AGAINST, type Assessed } from './assess.js'
import { leadsOf, type Span } from './figures.js'
import type { DashboardModel } from './model.js'

interface Basis {
  readonly span: Span
  /** Environments whose figures are those of production. */
  readonly production: readonly string[]
  /** What was counted there. */
  readonly counted: readonly Assessed[]
  /** Environments with older deliveries than were read. */
  readonly cut: readonly string[]
}

/** The words of the page, with what counts and what does not. */
export function definitionsOf({ span, production, counted, cut }: Basis): DashboardModel['definitions'] {
  const succeeded = counted.filter(({ at, lead }) => at >= span.from && lead !== undefined)
  const named = production.length === 0 ? 'No environment counts as production, so the figures of production are unknown.' : `${production.join(', ')} ${production.length === 1 ? 'counts' : 'count'} as production; with several, each delivery to each of them counts.`
  const older = cut.length === 0 ? '' : ` Older deliveries of ${cut.join(', ')} are on record and were not read.`
  return [
    { term: 'Span', meaning: `Figures cover ${dayOf(span.from)} to ${dayOf(span.to)} (UTC), a delivery by its end. The trend has the newest 53 weeks of all that was read.${older}` },
    { term: 'Production', meaning: named },
    { term: 'Delivery', meaning: 'A finished deploy or promote, whatever its end. What is on its way counts in no figure, and neither does a delivery that found its release live already.' },
    { term: 'Succeeded', meaning: 'Its release was observed to serve all users, and what was to be checked was found good. All others failed, cancelled and preempted ones too: they did not do what was asked.' },
    { term: 'Success rate', meaning: 'Succeeded deliveries of all deliveries. Rollbacks are not among them.' },
    { term: 'Rollback rate', meaning: 'Succeeded deliveries whose release a rollback took back later, of all succeeded ones. A candidate that went back by itself before it had all traffic is a failed delivery, not a rollback.' },
    { term: 'Duration', meaning: 'From begun to ended, of succeeded deliveries: the median and the 95th percentile (nearest rank). Waiting for approval and for other deliveries is not in it.' },
    { term: 'Deployment frequency', meaning: 'DORA: succeeded deliveries to production per day of the span; a span of less than a day counts as one.' },
    { term: 'Lead time for changes', meaning: `DORA: median time to the end of the delivery that brought a commit live in production. ${leadWords(succeeded)} Only the commit that was released counts, not the older ones that came with it.` },
    { term: 'Change failure rate', meaning: `DORA: of the deliveries whose release served any user in production, the share that was rolled back later or was found bad there (${AGAINST.join(', ')}). One that was stopped for another reason (cancelled, preempted, no data, undecided) is no failed change, unless a rollback names its release; a rollback counts against a release whatever its reason.` },
    { term: 'Time to restore', meaning: 'DORA: median time from the moment a failed change first served users (by the record; where that is not on record, from the begin of its delivery) to the end of going back. When users first noticed is not known, so this is an upper bound. What has not been restored yet is not in it.' },
    { term: 'Live since', meaning: 'The end of the delivery that brought the release live, by the record. The record says what was observed then; it is not asked again for this page.' },
    { term: 'Way back', meaning: 'The release that a rollback without a target would bring back, by the record: it served well, and nothing speaks against it. Whether the platform still keeps it is looked up when the rollback runs.' },
    { term: 'RPO', meaning: 'Recovery point: the age of the data in the newest backup that was restored and found equal, against the objective. A backup without that proof does not count.' },
    { term: 'RTO', meaning: 'Recovery time: the longest going back of the last 90 days, against the objective. A rollback counts from its request, through any attempt that did not succeed, to its end; a candidate that went back by itself from the decision to its end. With none measured it is unknown.' },
  ]
}

function leadWords(succeeded: readonly Assessed[]): string {
  const leads = leadsOf(succeeded)
  if (leads.length === 0) return 'It counts from the commit; there is none.'
  return leads[0]?.from === 'commit'
    ? `It counts from the commit, of the ${leads.length} of ${succeeded.length} deliveries where the commit's time is known.`
    : "No commit's time is known here, so it counts from the request of the delivery, which is later."
}

function dayOf(at: number): string {
  return Number.isFinite(at) && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().slice(0, 10) : 'unknown'
}
