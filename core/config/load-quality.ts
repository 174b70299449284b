import { parse } from 'yaml'
import type { QualitySettings } from '../domain/quality/settings.js'
import { messageOf, type Problem } from '../errors/families.js'
import { isMapping } from './extends.js'
import { hiding, inputPlace, load, refuse, type Asked } from './load.js'
import { override } from './overrides.js'
import { problemsOf, unserved, type Places } from './problems.js'
import { qualitySchema, reservedKeys } from './schema-quality.js'
import { settleQuality } from './settle-quality.js'

type Mapping = Readonly<Record<string, unknown>>

/** What quality-gate runs and wants, from file, inputs and defaults. Rejects with one `InputError` that names every problem. */
export async function loadQuality(asked: Asked): Promise<QualitySettings> {
  const loaded = await load(asked, () => ({ chain: [], problems: [] }))
  const { file, source, problems } = loaded
  const written = isMapping(file['quality']) ? file['quality'] : {}
  const commands = commandsGiven(asked.overrides['commands'])
  problems.push(...commands.problems)
  // Commands that are given take the place of those in the file; what is wanted of them stays.
  const base = commands.value === undefined ? written : { ...Object.fromEntries(Object.entries(written).filter(([key]) => isReserved(key))), ...commands.value }
  const over = override('quality', base, asked.overrides)
  problems.push(...over.problems)
  const inputFor: Places['at'] = ([key, ...rest]) => over.inputFor([key ?? '', ...rest]) ?? (Object.hasOwn(commands.value ?? {}, String(key)) ? 'commands' : '')
  const places: Places = {
    at: (path) => inputPlace(inputFor(path) || undefined) ?? source?.at(['quality', ...path]) ?? 'quality',
    name: (path) => ['quality', ...path].join('.'),
    hide: hiding(loaded.hidden),
  }
  const parsed = qualitySchema.safeParse(over.value)
  problems.push(...unserved(qualitySchema, over.value, [], places), ...(parsed.success ? [] : problemsOf(parsed.error, qualitySchema, over.value, places)))
  const settled = parsed.success ? settleQuality(parsed.data, places) : undefined
  problems.push(...(settled?.problems ?? []))
  refuse(problems, loaded.hidden)
  return settled!.settings
}

function isReserved(key: string): boolean {
  return reservedKeys.some((reserved) => reserved === key)
}

function commandsGiven(raw: string | undefined): { readonly value?: Mapping; readonly problems: readonly Problem[] } {
  if (raw === undefined || raw.trim() === '') return { problems: [] }
  const fix = 'Write one `name: command` a line.'
  try {
    const value: unknown = parse(raw, { version: '1.2' })
    return isMapping(value) ? { value, problems: [] } : { problems: [{ code: 'input-invalid', message: 'Input `commands` is no mapping of names and commands.', fix }] }
  } catch (fault) {
    return { problems: [{ code: 'input-invalid', message: `Input \`commands\` is not YAML: ${messageOf(fault).split('\n')[0]?.replace(/:$/, '')}.`, fix }] }
  }
}
