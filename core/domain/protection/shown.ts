import type { Reviewer } from './observed.js'
import type { RefPolicy } from './wanted.js'

/** Settings as the file would write them, for tables. */

const SHOWN = 60

export function shownReviewers(reviewers: readonly Reviewer[]): string {
  return listed(reviewers.map(({ name }) => name), 'nobody')
}

export function shownWait(minutes: number): string {
  return `${minutes}m`
}

export function shownPatterns(refs: RefPolicy): string {
  return refs.kind === 'patterns' ? listed(refs.branches, 'none') : refs.kind
}

export function shownTags(refs: RefPolicy): string {
  if (refs.kind === 'patterns') return listed(refs.tags, 'none')
  return refs.kind === 'all' ? 'all' : 'none'
}

/** A variable's value on one line, cut. */
export function shownValue(value: string): string {
  if (value === '') return '(empty)'
  const line = /[\n\r\t]/.test(value) ? JSON.stringify(value) : value
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}… (${value.length} characters)` : line
}

function listed(names: readonly string[], none: string): string {
  return names.length === 0 ? none : names.toSorted((a, b) => a.localeCompare(b, 'en')).join(', ')
}
