import { ROOT_CONTEXT, SpanStatusCode, trace, type Span, type SpanKind, type Tracer } from '@opentelemetry/api'
import { messageOf } from '../../../errors/families.js'
import type { Attributes } from '../../../ports/tracing.js'

interface More {
  readonly attributes?: Attributes
  readonly kind?: SpanKind
  /** Epoch ms; absent: now. */
  readonly startTime?: number
}

/** The only hand that writes texts into spans: without secrets, and not without end. */
export interface Writer {
  text(written: string): string
  begin(name: string, below: Span, more?: More): Span
  tell(span: Span, attributes: Attributes): void
  fail(span: Span, why: string): void
  /** The work, with its end and its failure as the span's. */
  through<T>(span: Span, work: () => Promise<T>): Promise<T>
}

const LONGEST_NAME = 120
const LONGEST_TEXT = 500

export function writerOf(tracer: Tracer, mask: (text: string) => string): Writer {
  const text = (written: string, most = LONGEST_TEXT): string => cut(mask(written), most)
  const told = (attributes: Attributes): Attributes => Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, typeof value === 'string' ? text(value) : value]))
  const fail = (span: Span, why: string): void => void span.setStatus({ code: SpanStatusCode.ERROR, message: text(why) })
  return {
    text: (written) => text(written),
    begin: (name, below, { attributes = {}, ...more } = {}) => tracer.startSpan(text(name, LONGEST_NAME), { ...more, attributes: told(attributes) }, trace.setSpan(ROOT_CONTEXT, below)),
    tell: (span, attributes) => void span.setAttributes(told(attributes)),
    fail,
    async through(span, work) {
      try {
        return await work()
      } catch (fault) {
        fail(span, messageOf(fault))
        throw fault
      } finally {
        span.end()
      }
    },
  }
}

function cut(written: string, most: number): string {
  return written.length > most ? `${written.slice(0, most)}…` : written
}
