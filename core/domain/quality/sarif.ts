import { flag, list, number, object, oneOf, optional, text, type Decoder } from '../local-control/decode.js'
import { levels, type Finding, type FindingReport, type Level } from './findings.js'

interface Rule {
  readonly id?: string
  readonly defaultConfiguration?: { readonly level?: Level }
}

interface Location {
  readonly physicalLocation?: {
    readonly artifactLocation?: { readonly uri?: string; readonly index?: number }
    readonly region?: { readonly startLine?: number }
  }
}

interface Result {
  readonly ruleId?: string
  readonly ruleIndex?: number
  readonly rule?: { readonly id?: string; readonly index?: number; readonly toolComponent?: { readonly index?: number } }
  readonly level?: Level
  readonly kind?: string
  readonly message: { readonly text?: string; readonly markdown?: string; readonly id?: string }
  readonly locations?: readonly Location[]
  readonly suppressions?: readonly { readonly status?: string }[]
  readonly baselineState?: string
}

interface Component {
  readonly name: string
  readonly rules?: readonly Rule[]
}

interface Run {
  readonly tool: { readonly driver: Component; readonly extensions?: readonly Component[] }
  readonly results?: readonly Result[]
  readonly artifacts?: readonly { readonly location?: { readonly uri?: string } }[]
  readonly invocations?: readonly { readonly executionSuccessful: boolean; readonly exitCodeDescription?: string }[]
}

/** Tools write `null` where they have nothing to say. */
const maybe = <T>(decoder: Decoder<T>): Decoder<T | undefined> => (value, at) => optional(decoder)(value ?? undefined, at)
const level = oneOf(...levels)
const rule = object<Rule>({ id: maybe(text), defaultConfiguration: maybe(object<NonNullable<Rule['defaultConfiguration']>>({ level: maybe(level) })) })
const component = object<Component>({ name: text, rules: maybe(list(rule)) })
const artifact = object<{ readonly uri?: string; readonly index?: number }>({ uri: maybe(text), index: maybe(number) })
const location = object<Location>({
  physicalLocation: maybe(object<NonNullable<Location['physicalLocation']>>({ artifactLocation: maybe(artifact), region: maybe(object<{ readonly startLine?: number }>({ startLine: maybe(number) })) })),
})
const reference = object<NonNullable<Result['rule']>>({ id: maybe(text), index: maybe(number), toolComponent: maybe(object<{ readonly index?: number }>({ index: maybe(number) })) })
const result = object<Result>({
  ruleId: maybe(text), ruleIndex: maybe(number), rule: maybe(reference), level: maybe(level), kind: maybe(text),
  message: object<Result['message']>({ text: maybe(text), markdown: maybe(text), id: maybe(text) }),
  locations: maybe(list(location)), suppressions: maybe(list(object<{ readonly status?: string }>({ status: maybe(text) }))), baselineState: maybe(text),
})
const run = object<Run>({
  tool: object<Run['tool']>({ driver: component, extensions: maybe(list(component)) }),
  results: maybe(list(result)),
  artifacts: maybe(list(object<{ readonly location?: { readonly uri?: string } }>({ location: maybe(object<{ readonly uri?: string }>({ uri: maybe(text) })) }))),
  invocations: maybe(list(object<NonNullable<Run['invocations']>[number]>({ executionSuccessful: flag, exitCodeDescription: maybe(text) }))),
})
const log = object<{ readonly version: string; readonly runs: readonly Run[] }>({ version: text, runs: list(run) })

/** What a SARIF 2.1.0 log tells. Throws a `TypeError` where it is none. */
export function sarifFindings(value: unknown): FindingReport {
  const { version, runs } = log(value, 'sarif')
  if (version !== '2.1.0') throw new TypeError(`its version is "${version}", not 2.1.0`)
  const results = runs.flatMap((one) => (one.results ?? []).map((found) => ({ found, one })))
  const [absent, present] = parted(results, ({ found }) => found.baselineState === 'absent')
  const [suppressed, open] = parted(present, ({ found }) => isSuppressed(found))
  const why = runs.length === 0 ? 'it holds no run of any tool' : runs.map(incompleteness).find((found) => found !== undefined)
  return { findings: open.map(({ found, one }) => finding(found, one)), suppressed: suppressed.length, absent: absent.length, ...(why === undefined ? {} : { incomplete: why }) }
}

function parted<T>(items: readonly T[], belongs: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))]
}

/** Without `results` a run has not looked, which is something else than an empty list. */
function incompleteness({ tool, results, invocations = [] }: Run): string | undefined {
  if (results === undefined) return `${tool.driver.name} wrote no list of results: it did not look`
  const failed = invocations.find(({ executionSuccessful }) => !executionSuccessful)
  if (failed === undefined) return undefined
  const why = failed.exitCodeDescription === undefined ? '' : ` (${failed.exitCodeDescription})`
  return `${tool.driver.name} did not run to its end${why}`
}

/** A suppression that is under review, or was rejected, suppresses nothing. */
function isSuppressed({ suppressions = [] }: Result): boolean {
  return suppressions.length > 0 && suppressions.every(({ status = 'accepted' }) => status === 'accepted')
}

function finding(found: Result, { tool, artifacts = [] }: Run): Finding {
  const about = ruleOf(found, tool)
  const { artifactLocation, region } = found.locations?.[0]?.physicalLocation ?? {}
  const file = artifactLocation?.uri ?? artifacts[artifactLocation?.index ?? -1]?.location?.uri
  const { message } = found
  return {
    tool: tool.driver.name,
    rule: found.ruleId ?? found.rule?.id ?? about?.id ?? 'a rule without a name',
    level: levelOf(found, about),
    message: message.text ?? message.markdown ?? message.id ?? '',
    ...(file === undefined ? {} : { file }),
    ...(region?.startLine === undefined ? {} : { line: region.startLine }),
    isNew: found.baselineState === undefined || found.baselineState === 'new',
  }
}

function ruleOf(found: Result, { driver, extensions = [] }: Run['tool']): Rule | undefined {
  const extension = extensions[found.rule?.toolComponent?.index ?? -1]
  const { rules = [] } = extension ?? driver
  const indexed = rules[found.ruleIndex ?? found.rule?.index ?? -1]
  // An id may be followed by the part of the rule that was broken: `CA1000/1`.
  return indexed ?? rules.find(({ id }) => id !== undefined && (id === found.ruleId || found.ruleId?.startsWith(`${id}/`) === true))
}

/** Only a `fail` has a level; a result that says no level has the one of its rule. */
function levelOf({ level: own, kind = 'fail' }: Result, about: Rule | undefined): Level {
  if (kind !== 'fail') return 'none'
  return own ?? about?.defaultConfiguration?.level ?? 'warning'
}
