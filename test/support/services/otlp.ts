/**
 * A receiver of OTLP over HTTP in this process: takes JSON by the official mapping of its protocol buffers, and refuses what does not fit
 * (opentelemetry-proto, trace/v1/trace.proto; OTLP specification, "JSON Protobuf Encoding").
 */
import { once } from 'node:events'
import http from 'node:http'
import { z } from 'zod'

const value = z.union([
  z.strictObject({ stringValue: z.string() }), z.strictObject({ boolValue: z.boolean() }), z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ intValue: z.union([z.int(), z.string().regex(/^-?\d+$/)]) }),
])
const attributes = z.array(z.strictObject({ key: z.string().min(1), value })).default([])
const nanos = z.string().regex(/^\d{19}$/)
const counted = z.int().min(0).optional()
const span = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/), spanId: z.string().regex(/^[0-9a-f]{16}$/), parentSpanId: z.string().regex(/^([0-9a-f]{16})?$/).optional(),
  traceState: z.string().optional(), name: z.string().min(1), kind: z.int().min(0).max(5), startTimeUnixNano: nanos, endTimeUnixNano: nanos, attributes, flags: z.int().optional(),
  droppedAttributesCount: counted, events: z.array(z.unknown()).max(0).optional(), droppedEventsCount: counted, links: z.array(z.unknown()).max(0).optional(), droppedLinksCount: counted,
  status: z.strictObject({ code: z.int().min(0).max(2).default(0), message: z.string().optional() }).prefault({}),
})
const body = z.strictObject({
  resourceSpans: z.array(z.strictObject({
    resource: z.strictObject({ attributes, droppedAttributesCount: counted, entityRefs: z.array(z.unknown()).optional() }), schemaUrl: z.string().optional(),
    scopeSpans: z.array(z.strictObject({ scope: z.strictObject({ name: z.string(), version: z.string().optional(), attributes: attributes.optional(), droppedAttributesCount: counted }), schemaUrl: z.string().optional(), spans: z.array(span) })),
  })),
})

export interface SeenSpan {
  readonly name: string
  readonly trace: string
  readonly id: string
  /** Empty where it has none. */
  readonly parent: string
  readonly kind: number
  /** Epoch milliseconds. */
  readonly start: number
  readonly end: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
  readonly failed: boolean
  readonly message: string
}

export interface OtlpReceiver {
  readonly url: string
  readonly spans: SeenSpan[]
  /** Everything that came, as it came. */
  readonly raw: string[]
  readonly headers: http.IncomingHttpHeaders[]
  /** What was refused, and why. */
  readonly refused: string[]
  stop(): Promise<void>
}

const plain = (list: z.infer<typeof attributes>): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value: one }) => [key, 'intValue' in one ? Number(one.intValue) : Object.values(one)[0]]))

/** The spans in one request's JSON. Throws when it does not fit. */
export function spansIn(text: string): readonly SeenSpan[] {
  const { resourceSpans } = body.parse(JSON.parse(text))
  return resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans.map((one) => ({
    name: one.name, trace: one.traceId, id: one.spanId, parent: one.parentSpanId ?? '', kind: one.kind, start: Number(one.startTimeUnixNano) / 1e6, end: Number(one.endTimeUnixNano) / 1e6,
    attributes: plain(one.attributes), resource: plain(resource.attributes), failed: one.status.code === 2, message: one.status.message ?? '',
  }))))
}

/** `answer`: what it does with a request instead of taking it. */
export async function startOtlp(answer?: (response: http.ServerResponse) => void): Promise<OtlpReceiver> {
  const seen: Pick<OtlpReceiver, 'spans' | 'raw' | 'headers' | 'refused'> = { spans: [], raw: [], headers: [], refused: [] }
  const server = http.createServer((asked, response) => {
    let text = ''
    asked.on('data', (chunk: Buffer) => (text += chunk.toString()))
    asked.on('end', () => {
      seen.raw.push(text)
      seen.headers.push(asked.headers)
      if (answer !== undefined) return answer(response)
      try {
        if (asked.method !== 'POST' || asked.url !== '/v1/traces' || asked.headers['content-type'] !== 'application/json') throw new Error(`${asked.method} ${asked.url} ${asked.headers['content-type']}`)
        seen.spans.push(...spansIn(text))
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      } catch (thrown) {
        seen.refused.push(String(thrown))
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"message":"refused"}')
      }
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    ...seen,
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
