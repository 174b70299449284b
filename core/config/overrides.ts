import { parse } from 'yaml'
import type { Problem } from '../errors/families.js'
import { messageOf } from '../errors/families.js'
import { isMapping, merge } from './extends.js'
import { readSource, valuesOf, type KeyPath } from './document.js'
import { interpolate, type Brought } from './interpolation.js'

type Read = (raw: string) => unknown

const asText: Read = (raw) => raw
const asYaml: Read = (raw) => parse(raw, { version: '1.2' }) as unknown
const linesOf = (raw: string): readonly string[] => raw.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
const asLines: Read = linesOf
const asSettings: Read = (raw) => Object.fromEntries(linesOf(raw).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
const asNumbers: Read = (raw) => raw.replace(/^\[(.*)\]$/, '$1').split(',').map((part) => Number(part.replace('%', '').trim()))
const asWords: Read = (raw) => raw.split(/[\s,]+/)
const asList: Read = (raw) => raw.replace(/^\[(.*)\]$/, '$1').split(',').map((part) => part.trim())

/** `platform: local` says the same as `platform: { local: {} }`. */
const asChoice: Read = (raw) => (/^[a-z-]+$/.test(raw) ? { [raw]: {} } : asYaml(raw))

/** A command, unless it has the form of the one mapping that there is. */
const asFlush: Read = (raw) => (isYaml(asFlush, raw) ? asYaml(raw) : raw)

const YAML: ReadonlySet<Read> = new Set([asYaml, asChoice])
const isYaml = (read: Read, raw: string): boolean => YAML.has(read) || (read === asFlush && /^\{\s*redis\s*:/.test(raw))

/** Inputs that an environment's keys can be given with: input → key and how its text is read. */
const ENVIRONMENT: Readonly<Record<string, readonly [KeyPath, Read]>> = {
  url: [['url'], asText],
  platform: [['platform'], asChoice],
  identity: [['identity'], asYaml],
  ledger: [['ledger'], asText],
  settings: [['settings'], asSettings],
  migrate: [['migrate', 'up'], asText],
  revision: [['migrate', 'revision'], asText],
  'flush-cache': [['flush-cache'], asFlush],
  checks: [['checks'], asLines],
  degraded: [['health', 'degraded'], asText],
  integration: [['integration'], asText],
  soak: [['soak'], asText],
  strategy: [['rollout', 'strategy'], asText],
  weights: [['rollout', 'weights'], asNumbers],
  'on-undecided': [['rollout', 'on-undecided'], asText],
  'healthy-within': [['rollout', 'healthy-within'], asText],
  judge: [['judge'], asYaml],
  watch: [['watch'], asYaml],
  database: [['backup', 'database'], asText],
  through: [['backup', 'through'], asYaml],
  store: [['backup', 'store'], asChoice],
  'copy-to': [['backup', 'copy-to'], asChoice],
  'encrypt-to': [['backup', 'encrypt-to'], asWords],
  'allow-unencrypted': [['backup', 'allow-unencrypted'], asYaml],
  format: [['backup', 'format'], asText],
  jobs: [['backup', 'jobs'], asYaml],
  verify: [['backup', 'verify'], asText],
  'verify-in': [['backup', 'verify-in'], asYaml],
  checksums: [['backup', 'checksums'], asYaml],
  keep: [['backup', 'keep'], asYaml],
  'max-age': [['backup', 'max-age'], asText],
}

const BUILD: Readonly<Record<string, readonly [KeyPath, Read]>> = {
  context: [['context'], asText],
  file: [['file'], asText],
  platforms: [['platforms'], asList],
  'max-size': [['max-size'], asText],
  builder: [['builder'], asText],
  repository: [['repository'], asText],
  'registry-username': [['login', 'username'], asText],
  'registry-password': [['login', 'password'], asText],
  contexts: [['contexts'], asLines],
  secrets: [['secrets'], asLines],
  cache: [['cache'], asText],
  'cache-place': [['cache-place'], asText],
  'cache-within': [['cache-within'], asText],
  attestations: [['attestations'], asText],
  tags: [['tags'], asLines],
  'compare-with': [['compare-with'], asText],
  scan: [['scan'], asYaml],
}

const QUALITY: Readonly<Record<string, readonly [KeyPath, Read]>> = {
  prepare: [['prepare'], asText],
  junit: [['reports', 'junit'], asLines],
  coverage: [['reports', 'coverage'], asLines],
  sarif: [['reports', 'sarif'], asLines],
  advisories: [['reports', 'advisories'], asLines],
  thresholds: [['thresholds'], asYaml],
}

const KINDS = { environment: ENVIRONMENT, build: BUILD, quality: QUALITY }

/** Every input that the file can set as well: none of them has a default in `action.yml`, which would always win. */
export const overridable: readonly string[] = ['app', 'state', ...Object.keys(ENVIRONMENT), ...Object.keys(BUILD), ...Object.keys(QUALITY), 'commands']

export interface Overridden {
  readonly value: unknown
  /** Which input set the key at a path, when one did. */
  readonly inputFor: (path: KeyPath) => string | undefined
  readonly problems: readonly Problem[]
  /** What variables brought into inputs that are YAML. */
  readonly brought: readonly Brought[]
}

/** Variables that inputs in YAML may name as the file does, where they count. */
export interface Variables {
  readonly env: Readonly<Record<string, string>>
  readonly counts: (path: KeyPath) => boolean
}

/** Puts inputs over what the file says; an input that was given wins. */
export function override(kind: keyof typeof KINDS, value: unknown, inputs: Readonly<Record<string, string>>, variables?: Variables): Overridden {
  const known: Readonly<Record<string, readonly [KeyPath, Read]>> = KINDS[kind]
  const problems: Problem[] = []
  const brought: Brought[] = []
  const set: (readonly [KeyPath, string])[] = []
  let result = value
  for (const [input, raw] of Object.entries(inputs)) {
    const entry = known[input]
    if (entry === undefined || raw.trim() === '') continue
    const [path, read] = entry
    try {
      const said = read(raw.trim())
      const filled = variables === undefined || !raw.includes('${') || !isYaml(read, raw.trim()) ? undefined : fill(input, raw.trim(), path, variables)
      problems.push(...(filled?.problems ?? []))
      brought.push(...(filled?.brought ?? []))
      result = put(result, path, filled?.value ?? said)
      set.push([path, input])
    } catch (fault) {
      problems.push({ code: 'input-invalid', message: `Input \`${input}\` is not YAML: ${messageOf(fault).split('\n')[0]?.replace(/:$/, '')}.`, fix: 'Correct it at that place.' })
    }
  }
  return { value: result, inputFor: (path) => set.find(([start]) => start.every((key, index) => path[index] === key))?.[1], problems, brought }
}

/** Puts variables into an input that is a mapping in YAML. */
function fill(input: string, raw: string, path: KeyPath, { env, counts }: Variables): Pick<Overridden, 'value' | 'problems' | 'brought'> {
  const { source } = readSource(`Input \`${input}\``, raw)
  const filled = interpolate(source, { below: [[]], counts: (below) => counts([...path, ...below]) }, env)
  return { ...filled, value: valuesOf(source)?.value }
}

/** Whether an input takes the place of what the file says at a path. */
export function given(kind: keyof typeof KINDS, inputs: Readonly<Record<string, string>>, path: KeyPath): boolean {
  const known: Readonly<Record<string, readonly [KeyPath, Read]>> = KINDS[kind]
  return Object.entries(known).some(([input, [start]]) => (inputs[input] ?? '').trim() !== '' && start.every((key, index) => path[index] === key))
}

function put(value: unknown, path: KeyPath, leaf: unknown): unknown {
  const [last] = path.slice(-1)
  const nested = path.toReversed().reduce<unknown>((inner, key) => ({ [key]: inner }), leaf)
  // What an input says takes the place of the whole key; only the mappings around it are kept.
  return path.length === 1 ? { ...(isMapping(value) ? value : {}), [String(last)]: leaf } : merge(value, nested)
}
