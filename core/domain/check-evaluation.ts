import type { Expectations } from './check.js'
import { jsonAt, type Answer } from './identity.js'

export interface Evaluated {
  readonly state: 'passed' | 'degraded' | 'failed'
  /** What was observed against what was expected, one line each. */
  readonly findings: readonly string[]
}

/** Longest part of somebody else's text that a finding shows. */
const SHOWN = 80
const DAY_MS = 86_400_000

/** Everything that an answer leaves to be desired, not only the first. */
export function evaluate(answer: Answer, expect: Expectations): Evaluated {
  const findings = [
    ...statusFindings(answer, expect.status),
    ...expect.contains.filter((text) => !answer.body.includes(text)).map((text) => `the body does not contain ${shown(text)}`),
    ...Object.entries(expect.json).flatMap(([path, wanted]) => jsonFindings(answer.body, path, wanted)),
    ...Object.entries(expect.header).flatMap(([name, wanted]) => headerFindings(answer, name, wanted)),
    ...(expect.withinMs !== undefined && answer.elapsedMs > expect.withinMs ? [`took ${Math.round(answer.elapsedMs)} ms, the budget is ${expect.withinMs} ms`] : []),
  ]
  const health: Evaluated = expect.health ? evaluateHealth(answer.body) : { state: 'passed', findings: [] }
  return { state: findings.length > 0 ? 'failed' : health.state, findings: [...findings, ...health.findings] }
}

/** Whether a certificate is valid for long enough yet. */
export function certificateFindings(certificate: { readonly subject: string; readonly validTo: number }, days: number, now: number): readonly string[] {
  const left = (certificate.validTo - now) / DAY_MS
  if (Number.isNaN(left)) return [`the certificate of \`${certificate.subject}\` does not say how long it is valid`]
  if (left < 0) return [`the certificate of \`${certificate.subject}\` expired ${Math.ceil(-left)} days ago`]
  return left < days ? [`the certificate of \`${certificate.subject}\` is valid for ${Math.floor(left)} more days, at least ${days} are wanted`] : []
}

/** Several results as one: the worst state, all findings. */
export function worst(parts: readonly Evaluated[]): Evaluated {
  const has = (state: Evaluated['state']): boolean => parts.some((part) => part.state === state)
  return { state: has('failed') ? 'failed' : has('degraded') ? 'degraded' : 'passed', findings: parts.flatMap((part) => part.findings) }
}

function statusFindings({ status, headers }: Answer, accepted: readonly number[]): readonly string[] {
  if (accepted.length === 0 ? status >= 200 && status < 300 : accepted.includes(status)) return []
  // A redirect is not followed: the page that it leads to (a login, say) is not the one that was asked for.
  const to = status >= 300 && status < 400 && headers['location'] !== undefined ? ` (a redirect to ${shown(headers['location'].replace(/[?#].*$/s, ''))})` : ''
  return [`status ${status}${to}, expected ${accepted.length === 0 ? '2xx' : accepted.join(' or ')}`]
}

function jsonFindings(body: string, path: string, wanted: string): readonly string[] {
  const value = jsonAt(body, path)
  if ('missing' in value) return [value.missing]
  const found = asText(value.found)
  return found === wanted ? [] : [`\`${path}\` is ${shown(found)}, expected ${shown(wanted)}`]
}

function headerFindings({ headers }: Answer, name: string, wanted: string): readonly string[] {
  const found = headers[name.toLowerCase()]
  if (found === undefined) return [`no header \`${name}\``]
  return wanted === '*' || found === wanted ? [] : [`header \`${name}\` is ${shown(found)}, expected ${shown(wanted)}`]
}

const GOOD = ['ok', 'pass', 'passing', 'up', 'healthy']
const WORSE = ['degraded', 'warn', 'warning']

/**
 * A health report: `{status, checks: {name: status | {status}}}`. Its own word counts, and so does each part's: a report
 * that says `ok` over a failed part does not pass. A word that nobody knows is no good one.
 */
function evaluateHealth(body: string): Evaluated {
  const status = jsonAt(body, 'status')
  if ('missing' in status) return { state: 'failed', findings: [`no health report: ${status.missing}`] }
  return worst([rated('health', asText(status.found)), ...healthParts(body).map(([name, word]) => rated(`health check \`${name}\``, word))])
}

function healthParts(body: string): readonly (readonly [string, string | undefined])[] {
  const checks = jsonAt(body, 'checks')
  if ('missing' in checks || typeof checks.found !== 'object' || checks.found === null) return []
  // `health+json` gives a list of measurements for each part.
  return Object.entries(checks.found).flatMap(([name, part]: [string, unknown]) => (Array.isArray(part) ? part : [part]).map((one: unknown) => [name, statusOf(one)] as const))
}

function statusOf(part: unknown): string | undefined {
  if (typeof part !== 'object' || part === null) return asText(part)
  return 'status' in part ? asText(part.status) : undefined
}

function rated(what: string, status: string | undefined): Evaluated {
  if (status === undefined) return { state: 'failed', findings: [`${what} has no \`status\``] }
  const word = status.toLowerCase()
  if (GOOD.includes(word) || word === 'true') return { state: 'passed', findings: [] }
  return { state: WORSE.includes(word) ? 'degraded' : 'failed', findings: [`${what} is ${shown(status)}`] }
}

/** As a person would type it: texts without quotes, the rest as JSON. */
function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function shown(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return `"${line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line}"`
}
