/**
 * Replays a file of reference sequences and function values against the judge (judge specification, "Vectors").
 * Pure: takes the parsed JSON, returns the counts or the first mismatch.
 */
import { logFactor } from '../../core/domain/judge/factor.js'
import { createJudge, growth, planRequests, rateInterval } from '../../core/domain/judge/index.js'
import type { CheckVerdict, Judge, JudgeConfig, JudgeSample, JudgeVerdict } from '../../core/domain/judge/index.js'
import { logAddExp, logGamma, logSumExp } from '../../core/domain/judge/numerics.js'

export interface ReplayCounts {
  readonly sequences: number
  readonly polls: number
  readonly units: number
  readonly values: number
}

/** The file is not of the format; `message` says where. */
export class VectorFormatError extends Error {}

/** The judge answers otherwise than the file; `message` names sequence, poll, field, got and want. */
export class VectorMismatch extends Error {}

type Json = unknown
type Fields = Readonly<Record<string, Json>>

interface Tolerances {
  readonly abs: number
  readonly rel: number
}

/** Throws VectorFormatError or VectorMismatch at the first thing that is wrong. */
export function replay(document: Json): ReplayCounts {
  const root = fields(document, 'the file')
  if (root['format'] !== undefined && root['format'] !== 1) throw new VectorFormatError(`format is ${show(root['format'])}, expected 1`)
  const tolerances = readTolerances(root['tolerance'])
  const sequences = root['sequences'] === undefined ? [] : list(root['sequences'], 'sequences')
  const units = root['units'] === undefined ? [] : list(root['units'], 'units')
  if (sequences.length + units.length === 0) throw new VectorFormatError('it holds no sequences and no units')
  const counts = { polls: 0, values: 0 }
  for (const [i, sequence] of sequences.entries()) {
    const done = replaySequence(sequence, `sequences[${i}]`, tolerances)
    counts.polls += done.polls
    counts.values += done.values
  }
  for (const [i, unit] of units.entries()) counts.values += replayUnit(unit, `units[${i}]`, tolerances)
  return { sequences: sequences.length, units: units.length, ...counts }
}

/** One sequence: every verdict, then the last one in full. */
export function replaySequence(sequence: Json, path: string, tolerances: Tolerances = DEFAULT_TOLERANCES): { polls: number; values: number } {
  const { id, config, primes, polls: rawPolls, expect: rawExpect, final } = fields(sequence, path)
  if (typeof id !== 'string') throw new VectorFormatError(`${path}.id is ${show(id)}, expected a text`)
  const polls = list(rawPolls, `${path}.polls`)
  const expected = list(rawExpect, `${path}.expect`)
  if (polls.length === 0) throw new VectorFormatError(`${path}.polls is empty`)
  if (polls.length !== expected.length) {
    throw new VectorFormatError(`${path} has ${polls.length} polls but ${expected.length} expected verdicts`)
  }
  const where = `sequence "${id}"`
  const judge = guarded(where, () => createJudge(readConfig(config, `${path}.config`)))
  for (const [i, prime] of (primes === undefined ? [] : list(primes, `${path}.primes`)).entries()) {
    const [check, requests, bad] = list(prime, `${path}.primes[${i}]`)
    guarded(where, () => judge.prime(String(check), number(requests), number(bad)))
  }
  let values = 0
  let last: JudgeVerdict | undefined
  for (const [i, poll] of polls.entries()) {
    last = guarded(`${where} poll ${i}`, () => observe(judge, poll, `${path}.polls[${i}]`))
    values += compare(`${where} poll ${i}`, '', brief(last), expected[i], tolerances)
  }
  if (last !== undefined) values += compare(`${where} poll ${polls.length - 1} (final)`, '', complete(last), final, tolerances)
  return { polls: polls.length, values }
}

/** One function value. Returns how many numbers were compared. */
export function replayUnit(unit: Json, path: string, tolerances: Tolerances = DEFAULT_TOLERANCES): number {
  const { fn, args: rawArgs, result } = fields(unit, path)
  const args = list(rawArgs, `${path}.args`)
  const run = typeof fn === 'string' && Object.hasOwn(UNITS, fn) ? UNITS[fn] : undefined
  if (run === undefined) throw new VectorFormatError(`${path}.fn is ${show(fn)}, expected one of ${Object.keys(UNITS).join(', ')}`)
  if (result === undefined) throw new VectorFormatError(`${path}.result is missing`)
  const where = `${path} ${String(fn)}(${args.map(show).join(', ')})`
  return compare(where, 'result', guarded(where, () => run(args)), result, tolerances)
}

const DEFAULT_TOLERANCES: Tolerances = { abs: 1e-9, rel: 1e-9 }

const UNITS: Readonly<Record<string, (args: readonly Json[]) => Json>> = {
  logaddexp: ([a, b]) => logAddExp(log(a), log(b)),
  logsumexp: ([values]) => logSumExp(list(values, 'args[0]').map(log)),
  lgamma: ([x]) => logGamma(number(x)),
  log_factor: (args) => {
    const [eta = NaN, r = NaN, d = NaN, mB = NaN, xB = NaN, mC = NaN, xC = NaN] = args.map(number)
    return logFactor(eta, { r, d }, { mB, xB, mC, xC })
  },
  growth: (args) => {
    const [stableRate = NaN, candidateRate = NaN, r = NaN, d = NaN, exposure = NaN] = args.map(number)
    const { a, nats } = growth({ stableRate, candidateRate, tolerance: { r, d }, exposure })
    return [a, nats]
  },
  plan_requests: (args) => {
    const [stableRate = NaN, candidateRate = NaN, r = NaN, d = NaN, exposure = NaN, level = NaN] = args.map(number)
    const verdict = args[6] === true ? 'fail' : 'pass'
    const dispersion = args[7] === undefined ? 1 : number(args[7])
    return planRequests({ stableRate, candidateRate, tolerance: { r, d }, exposure, level, verdict, dispersion })
  },
  rate_ci: (args) => {
    const [bad = NaN, requests = NaN, phi = NaN, gamma = NaN] = args.map(number)
    return rateInterval(bad, requests, phi, gamma)
  },
}

function observe(judge: Judge, raw: Json, path: string): JudgeVerdict {
  const poll = fields(raw, path)
  if (poll['mark'] === true) judge.markStep()
  const sample: Record<string, JudgeSample[string]> = {}
  for (const [check, reading] of Object.entries(fields(poll['s'], `${path}.s`))) {
    if (reading === null) sample[check] = null
    else {
      const [mB = NaN, xB = NaN, mC = NaN, xC = NaN] = list(reading, `${path}.s.${check}`).map(number)
      sample[check] = { stable: { requests: mB, bad: xB }, candidate: { requests: mC, bad: xC } }
    }
  }
  const { weight } = poll
  return judge.observe(number(poll['t']), sample, typeof weight === 'number' ? weight : undefined)
}

function brief(verdict: JudgeVerdict): Json {
  const { decision, lean, logEFail, logEPassMin, checks } = verdict
  return { decision, lean, logEFail, logEPassMin, checks: checks.map(briefCheck) }
}

function complete(verdict: JudgeVerdict): Json {
  const { decision, lean, logEFail, logEPassMin, checks } = verdict
  return { decision, lean, logEFail, logEPassMin, checks: checks.map((check) => ({ ...briefCheck(check), ...rest(check) })) }
}

function briefCheck({ name, logEFail, logEPass, dispersion, blocks, pass }: CheckVerdict): Fields {
  return { name, logEFail, logEPass, phi: dispersion, blocks, pass }
}

function rest({ logEFailGuarded, totals, allowedBad, above, resets, missing, intervals }: CheckVerdict): Fields {
  const { stable, candidate } = totals
  return {
    logEFailGuarded, allowedBad, above, missing,
    totals: [stable.requests, stable.bad, candidate.requests, candidate.bad],
    resets: [resets.stable, resets.candidate],
    ciBaseline: intervals.stable,
    ciCanary: intervals.candidate,
  }
}

/** Compares everything on both sides, so that a field missing from the file is a mismatch too. Returns the values compared. */
function compare(where: string, field: string, got: Json, want: Json, tolerances: Tolerances): number {
  const wanted = want === null && typeof got === 'number' ? -Infinity : want
  if (typeof got === 'object' && got !== null && typeof wanted === 'object' && wanted !== null) {
    if (Array.isArray(got) !== Array.isArray(wanted)) throw mismatch(where, field, got, want)
    const keys = [...new Set([...Object.keys(wanted), ...Object.keys(got)])]
    return keys.reduce((sum, key) => {
      const name = Array.isArray(got) ? `${field}[${key}]` : `${field}${field === '' ? '' : '.'}${key}`
      return sum + compare(where, name, Reflect.get(got, key), Reflect.get(wanted, key), tolerances)
    }, 0)
  }
  const same = typeof got === 'number' && typeof wanted === 'number' ? near(got, wanted, tolerances) : got === wanted
  if (!same) throw mismatch(where, field, got, want)
  return 1
}

function near(got: number, want: number, { abs, rel }: Tolerances): boolean {
  return got === want || (Number.isFinite(want) && Math.abs(got - want) <= abs + rel * Math.abs(want))
}

function mismatch(where: string, field: string, got: Json, want: Json): VectorMismatch {
  return new VectorMismatch(`${where}, field ${field === '' ? 'verdict' : field}: got ${show(got)}, want ${show(want)}`)
}

/** A judge that refuses what the file asks for is a mismatch of that place. */
function guarded<T>(where: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof VectorFormatError || !(error instanceof Error)) throw error
    throw new VectorMismatch(`${where}: the judge refused: ${error.message}`, { cause: error })
  }
}

function readConfig(raw: Json, path: string): JudgeConfig {
  const config = fields(raw, path)
  if (!isConfig(config)) throw new VectorFormatError(`${path}.checks is ${show(config['checks'])}, expected checks with name and fail`)
  return config
}

/** The shape only: the judge itself refuses wrong numbers. */
function isConfig(config: Fields): config is Fields & JudgeConfig {
  const { checks } = config
  return Array.isArray(checks) && checks.every((check: Json) => {
    const { name, fail, pass } = fields(check, 'a check')
    return typeof name === 'string' && isObject(fail) && (pass === undefined || isObject(pass))
  })
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readTolerances(raw: Json): Tolerances {
  if (raw === undefined) return DEFAULT_TOLERANCES
  const { abs, rel } = fields(raw, 'tolerance')
  const valid = (v: Json): v is number => typeof v === 'number' && v >= 0 && v <= 1e-3
  if (!valid(abs) || !valid(rel)) throw new VectorFormatError(`tolerance is ${show(raw)}, expected abs and rel from 0 to 0.001`)
  return { abs, rel }
}

function fields(value: Json, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new VectorFormatError(`${path} is ${show(value)}, expected an object`)
  }
  return Object.fromEntries(Object.entries(value))
}

function list(value: Json, path: string): readonly Json[] {
  if (!Array.isArray(value)) throw new VectorFormatError(`${path} is ${show(value)}, expected a list`)
  return value
}

function number(value: Json): number {
  return typeof value === 'number' ? value : NaN
}

/** Logarithms write −∞ as null. */
function log(value: Json): number {
  return value === null ? -Infinity : number(value)
}

function show(value: Json): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing')
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
