import { selectorText, type Selector } from '../../../domain/exporters.js'

export interface Span {
  readonly selector: Selector
  /** Matchers beside its own. */
  readonly more: readonly string[]
  readonly spanMs: number
  /** Any series of what is counted, whoever serves: that it was there tells that a series which was not is new. */
  readonly witness: string
}

/**
 * How much a counter grew in a span that ends now. `increase()` alone would lose the first count of every series, and a
 * series of failures begins with its first failure: so what is there at both ends is subtracted, and what was not there
 * then counts whole. Only where a counter began anew, where its series has ended, or where nothing at all was scraped
 * at the beginning, `increase()` says it. Nothing matches: no value.
 */
export function grownIn({ selector, more, spanMs, witness }: Span): string {
  const series = selectorText(selector, more)
  const span = `${Math.round(spanMs / 1000)}s`
  const still = `(${series} - ${series} offset ${span})`
  const since = `(${series} and on() group(${witness} offset ${span}))`
  return `sum(((${still} or ${since}) unless (resets(${series}[${span}]) > 0)) or increase(${series}[${span}]))`
}

/** When anything was first scraped within a span (seconds), to the step. */
export function firstIn(witness: string, spanMs: number, stepMs: number): string {
  return `min_over_time(timestamp(group(${witness}))[${Math.round(spanMs / 1000)}s:${Math.round(stepMs / 1000)}s])`
}
