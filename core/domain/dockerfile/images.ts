import { BadWord, expanded } from './expansion.js'
import { readSource, type Instruction, type Source } from './lines.js'
import { automaticArguments, machineArguments, platformIn } from './platform.js'
import type { Tells } from './tells.js'
import { listOf, pairsOf } from './words.js'

/** Where the content of a build comes from, beside its context. */
export interface Origins {
  /** References as the Dockerfile names them, variables put in; each once. */
  readonly images: readonly string[]
  /** Named contexts that it takes from. */
  readonly contexts: readonly string[]
  /** Why it can't be said what the image is made of: content that is only known once it is fetched. */
  readonly unknown: readonly string[]
  /** Every argument that some ARG declares. */
  readonly declared: ReadonlySet<string>
  /** Names of stages, in lower case, and how many stages there are. */
  readonly stages: { readonly names: readonly string[]; readonly count: number }
}

export interface Asked {
  readonly args: Readonly<Record<string, string>>
  readonly platforms: readonly string[]
  readonly target?: string
  /** Names of contexts that are given beside the main one. */
  readonly contexts: readonly string[]
}

interface Stage {
  readonly name?: string
  readonly from: Instruction
  readonly body: readonly Instruction[]
}

type Reference = { readonly kind: 'image' | 'context'; readonly name: string } | { readonly kind: 'stage'; readonly index: number } | { readonly kind: 'unknown'; readonly why: string } | { readonly kind: 'scratch' }

const SILENT: Tells = { invalid: () => undefined, unsupported: () => undefined }
const SYNTAX = /^#\s*syntax\s*=\s*(?<image>\S+)/im

/** Everything that the stages of a target are made from. A Dockerfile that can't be built is no matter here: the build says so. */
export function originsOf(text: string, asked: Asked): Origins {
  const source = readSource(text, SILENT)
  const stages = stagesOf(source)
  const found = asked.platforms.flatMap((platform) => referencesOn(platform, source, asked))
  const named = (kind: 'image' | 'context'): readonly string[] => [...new Set(found.flatMap((one) => (one.kind === kind ? [one.name] : [])))]
  const frontend = asked.args['BUILDKIT_SYNTAX'] ?? SYNTAX.exec(directives(text))?.groups?.['image']
  return {
    images: [...new Set([...named('image'), ...(frontend === undefined ? [] : [frontend])])],
    contexts: named('context'),
    unknown: [...new Set(found.flatMap((one) => (one.kind === 'unknown' ? [one.why] : [])))],
    declared: new Set(source.instructions.filter(({ keyword }) => keyword === 'ARG').flatMap(({ rest }) => pairsOf(rest, source.escape).map(([name]) => name))),
    stages: { names: stages.flatMap(({ name }) => (name === undefined ? [] : [name])), count: stages.length },
  }
}

/** The comment lines that a Dockerfile begins with. */
function directives(text: string): string {
  return /^\uFEFF?(?:#[^\n]*(?:\n|$))*/.exec(text)?.[0] ?? ''
}

function referencesOn(platform: string, source: Source, asked: Asked): readonly Reference[] {
  const stages = stagesOf(source)
  const globals = globalsOf(platform, source, asked)
  const wanted = asked.target === undefined || asked.target === '' ? stages.length - 1 : stageNamed(asked.target, stages.length, stages)
  const seen = new Map<number, readonly Reference[]>()
  const visit = (index: number): void => {
    const stage = stages[index]
    if (stage === undefined || seen.has(index)) return
    const own = [fromOf(stage, index, stages, globals, source, asked), ...stage.body.flatMap((one) => takenBy(one, index, stages, asked))]
    seen.set(index, own)
    for (const one of own) if (one.kind === 'stage') visit(one.index)
  }
  if (wanted !== undefined) visit(wanted)
  return [...seen.values()].flat()
}

function stagesOf({ instructions }: Source): readonly Stage[] {
  const stages: { name?: string; from: Instruction; body: Instruction[] }[] = []
  for (const instruction of instructions) {
    if (instruction.keyword !== 'FROM') stages.at(-1)?.body.push(instruction)
    else {
      const name = /\sAS\s+(\S+)\s*$/i.exec(instruction.rest)?.[1]?.toLowerCase()
      stages.push({ from: instruction, body: [], ...(name === undefined ? {} : { name }) })
    }
  }
  return stages
}

function stageNamed(name: string, before: number, stages: readonly Stage[]): number | undefined {
  const byName = stages.slice(0, before).findLastIndex((stage) => stage.name === name.toLowerCase())
  if (byName >= 0) return byName
  return /^\d+$/.test(name) && Number(name) < before ? Number(name) : undefined
}

/** Arguments above the first FROM; those that name the machine that builds are not known here. */
function globalsOf(platform: string, source: Source, { args }: Asked): ReadonlyMap<string, string> {
  const parts = platformIn(platform)
  const globals = new Map(parts === undefined ? [] : automaticArguments(parts))
  const first = source.instructions.findIndex(({ keyword }) => keyword === 'FROM')
  for (const { keyword, rest } of source.instructions.slice(0, Math.max(0, first))) {
    if (keyword !== 'ARG') continue
    for (const [name, usual] of pairsOf(rest, source.escape)) {
      const value = args[name] ?? (usual === undefined ? undefined : filled(usual, globals, source))
      if (value !== undefined) globals.set(name, value)
    }
  }
  return globals
}

function fromOf({ from }: Stage, index: number, stages: readonly Stage[], globals: ReadonlyMap<string, string>, source: Source, asked: Asked): Reference {
  const [written = ''] = from.rest.split(/\s+/)
  const image = filled(written, globals, source)
  if (image === undefined || image === '') return { kind: 'unknown', why: `line ${from.line}: \`${written}\` names no image that is known before the build` }
  // A number names a stage for `--from` only; after FROM it would be an image.
  return /^\d+$/.test(image) ? { kind: 'image', name: image } : referenceOf(image, index, stages, asked)
}

function referenceOf(name: string, before: number, stages: readonly Stage[], { contexts }: Asked): Reference {
  const stage = stageNamed(name, before, stages)
  if (stage !== undefined) return { kind: 'stage', index: stage }
  if (contexts.includes(name)) return { kind: 'context', name }
  return name === 'scratch' ? { kind: 'scratch' } : { kind: 'image', name }
}

/** What an instruction takes from elsewhere: `COPY --from`, mounts of RUN, downloads of ADD. */
function takenBy({ keyword, flags, rest, source, line }: Instruction, index: number, stages: readonly Stage[], asked: Asked): readonly Reference[] {
  const refer = (name: string): Reference => (name.includes('$') ? { kind: 'unknown', why: `line ${line}: \`${name}\` is not known before the build` } : referenceOf(name, index, stages, asked))
  if (keyword === 'COPY') return flags.has('from') ? [refer(flags.get('from')!)] : []
  if (keyword === 'RUN') return [...source.matchAll(/--mount=(\S+)/g)].flatMap(([, mount = '']) => mount.split(',').flatMap((part) => (part.startsWith('from=') ? [refer(part.slice(5))] : [])))
  if (keyword !== 'ADD') return []
  const pinned = flags.has('checksum')
  return sourcesOf(rest).flatMap((one): readonly Reference[] => (isRemote(one) && !pinned && !/#[0-9a-f]{40}(?::|$)/.test(one) ? [{ kind: 'unknown', why: `line ${line}: ADD fetches \`${one}\`, which may be another one next time` }] : []))
}

function sourcesOf(rest: string): readonly string[] {
  const list = listOf(rest)
  return (list.kind === 'list' ? list.words : rest.split(/\s+/)).slice(0, -1)
}

/** A variable could hold an address too. */
function isRemote(source: string): boolean {
  return /^(?:https?|ftp|git|ssh):\/\//i.test(source) || /^git@/.test(source) || /\.git(?:#.*)?$/.test(source) || source.startsWith('$')
}

/** `undefined` when it depends on what only the build knows. */
function filled(word: string, args: ReadonlyMap<string, string>, { escape }: Source): string | undefined {
  let known = true
  try {
    const text = expanded(word, {
      escape,
      value: (name) => {
        if (machineArguments.includes(name)) known = false
        return args.get(name)
      },
      unset: () => {
        known = false
      },
    })
    return known ? text : undefined
  } catch (thrown) {
    if (!(thrown instanceof BadWord)) throw thrown
    return undefined
  }
}
