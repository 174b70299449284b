import type { RunInfo } from '../history.js'
import type { Notice } from '../notice.js'
import { DELIVERY, WATCH } from './deliveries.js'
import { gravityOf } from './gravity.js'
import type { News } from './told.js'

/** What a run of an action is about, as far as people are told of it. */
export interface Subject {
  /** The action's name. */
  readonly action: string
  readonly app: string
  readonly environment: string
  readonly run: RunInfo
  /** `Backup of production`: what failed, or went well. */
  readonly title: string
  /** What fails and recovers as one. */
  readonly topic: string
  /** Names and values that are known from the beginning. */
  readonly facts?: Notice['facts']
  /** It is over by then (epoch ms). Set for what is told from its beginning and is no delivery: those are told by their own record. */
  readonly until?: number
}

/** Reasons by which a look that changes nothing finds all well: nobody has to hear of that, but whoever was told of the contrary. */
const ALL_WELL: ReadonlySet<string> = new Set(['recent', 'pruned', 'listed', 'not-configured', 'already-there', 'nothing-open', 'in-flight', 'healed', 'watched', 'watched-unsuspected', 'still-watching', 'first-release'])
/** Nothing was done, on purpose, or nothing was looked at: that mends nothing that was told of before. */
const NOTHING_DONE: ReadonlySet<string> = new Set(['planned', 'nothing-to-watch', 'watched-elsewhere'])
/** A proven backup is a young one, too; a release that got all traffic has taken the place of what a watch found bad. */
const ALSO_ENDS: Readonly<Record<string, readonly string[]>> = { backup: ['backup-age'], [DELIVERY]: [WATCH] }

export function runBegins(subject: Subject, at: number): News {
  return { ...about(subject, { state: 'running', severity: 'info', title: `${subject.title} is under way`, text: '', at }, subject.until), topic: subject.topic }
}

/** How it ended, where that is news. */
export function runEnded(subject: Subject, { ok, reason, message }: { readonly ok: boolean; readonly reason: string; readonly message: string }, at: number): News | undefined {
  if (NOTHING_DONE.has(reason)) return undefined
  const gravity = gravityOf(subject.action, ok, reason)
  const title = ok ? `${subject.title}: ${reason}` : gravity.state === 'waiting' ? `${subject.title} waits: ${reason}` : `${subject.title} failed: ${reason}`
  // What was listed, looked through or not begun is told only where it ends something; a delivery that went well has told it itself.
  const quiet = ok && (subject.topic === DELIVERY || (subject.until === undefined && ALL_WELL.has(reason)))
  return { ...about(subject, { ...gravity, title, text: message, at }), topic: subject.topic, ...(quiet ? { quiet } : {}), ...(ok ? { ends: ALSO_ENDS[subject.topic] ?? [] } : {}) }
}

function about({ action, app, environment, run, topic, facts = [] }: Subject, said: Pick<Notice, 'state' | 'severity' | 'title' | 'text' | 'at'>, until?: number): Pick<News, 'notice' | 'until'> {
  return {
    notice: {
      ...said, key: keyOf({ action, environment, run, topic }), app, environment, link: run.url,
      facts: [...facts, ['Run', run.actor === '' ? run.id : `${run.id} by ${run.actor}`]],
    },
    ...(until === undefined ? {} : { until }),
  }
}

/** A run may do the same twice in two environments; what is looked at again and again is one thing. */
function keyOf({ action, environment, run, topic }: Pick<Subject, 'action' | 'environment' | 'run' | 'topic'>): string {
  if (topic === WATCH) return `watch:${environment}`
  return topic === 'backup-age' ? `backup-old:${environment}` : `${action}:${environment}:${run.id}:${run.attempt}`
}
