import type { Tolerance } from './factor.js'
import { fillDefaults, JUDGE_DEFAULTS, type CheckSettings, type JudgeConfig, type JudgeSettings, type JudgeTuning } from './settings.js'

/** A config the judge can't keep its promises with. `problems` holds every one found, not the first. */
export class JudgeConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The judge can't use this config: ${problems.join('; ')}`)
    this.name = 'JudgeConfigError'
    this.problems = problems
  }
}

type NumberSetting = Exclude<keyof JudgeTuning, 'dispScales'>
type Rule = readonly [says: string, holds: (value: number) => boolean]

const OPEN_UNIT: Rule = ['between 0 and 1, both excluded', (v) => v > 0 && v < 1]
const POSITIVE: Rule = ['above 0', (v) => v > 0]
const NOT_NEGATIVE: Rule = ['0 or more', (v) => v >= 0]
const ONE_OR_MORE: Rule = ['1 or more', (v) => v >= 1]

const RULES: Readonly<Record<NumberSetting, Rule>> = {
  alpha: OPEN_UNIT,
  beta: OPEN_UNIT,
  horizonBlocks: ['2 or more', (v) => v >= 2],
  minEvidenceBlocks: ONE_OR_MORE,
  minBadEvents: NOT_NEGATIVE,
  minCanaryRequests: NOT_NEGATIVE,
  holdFactor: POSITIVE,
  maxSeconds: POSITIVE,
  noDataExpected: NOT_NEGATIVE,
  noDataSeconds: NOT_NEGATIVE,
  passCeiling: NOT_NEGATIVE,
  dispFloor: ONE_OR_MORE,
  dispPrior: ONE_OR_MORE,
  dispPriorWeight: POSITIVE,
  dispShare: POSITIVE,
  dispChiMax: POSITIVE,
  dispMax: ONE_OR_MORE,
  dispMemory: POSITIVE,
  ciLevel: OPEN_UNIT,
}

/** Everything that is wrong with a config, in its own order; empty when it is good. */
export function judgeConfigProblems(config: JudgeConfig): readonly string[] {
  const settings = fillDefaults(config)
  const problems = settings.checks.flatMap((check, i) => checkProblems(check, i, settings.checks))
  if (settings.checks.length === 0) problems.push('`checks` is empty, give at least one')
  for (const key of Object.keys(config)) {
    if (key !== 'checks' && !Object.hasOwn(JUDGE_DEFAULTS, key)) problems.push(`\`${key}\` is not a setting of the judge`)
  }
  for (const key of Object.keys(RULES).filter(isNumberSetting)) {
    const [says, holds] = RULES[key]
    const value = settings[key]
    if (!(Number.isFinite(value) && holds(value))) problems.push(`\`${key}\` is ${value}, it must be ${says}`)
  }
  if (!settings.dispScales.every((k) => Number.isInteger(k) && k >= 1)) {
    problems.push(`\`dispScales\` is [${settings.dispScales.join(', ')}], it must hold whole numbers from 1`)
  }
  return problems
}

/** The complete settings, or a JudgeConfigError with all problems. */
export function settle(config: JudgeConfig): JudgeSettings {
  const problems = judgeConfigProblems(config)
  if (problems.length > 0) throw new JudgeConfigError(problems)
  return fillDefaults(config)
}

function checkProblems(check: CheckSettings, index: number, all: readonly CheckSettings[]): string[] {
  const name = `check "${check.name}"`
  const problems: string[] = []
  if (check.name === '') problems.push('a check has no name')
  if (all.findIndex((other) => other.name === check.name) !== index) problems.push(`${name} is there twice`)
  if (!(Number.isFinite(check.weight) && check.weight > 0)) problems.push(`${name}: \`weight\` is ${check.weight}, it must be above 0`)
  if (!(Number.isFinite(check.warmupSeconds) && check.warmupSeconds >= 0)) {
    problems.push(`${name}: \`warmupSeconds\` is ${check.warmupSeconds}, it must be 0 or more`)
  }
  for (const margin of samePair(check) ? (['fail'] as const) : (['fail', 'pass'] as const)) {
    if (!isTolerance(check[margin])) {
      problems.push(`${name}: \`${margin}\` is r ${check[margin].r}, d ${check[margin].d}; both must be 0 or more, and one above 0`)
    }
  }
  if (check.wanted && (check.fail.r === 0 || check.pass.r === 0)) problems.push(`${name}: what is wanted needs an \`r\` above 0, there is no ceiling of it`)
  return problems
}

function isNumberSetting(key: string): key is NumberSetting {
  return Object.hasOwn(RULES, key)
}

/** A `pass` that was left out repeats `fail`: its fault is told once. */
function samePair({ fail, pass }: CheckSettings): boolean {
  return Object.is(fail.r, pass.r) && Object.is(fail.d, pass.d)
}

function isTolerance({ r, d }: Tolerance): boolean {
  return Number.isFinite(r) && Number.isFinite(d) && r >= 0 && d >= 0 && r + d > 0
}
