import { AsyncLocalStorage } from 'node:async_hooks'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context, type Span } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Place } from '../../../domain/traceparent.js'
import { messageOf } from '../../../errors/families.js'
import type { Attributes, TracedRun } from '../../../ports/tracing.js'
import { exporterTo, type Receiver } from './exporter.js'

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

const LONGEST_NAME = 120
const LONGEST_TEXT = 500
/** A run of hours asks the same again and again: so many calls show where its time goes. */
const MOST_CALLS = 1000

/** Spans by OTLP over HTTP, in batches while the run goes on. What is under way is known by the asynchronous call that asks. */
export function otlpTracing(given: OtlpGiven): TracedRun {
  const { exporter, trouble } = exporterTo(given)
  const provider = new BasicTracerProvider({ resource: resourceFromAttributes(given.resource), spanProcessors: [new BatchSpanProcessor(exporter)] })
  const tracer = provider.getTracer('ecluse')
  const inside = new AsyncLocalStorage<Span>()
  const root = tracer.startSpan(given.name, {}, contextOf(given.parent))
  let section: Span | undefined
  let calls = 0
  const current = (): Span => inside.getStore() ?? section ?? root
  const text = (written: string, most = LONGEST_TEXT): string => cut(given.mask(written), most)
  const told = (attributes: Attributes): Attributes => Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? text(value) : value]))
  const fail = (span: Span, why: string): void => void span.setStatus({ code: SpanStatusCode.ERROR, message: text(why) })
  const begin = (name: string, below: Span, more: { readonly attributes?: Attributes; readonly kind?: SpanKind; readonly startTime?: number } = {}): Span =>
    tracer.startSpan(text(name, LONGEST_NAME), { ...more, attributes: told(more.attributes ?? {}) }, trace.setSpan(ROOT_CONTEXT, below))
  return {
    run: placeOf(root),
    here: () => placeOf(current()),
    span(name, work, attributes = {}) {
      const span = begin(name, current(), { attributes })
      return inside.run(span, async () => {
        try {
          return await work()
        } catch (fault) {
          fail(span, messageOf(fault))
          throw fault
        } finally {
          span.end()
        }
      })
    },
    section(name) {
      if (inside.getStore() !== undefined) return
      section?.end()
      section = begin(name, root)
    },
    past(name, { startedAt, endedAt, attributes, failed }) {
      calls += 1
      if (calls > MOST_CALLS) return
      const span = begin(name, current(), { kind: SpanKind.CLIENT, startTime: startedAt, attributes })
      if (failed !== undefined) fail(span, failed)
      span.end(endedAt)
    },
    note(attributes, failed) {
      const span = current()
      span.setAttributes(told(attributes))
      if (failed !== undefined) fail(span, failed)
    },
    about: (attributes) => void root.setAttributes(told(attributes)),
    async finish({ ok, reason }, withinMs) {
      section?.end()
      root.setAttributes({ 'ecluse.ok': ok, 'ecluse.reason': reason, ...(calls > MOST_CALLS ? { 'ecluse.calls_left_out': calls - MOST_CALLS } : {}) })
      if (!ok) fail(root, reason)
      root.end()
      const late = await provider.forceFlush({ timeoutMillis: withinMs }).then(() => undefined, (fault: unknown) => messageOf(fault))
      const said = trouble() ?? late
      return said === undefined ? undefined : text(said)
    },
  }
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

function cut(written: string, most: number): string {
  return written.length > most ? `${written.slice(0, most)}…` : written
}
