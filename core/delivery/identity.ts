import { servedVersion, type IdentityRule } from '../domain/identity.js'
import { RemoteError, messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import { unlessAborted } from './abort.js'
import { addressOf, headersFor } from './address.js'
import { spanned } from './spans.js'

const LEAST_ANSWER_MS = 200
const ANSWER_WITHIN_MS = 5000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000
/** Behind a balancer one right answer proves little: so many must follow each other. */
const ANSWERS = 3

export type Observation = { readonly version: string } | { readonly missing: string }

export interface Expected {
  readonly url: string
  readonly rule: IdentityRule
  readonly headers: Readonly<Record<string, string>>
  readonly version: string
  readonly withinMs: number
  /** Right answers in a row that count as proof. */
  readonly answers?: number
  readonly signal?: AbortSignal
}

/** `seen` goes on a sentence: "2 of 3 answers named 1.4.1". */
export interface Identified {
  readonly ok: boolean
  readonly seen: string
  /** What the last answer named. */
  readonly version?: string
  readonly asked: number
  readonly elapsedMs: number
}

/** Which version one answer names. No answer is an observation too; rejects only when the run is cancelled or the address is none. */
export async function observeVersion(
  url: string,
  rule: IdentityRule,
  headers: Readonly<Record<string, string>>,
  ambient: Ambient,
  withinMs: number = ANSWER_WITHIN_MS,
): Promise<Observation> {
  const address = addressOf(url, rule.path)
  try {
    const answer = await ambient.http.request({
      what: 'ask which version is served', method: 'GET', url: address, headers: headersFor(address, url, headers), timeoutMs: Math.max(1, Math.min(withinMs, ANSWER_WITHIN_MS)),
    })
    return servedVersion(rule, answer)
  } catch (fault) {
    if (fault instanceof RemoteError && fault.code !== 'aborted') return { missing: messageOf(fault).replace(/\.$/, '') }
    throw fault
  }
}

/** Asks until so many answers in a row name the wanted version, or the time is over. */
export async function waitForVersion(expected: Expected, ambient: Ambient): Promise<Identified> {
  return spanned('identify', ambient, async () => {
    const found = await askUntilRight(expected, ambient)
    ambient.tracing?.note({ 'ecluse.version': expected.version, 'ecluse.asked': found.asked }, found.ok ? undefined : found.seen)
    return found
  })
}

async function askUntilRight(expected: Expected, ambient: Ambient): Promise<Identified> {
  const { url, rule, headers, version, withinMs, answers = ANSWERS, signal = ambient.signal } = expected
  const start = ambient.clock.now()
  const left = (): number => start + withinMs - ambient.clock.now()
  const seen: Observation[] = []
  let row = 0
  let pause = FIRST_PAUSE_MS
  do {
    signal.throwIfAborted()
    const allowed = left()
    const observed = await unlessAborted(observeVersion(url, rule, headers, ambient, allowed), signal)
    // Asked when hardly any time was left: our deadline cut it short, and it says nothing about who serves.
    if ('missing' in observed && allowed < LEAST_ANSWER_MS && seen.length > 0) break
    seen.push(observed)
    row = 'version' in observed && observed.version === version ? row + 1 : 0
    if (row === answers) break
    if (row > 0) continue
    await ambient.clock.sleep(Math.min(pause, Math.max(0, left())), signal)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  } while (left() > 0)
  signal.throwIfAborted()
  const last = seen.at(-1)
  return {
    ok: row === answers,
    seen: row === answers ? `${answers} answers in a row named ${version}` : told(seen),
    ...(last !== undefined && 'version' in last ? { version: last.version } : {}),
    asked: seen.length,
    elapsedMs: ambient.clock.now() - start,
  }
}

/** The last few answers: what came before them is of no interest any more. */
function told(seen: readonly Observation[]): string {
  const last = seen.slice(-10)
  const counts = new Map<string, number>()
  for (const one of last) {
    const what = 'version' in one ? `named ${one.version}` : `named none (${one.missing})`
    counts.set(what, (counts.get(what) ?? 0) + 1)
  }
  return [...counts].map(([what, count]) => `${count} of the last ${last.length} answers ${what}`).join(', ')
}
