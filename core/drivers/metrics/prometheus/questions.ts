import { boundText, oneOfValues, selectorText, type Counting } from '../../../domain/exporters.js'
import type { Arm, Arms } from '../../../domain/platform.js'
import type { Series } from './ask.js'

export interface Asking {
  readonly label: string
  readonly holds: string
  readonly select: readonly string[]
  readonly counting: Counting
  readonly slowerThanMs?: number
}

/** One expression each. */
export interface Questions {
  readonly requests: string
  /** When each of them was scraped. */
  readonly times: string
  readonly errors: string
  /** Requests that the histogram counted, and those of them within the threshold. */
  readonly all: string | undefined
  readonly within: string | undefined
}

/** The label that says which of the questions a series answers. */
const PART = 'ecluse_part'

/** What tells this arm apart; `undefined` where the platform does not say. Empty: its series are those without the label. */
export function valueOf(arm: Arm, { holds }: Pick<Asking, 'holds'>): string | undefined {
  return holds === 'identity' ? arm.identity : arm.labels[holds]
}

/** Two releases that the label calls alike, such as one version with other settings: each would get the counters of both, and look as good as the other. */
export function alike({ stable, candidate }: Arms, asking: Pick<Asking, 'label' | 'holds'>): string | undefined {
  const value = valueOf(candidate, asking)
  return stable !== undefined && valueOf(stable, asking) === value ? `stable and candidate are both \`${asking.label}="${value ?? ''}"\`: they can't be told apart` : undefined
}

/** Whether a series is of this arm. */
export function isOf(arm: Arm, { labels }: Series, asking: Pick<Asking, 'holds' | 'label'>): boolean {
  return (labels[asking.label] ?? '') === valueOf(arm, asking)
}

/** All of them in one, so that one server answers all at one moment: behind an address there may be several, each at its own. */
export function inOne(questions: Questions): string {
  return Object.entries<string | undefined>({ ...questions }).flatMap(([part, text]) => (text === undefined ? [] : [`label_replace(${text}, "${PART}", "${part}", "", "")`])).join(' or ')
}

export function answersTo(part: keyof Questions, series: readonly Series[]): readonly Series[] {
  return series.filter(({ labels }) => labels[PART] === part).map(({ labels: { [PART]: _part, ...labels }, value }) => ({ labels, value }))
}

export function questionsFor({ stable, candidate }: Arms, asking: Asking): Questions {
  const arms = [candidate, ...(stable === undefined ? [] : [stable])].map((arm) => valueOf(arm, asking) ?? '')
  const more = [...asking.select, oneOfValues(asking.label, arms)]
  const { requests, errors, latency } = asking.counting
  const counts = selectorText(requests, more)
  const histogram = asking.slowerThanMs === undefined ? undefined : latency
  return {
    requests: counts,
    times: `timestamp(${counts})`,
    errors: selectorText(errors, more),
    all: histogram && selectorText({ ...histogram, metric: `${histogram.metric}_count` }, more),
    within: histogram && selectorText({ ...histogram, metric: `${histogram.metric}_bucket` }, [...more, oneOfValues('le', boundText(asking.slowerThanMs ?? 0, histogram))]),
  }
}
