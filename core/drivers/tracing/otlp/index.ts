import { AsyncLocalStorage } from 'node:async_hooks'
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags, type Context, type Span } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Place } from '../../../domain/traceparent.js'
import { messageOf } from '../../../errors/families.js'
import type { Attributes, TracedRun, Tracing } from '../../../ports/tracing.js'
import { exporterTo, type Receiver } from './exporter.js'
import { writerOf } from './writing.js'

export interface OtlpGiven extends Receiver {
  /** Of the run's own span. */
  readonly name: string
  /** What is true of all spans: the service, the pipeline. */
  readonly resource: Attributes
  /** The trace that this run is a part of; absent: it begins one. */
  readonly parent?: Place
  /** Takes secrets out of a text. */
  readonly mask: (text: string) => string
}

/** A run of hours asks the same again and again: so many calls show where its time goes. */
const MOST_CALLS = 1000

/** Spans by OTLP over HTTP, in batches while the run goes on. */
export function otlpTracing(given: OtlpGiven): TracedRun {
  const { exporter, trouble } = exporterTo(given)
  const provider = new BasicTracerProvider({ resource: resourceFromAttributes(given.resource), spanProcessors: [new BatchSpanProcessor(exporter)] })
  const tracer = provider.getTracer('ecluse')
  const writer = writerOf(tracer, given.mask)
  const root = tracer.startSpan(given.name, {}, contextOf(given.parent))
  const { tracing, end } = partsOf(root, writer)
  return {
    ...tracing,
    run: placeOf(root),
    async finish({ ok, reason }, withinMs) {
      const { leftOut } = end()
      root.setAttributes({ 'ecluse.ok': ok, 'ecluse.reason': reason, ...(leftOut > 0 ? { 'ecluse.calls_left_out': leftOut } : {}) })
      if (!ok) writer.fail(root, reason)
      root.end()
      const late = await handedOver(provider, withinMs)
      const said = trouble() ?? late
      return said === undefined ? undefined : writer.text(said)
    },
  }
}

/** Why not all was taken; the library names its own insides. */
async function handedOver(provider: BasicTracerProvider, withinMs: number): Promise<string | undefined> {
  try {
    await provider.forceFlush({ timeoutMillis: withinMs })
    return undefined
  } catch (fault) {
    const said = messageOf(fault)
    return /timeout/i.test(said) ? `nothing took the last spans within ${withinMs / 1000} s` : said
  }
}

/** The parts of a run. What is under way is known by the asynchronous call that asks, else it is the section of that time. */
function partsOf(root: Span, writer: ReturnType<typeof writerOf>): { readonly tracing: Tracing; readonly end: () => { readonly leftOut: number } } {
  const inside = new AsyncLocalStorage<Span>()
  let section: Span | undefined
  let calls = 0
  const current = (): Span => inside.getStore() ?? section ?? root
  const tracing: Tracing = {
    here: () => placeOf(current()),
    span(name, work, attributes = {}) {
      const span = writer.begin(name, current(), { attributes })
      return inside.run(span, () => writer.through(span, work))
    },
    section(name) {
      if (inside.getStore() !== undefined) return
      section?.end()
      section = writer.begin(name, root)
    },
    past(name, { startedAt, endedAt, attributes, failed }) {
      calls += 1
      if (calls > MOST_CALLS) return
      const span = writer.begin(name, current(), { kind: SpanKind.CLIENT, startTime: startedAt, attributes })
      if (failed !== undefined) writer.fail(span, failed)
      span.end(endedAt)
    },
    note(attributes, failed) {
      const span = current()
      writer.tell(span, attributes)
      if (failed !== undefined) writer.fail(span, failed)
    },
    about: (attributes) => writer.tell(root, attributes),
  }
  const end = (): { leftOut: number } => {
    section?.end()
    return { leftOut: Math.max(0, calls - MOST_CALLS) }
  }
  return { tracing, end }
}

function contextOf(parent: Place | undefined): Context {
  if (parent === undefined) return ROOT_CONTEXT
  const { trace: traceId, span: spanId, sampled } = parent
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, isRemote: true, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE })
}

function placeOf(span: Span): Place {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return { trace: traceId, span: spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }
}
