import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'

export interface Receiver {
  /** The whole address, `…/v1/traces`. */
  readonly url: string
  /** Secret. */
  readonly headers: Readonly<Record<string, string>>
}

/** Retries included. */
const EXPORT_MS = 5000

/** The SDK's exporter, and what became of the last batch that it could not hand over. */
export function exporterTo({ url, headers }: Receiver): { readonly exporter: SpanExporter; readonly trouble: () => string | undefined } {
  // A connection that is kept would keep the process too.
  const sdk = new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: EXPORT_MS, keepAlive: false })
  let trouble: string | undefined
  return {
    trouble: () => trouble,
    exporter: {
      export(spans, done) {
        sdk.export(spans, (result) => {
          if (result.error !== undefined) trouble = result.error.message || 'it was refused'
          done(result)
        })
      },
      shutdown: () => sdk.shutdown(),
      forceFlush: () => sdk.forceFlush(),
    },
  }
}
