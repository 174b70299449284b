import { traceparent } from '../domain/traceparent.js'
import type { Ambient } from '../ports/ambient.js'
import type { Attributes } from '../ports/tracing.js'

/** A part of the work as a span of the trace, where there is one. */
export function spanned<T>(name: string, { tracing }: Pick<Ambient, 'tracing'>, work: () => Promise<T>, attributes?: Attributes): Promise<T> {
  return tracing === undefined ? work() : tracing.span(name, work, attributes)
}

/** What a program goes on with the trace by. */
export function traceVariables({ tracing }: Pick<Ambient, 'tracing'>): Readonly<Record<string, string>> {
  return tracing === undefined ? {} : { TRACEPARENT: traceparent(tracing.here()) }
}
