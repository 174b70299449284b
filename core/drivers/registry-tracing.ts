import type { TracedRun } from '../ports/tracing.js'
import type { OtlpGiven } from './tracing/otlp/index.js'

export type { OtlpGiven } from './tracing/otlp/index.js'

/** Loaded only where spans are to go somewhere. */
const tracing = {
  otlp: async (given) => {
    const { otlpTracing } = await import('./tracing/otlp/index.js')
    return otlpTracing(given)
  },
} satisfies Record<'otlp', (given: OtlpGiven) => Promise<TracedRun>>

export function openTracing(given: OtlpGiven): Promise<TracedRun> {
  return tracing.otlp(given)
}
