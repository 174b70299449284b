import { parseDocument } from 'yaml'
import { z } from 'zod'
import { loadBuild, loadEnvironment } from '../../../core/config/load.js'
import { loadQuality } from '../../../core/config/load-quality.js'
import { InputError } from '../../../core/errors/families.js'
import { BadValue, type Fields } from '../../../core/inputs/fields.js'

const keys = z.record(z.string(), z.unknown())
const keySpec = z.object({ default: z.unknown().optional(), required: z.boolean().optional() }).nullable()
const actionSpec = z.object({ inputs: z.record(z.string(), keySpec).default({}), outputs: keys.default({}) })
const callSpec = z.object({ inputs: z.record(z.string(), keySpec).default({}), secrets: z.record(z.string(), keySpec).default({}), outputs: keys.default({}) })
const workflowSpec = z.object({ on: z.object({ workflow_call: callSpec.nullable().transform((call) => call ?? callSpec.parse({})) }) })

export interface Example {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** The suite's contracts, parsed, by the path that `uses:` names; `undefined` when there is none. */
export type Contracts = (target: string) => unknown

/** What the inputs of an action mean, by the path that `uses:` names. */
export type Meanings = Readonly<Record<string, Fields>>

/** Every block of YAML in a page, also indented ones. */
export function examplesIn(file: string, page: string): readonly Example[] {
  return [...page.matchAll(/^(?<indent> *)```(?:yaml|yml)[^\n]*\n(?<text>[^]*?)^\k<indent>```/gm)].map(({ groups, index }) => ({
    file,
    line: page.slice(0, index).split('\n').length,
    text: groups!['text']!.split('\n').map((line) => line.slice(groups!['indent']!.length)).join('\n'),
  }))
}

export async function exampleFaults({ file, line, text }: Example, contracts: Contracts, meanings: Meanings = {}): Promise<readonly string[]> {
  const document = parseDocument(text, { version: '1.2', uniqueKeys: true })
  if (document.errors.length > 0) return [`${file}:${line}: ${document.errors[0]!.message.split('\n')[0]}`]
  const value: unknown = document.toJS()
  const faults = isConfiguration(text, value) ? await configurationFaults(text, value) : [...mappingsIn(value)].flatMap((found) => callFaults(found, contracts, meanings))
  return faults.map((fault) => `${file}:${line}: ${fault}`)
}

function isConfiguration(text: string, value: unknown): boolean {
  return /^# ecluse\.yml\b/.test(text) || (isMapping(value) && Object.hasOwn(value, 'environments'))
}

/** Loads the build and every environment, as an action would; what the environment would hold is made up. */
async function configurationFaults(text: string, value: unknown): Promise<readonly string[]> {
  // Named in an expression, or as the variable of a secret: `npm=NPM_TOKEN`.
  const env = Object.fromEntries([...text.matchAll(/\$\{env:(\w+)\}|=([A-Z][A-Z0-9_]*)\b/g)].map(([, inside, after]) => [inside ?? after!, madeUp(inside ?? after!)]))
  const asked = { files: { textIfThere: async (path: string) => (path === 'ecluse.yml' ? text : undefined) }, path: 'ecluse.yml', optional: false, overrides: {}, env, fallbackApp: 'shop' }
  const environments = isMapping(value) && isMapping(value['environments']) ? Object.keys(value['environments']) : []
  const loads = [() => loadBuild({ ...asked, usualPlatform: 'linux/amd64' }), () => loadQuality(asked), ...environments.map((name) => () => loadEnvironment({ ...asked, name }))]
  const faults = await Promise.all(loads.map((load) => load().then(() => [], (fault: unknown) => (fault instanceof InputError ? fault.problems.map(({ message }) => message) : [String(fault)]))))
  return [...new Set(faults.flat())]
}

function madeUp(name: string): string {
  if (/URL/.test(name)) return 'https://made-up.example'
  if (name === 'DATABASE_CA') return '-----BEGIN CERTIFICATE-----\nbWFkZSB1cA==\n-----END CERTIFICATE-----'
  if (name === 'COSIGN_KEY') return '-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nbWFkZSB1cA==\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----'
  return /^(DEPLOY|SSH)_KEY$/.test(name) ? '-----BEGIN OPENSSH PRIVATE KEY-----\nbWFkZSB1cA==\n-----END OPENSSH PRIVATE KEY-----' : '8080'
}

function callFaults(step: Readonly<Record<string, unknown>>, contracts: Contracts, meanings: Meanings): readonly string[] {
  const { uses, with: given, secrets } = step
  if (typeof uses !== 'string') return []
  if (uses.startsWith('./')) return [`${uses} would be looked for in the caller's repository`]
  const match = /^ecluse-cd\/ecluse\/(?<target>[^@]+)@(?<version>.+)$/.exec(uses)?.groups
  if (match === undefined) return []
  const { target = '', version = '' } = match
  const found = contracts(target)
  if (found === undefined) return [`${uses} is not there`]
  const called = target.startsWith('.github/') ? workflowSpec.parse(found).on.workflow_call : { ...actionSpec.parse(found), secrets: {} }
  return [
    ...(version === 'v1' ? [] : [`${uses} should name v1`]),
    ...keyFaults(uses, 'input', called.inputs, given),
    ...valueFaults(uses, meanings[target] ?? {}, given),
    ...(secrets === 'inherit' ? [] : keyFaults(uses, 'secret', called.secrets, secrets)),
  ]
}

/** Values that the action would refuse; what an expression stands for can't be known here. */
function valueFaults(uses: string, fields: Fields, given: unknown): readonly string[] {
  if (!isMapping(given)) return []
  return Object.entries(given).flatMap(([name, value]) => {
    const text = typeof value === 'string' ? value.trim() : JSON.stringify(value)
    if (text === '' || text.includes('${{')) return []
    try {
      fields[name]?.parse(text)
      return []
    } catch (fault) {
      if (!(fault instanceof BadValue)) throw fault
      return [`${uses}: \`${name}\` is "${text}", not ${fault.message}`]
    }
  })
}

function keyFaults(uses: string, kind: string, known: Readonly<Record<string, z.infer<typeof keySpec>>>, given: unknown): readonly string[] {
  const names = isMapping(given) ? Object.keys(given) : []
  const needed = Object.entries(known).filter(([, about]) => about?.required === true && about.default === undefined)
  return [
    ...names.filter((name) => !Object.hasOwn(known, name)).map((name) => `${uses} has no ${kind} \`${name}\``),
    ...needed.filter(([name]) => !names.includes(name)).map(([name]) => `${uses} needs the ${kind} \`${name}\``),
  ]
}

/** Every key that a JSON Schema knows, as a path; `*` stands for a name of the user's own or a place in a list. */
export function keysOf(schema: unknown): readonly string[] {
  if (!isMapping(schema)) return []
  const { properties, items, additionalProperties, anyOf } = schema
  const below = (key: string, inner: unknown): readonly string[] => keysOf(inner).map((path) => `${key}.${path}`)
  const named = isMapping(properties) ? Object.entries(properties).flatMap(([key, inner]) => [key, ...below(key, inner)]) : []
  const choices = Array.isArray(anyOf) ? anyOf.flatMap(keysOf) : []
  return [...named, ...below('*', items), ...below('*', additionalProperties), ...choices]
}

function* mappingsIn(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (Array.isArray(value)) for (const part of value as readonly unknown[]) yield* mappingsIn(part)
  if (!isMapping(value)) return
  yield value
  for (const part of Object.values(value)) yield* mappingsIn(part)
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
