import { parseTraceparent, traceparent, type Place } from '../domain/traceparent.js'
import { messageOf } from '../errors/families.js'
import type { TracedRun } from '../ports/tracing.js'
import type { Opened } from './opening.js'
import { runInfo } from './run-info.js'
import type { Variables } from './variables.js'

/** The run's part of a trace, as far as somebody wants to know it. */
export interface RunTrace {
  /** Absent: spans go nowhere, and nothing of OpenTelemetry is loaded. */
  readonly tracing?: TracedRun
  /** What the next step goes on from: this run, or what was handed to it; empty where there is no trace. */
  readonly next: string
  finish(result: { readonly ok: boolean; readonly reason: string }, cancelled: boolean): Promise<void>
}

/** A collector that is slow keeps nobody waiting for longer. */
const FLUSH_MS = 2000
/** A cancelled run is killed soon. */
const PARTING_MS = 500

/** By the standard variables of OpenTelemetry; `TRACEPARENT` names the trace that this is a part of. */
export async function openRunTrace(name: string, { env, face, secrets, correlation }: Opened): Promise<RunTrace> {
  const parent = parentOf(env)
  const url = endpointOf(env)
  const none: RunTrace = { next: parent === undefined ? '' : traceparent(parent), finish: () => Promise.resolve() }
  if (url === undefined) return none
  // `localhost:4318` is an address, too: of the protocol `localhost:`.
  const where = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? new URL(url).origin : ''
  const warn = (why: string): void => face.log.warn(`The trace of this run is not whole at ${where}: ${why.replace(/\.$/, '')}. Nothing else is touched by that.`)
  if (where === '' || /^grpc$/i.test(env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] || (env['OTEL_EXPORTER_OTLP_PROTOCOL'] ?? ''))) {
    face.log.warn('Spans are sent by OTLP over HTTP: `OTEL_EXPORTER_OTLP_ENDPOINT` should be an address such as `http://collector:4318`, without `OTEL_EXPORTER_OTLP_PROTOCOL=grpc`. There is no trace of this run.')
    return none
  }
  const headers = headersOf(env)
  for (const secret of secretsIn(headers)) face.hide(secret)
  try {
    const { openTracing } = await import('../drivers/registry-tracing.js')
    const tracing = await openTracing({
      url, headers, name: `ecluse ${name}`, mask: (text) => secrets.mask(text), resource: resourceOf(env), ...(parent === undefined ? {} : { parent }),
    })
    correlation.here = () => tracing.here()
    tracing.about({ 'ecluse.action': name, ...(face.raw['environment'] ? { 'deployment.environment.name': face.raw['environment'] } : {}) })
    return {
      tracing,
      next: traceparent(tracing.run),
      async finish(result, cancelled) {
        const trouble = await tracing.finish(result, cancelled ? PARTING_MS : FLUSH_MS)
        if (trouble !== undefined) warn(trouble)
      },
    }
  } catch (thrown) {
    warn(messageOf(thrown))
    return none
  }
}

function parentOf(env: Variables): Place | undefined {
  return parseTraceparent(env['TRACEPARENT'] ?? '')
}

/** An address of our own for traces is taken as it is; the common one is completed. */
function endpointOf(env: Variables): string | undefined {
  if (/^true$/i.test((env['OTEL_SDK_DISABLED'] ?? '').trim()) || env['OTEL_TRACES_EXPORTER'] === 'none') return undefined
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? ''
  const common = env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? ''
  if (own !== '') return own
  return common === '' ? undefined : `${common.replace(/\/+$/, '')}/v1/traces`
}

function headersOf(env: Variables): Readonly<Record<string, string>> {
  return { ...listed(env['OTEL_EXPORTER_OTLP_HEADERS']), ...listed(env['OTEL_EXPORTER_OTLP_TRACES_HEADERS']) }
}

/** Which tenant or data set the spans are of: often the application's name, and to hide that would take it out of every output. */
const PLAIN = /^(?:x-scope-orgid|x-[a-z0-9-]*(?:dataset|tenant(?:-id)?)|content-type|user-agent|organization|stream-name)$/i

/** Whole values, and what follows the scheme: `Bearer …`. */
function secretsIn(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flatMap(([name, value]) => (PLAIN.test(name) ? [] : [value, value.replace(/^(?:basic|bearer|api-?token|token)\s+/i, '')]))
}

/** `name=value,name=value`, values as in a URL. */
function listed(text = ''): Readonly<Record<string, string>> {
  return Object.fromEntries(text.split(',').flatMap((pair) => {
    const at = pair.indexOf('=')
    return at < 1 ? [] : [[pair.slice(0, at).trim(), decoded(pair.slice(at + 1).trim())]]
  }))
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** By the names that OpenTelemetry has for pipelines; what the user says of the resource wins. */
function resourceOf(env: Variables): Readonly<Record<string, string>> {
  const { id, workflow, job, url } = runInfo(env)
  const own = { 'service.name': 'ecluse', 'cicd.pipeline.run.id': id, 'cicd.pipeline.name': workflow, 'cicd.pipeline.task.name': job, 'cicd.pipeline.run.url.full': url, 'vcs.repository.name': env['GITHUB_REPOSITORY'] ?? '', 'vcs.ref.head.revision': env['GITHUB_SHA'] ?? '' }
  const named = env['OTEL_SERVICE_NAME'] ?? ''
  const told = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== ''))
  return { ...told, ...listed(env['OTEL_RESOURCE_ATTRIBUTES']), ...(named === '' ? {} : { 'service.name': named }) }
}
