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

/** For a person: which arm, and by what. */
export function described(arm: Arm, asking: Pick<Asking, 'label' | 'holds'>): string {
  return `${arm.name} (${asking.label}="${valueOf(arm, asking) ?? ''}")`
}

/** All of them in one, so that one server answers all at one moment: behind an address there may be several, each at its own. */
export function inOne(questions: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(questions).flatMap(([part, text]) => (text === undefined ? [] : [`label_replace(${text}, "${PART}", "${part}", "", "")`])).join(' or ')
}

export function answersTo(part: string, series: readonly Series[]): readonly Series[] {
  return series.filter(({ labels }) => labels[PART] === part).map(({ labels: { [PART]: _part, ...labels }, value }) => ({ labels, value }))
}

/** What every series must have that is asked for: the user's own labels, and one of the arms'. */
export function matchersOf({ stable, candidate }: Arms, asking: Pick<Asking, 'select' | 'label' | 'holds'>): readonly string[] {
  const arms = [candidate, ...(stable === undefined ? [] : [stable])].map((arm) => valueOf(arm, asking) ?? '')
  return [...asking.select, oneOfValues(asking.label, arms)]
}

export function questionsFor(arms: Arms, asking: Asking): Questions {
  const more = matchersOf(arms, asking)
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
