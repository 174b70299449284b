import type { Notice } from '../../../domain/notice.js'
import { fitted, oneLine } from '../../../domain/notice-text.js'

export interface Alert {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt: string
  readonly generatorURL?: string
}

/**
 * Nobody repeats an alert once the job is over, and Alertmanager takes one that is not repeated for resolved: so each says itself how long
 * it holds. A failure that nobody has closed by then has been told of by other means, or does not matter.
 */
const HOLDS_MS = 7 * 24 * 60 * 60_000
const LONGEST = 4000

/** What tells this alert apart. Routes are made of `severity`, so it is one of them: a new severity is a new alert. */
export function labelsOf({ app, environment, key }: Notice, severity: string): Readonly<Record<string, string>> {
  return { alertname: 'Ecluse', app, environment, key, severity }
}

export function alertOf(notice: Notice, labels: Readonly<Record<string, string>>, { startsAt, now }: { readonly startsAt: string; readonly now: number }): Alert {
  const { title, text, facts, link, state } = notice
  return {
    labels,
    annotations: { ...Object.fromEntries(facts.map(([name, value]) => [annotationName(name), fitted(value, LONGEST)])), summary: fitted(oneLine(title), LONGEST), description: fitted(text, LONGEST), state },
    startsAt,
    endsAt: new Date(now + HOLDS_MS).toISOString(),
    ...(URL.canParse(link) ? { generatorURL: link } : {}),
  }
}

/** The same alert, over since now; never before it began. */
export function resolved(alert: Alert, now: number): Alert {
  return { ...alert, endsAt: new Date(Math.max(now, Date.parse(alert.startsAt))).toISOString() }
}

/** Letters, digits and `_`, as templates can ask for it. */
function annotationName(name: string): string {
  const words = name.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '').toLowerCase()
  return /^[a-z]/.test(words) ? words : `fact_${words}`
}
