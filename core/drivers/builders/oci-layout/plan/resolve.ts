import { copies, stageNamed, type Dockerfile, type Stage } from '../dockerfile/stages.js'
import type { Statement } from '../dockerfile/statement.js'
import { absolute } from '../../../../domain/dockerfile/paths.js'
import { BaseFault, type Base } from '../store/base.js'
import type { PlatformOf, RunConfig } from '../store/documents.js'
import { environmentOf, filled, type Draft, type Tools } from './draft.js'
import { automaticArguments, machineArguments, platformIn } from '../../../../domain/dockerfile/platform.js'
import { configure, workFolder } from './run-config.js'
import type { CopyStep, Origin, ResolvedStage } from './step.js'

const BASE = /^oci-layout:\/\/\S+@sha256:[0-9a-f]{64}$/
const PATH_OF_ALL = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export interface Resolving {
  readonly dockerfile: Dockerfile
  readonly given: Readonly<Record<string, string>>
  readonly platform: PlatformOf
  readonly tools: Tools
  readonly openBase: (reference: string, platform: PlatformOf) => Promise<Base>
}

/** The stages that the target needs, in their order, with all variables put in. */
export async function resolveStages(target: number, resolving: Resolving): Promise<ReadonlyMap<number, ResolvedStage>> {
  const globals = globalArguments(resolving)
  const drafts = new Map<number, Draft>()
  const resolved = new Map<number, ResolvedStage>()
  for (const index of neededStages(target, globals, resolving)) {
    const stage = resolving.dockerfile.stages[index]!
    // Where the origin is at fault, the rest of the stage is still read for more faults.
    const origin: Origin = (await originOf(stage, index, globals, resolving)) ?? { kind: 'scratch' }
    const draft = draftOn(origin, drafts)
    drafts.set(index, draft)
    for (const statement of stage.body) await apply(statement, draft, index, globals, resolving)
    resolved.set(index, { index, origin, config: draft.config, steps: draft.steps })
  }
  return resolved
}

function globalArguments({ dockerfile, given, platform, tools }: Resolving): ReadonlyMap<string, string> {
  const args = new Map(automaticArguments(platform))
  for (const statement of dockerfile.globals) {
    for (const [name, value] of statement.pairs) {
      const found = given[name] ?? (value === undefined ? undefined : filled(value, { env: new Map(), args }, statement.line, tools))
      if (found !== undefined) args.set(name, found)
    }
  }
  return args
}

function neededStages(target: number, globals: ReadonlyMap<string, string>, { dockerfile, tools }: Resolving): readonly number[] {
  const needed = new Set<number>()
  const visit = (index: number): void => {
    if (needed.has(index)) return
    needed.add(index)
    const stage = dockerfile.stages[index]!
    // Warnings and faults of this word are told where the stage is resolved.
    const quiet = { ...tools, warn: () => undefined }
    const image = filled(stage.from.image, { env: new Map(), args: new Map(globals) }, stage.from.line, quiet) ?? ''
    // A number names a stage for `--from` only; after FROM it would be an image.
    const origin = /^\d+$/.test(image) ? undefined : stageNamed(dockerfile, image, index)
    const sources = copies(stage).map(({ from }) => (from === undefined ? undefined : stageNamed(dockerfile, from, index)))
    for (const earlier of [origin, ...sources]) if (earlier !== undefined) visit(earlier)
  }
  visit(target)
  return [...needed].toSorted((a, b) => a - b)
}

async function originOf({ from }: Stage, index: number, globals: ReadonlyMap<string, string>, resolving: Resolving): Promise<Origin | undefined> {
  const { tools, platform } = resolving
  const scope = { env: new Map<string, string>(), args: new Map(globals) }
  const image = filled(from.image, scope, from.line, tools)
  const wanted = from.platform === undefined ? undefined : filled(from.platform, scope, from.line, tools)
  if (image === undefined) return undefined
  const named = wanted === undefined ? platform : platformIn(wanted)
  if (named === undefined) {
    return tools.findings.invalid(from.line, `"${wanted}" is no platform.`, 'Write it as `linux/arm64`, or leave `--platform` out.')
  }
  if (image === 'scratch') return { kind: 'scratch' }
  const earlier = /^\d+$/.test(image) ? undefined : stageNamed(resolving.dockerfile, image, index)
  return earlier === undefined ? baseOf(image, from.line, named, resolving) : { kind: 'stage', index: earlier }
}

async function baseOf(reference: string, line: number, platform: PlatformOf, { tools, openBase }: Resolving): Promise<Origin | undefined> {
  if (!reference.startsWith('oci-layout://')) {
    return tools.findings.unsupported(line, `"${reference}" is no stage above, and the image would have to come from a registry.`, 'Fetch it before the build (`skopeo copy docker://… oci:base`) and name it as `oci-layout://base@sha256:<digest>`.')
  }
  if (!BASE.test(reference)) {
    return tools.findings.invalid(line, `"${reference}" is not pinned by digest.`, 'Write `oci-layout://<folder>@sha256:<64 hex digits>`.')
  }
  try {
    return { kind: 'base', base: await openBase(reference, platform) }
  } catch (thrown) {
    if (!(thrown instanceof BaseFault)) throw thrown
    return tools.findings.invalid(line, thrown.message, thrown.fix)
  }
}

function draftOn(origin: Origin, drafts: ReadonlyMap<number, Draft>): Draft {
  const parent = origin.kind === 'stage' ? drafts.get(origin.index) : undefined
  // Engines give an image without any environment this PATH, so that programs are found by name.
  const bare: RunConfig = { Env: [PATH_OF_ALL] }
  const config = origin.kind === 'base' ? { ...bare, ...origin.base.config.config } : (parent?.config ?? bare)
  return { config: { ...config }, env: environmentOf(config), args: new Map(parent?.args), steps: [], commandGiven: false }
}

async function apply(statement: Statement, draft: Draft, index: number, globals: ReadonlyMap<string, string>, resolving: Resolving): Promise<void> {
  const { tools } = resolving
  const { line, source } = statement
  if (statement.kind === 'unsupported') return tools.findings.unsupported(line, statement.message, statement.fix)
  if (statement.kind === 'arg') declare(statement, draft, globals, resolving)
  if (statement.kind === 'copy') {
    const step = await copyStep(statement, draft, index, resolving)
    draft.steps.push({ source, ...(step === undefined ? {} : { step }) })
    return undefined
  }
  if (statement.kind === 'workdir') {
    const path = workFolder(statement, draft, tools)
    if (path !== undefined) {
      draft.config.WorkingDir = path
      draft.steps.push({ source, step: { kind: 'folder', line, path } })
    }
    return undefined
  }
  configure(statement, draft, tools)
  draft.steps.push({ source })
}

function declare({ pairs, line }: Extract<Statement, { kind: 'arg' }>, draft: Draft, globals: ReadonlyMap<string, string>, { given, tools }: Resolving): void {
  for (const [name, value] of pairs) {
    if (machineArguments.includes(name) && given[name] === undefined && value === undefined) {
      tools.findings.unsupported(line, `\`${name}\` names the machine that builds, and the image would depend on it.`, 'Use `TARGETPLATFORM`, `TARGETOS` or `TARGETARCH`.')
      continue
    }
    const found = given[name] ?? (value === undefined ? globals.get(name) : filled(value, draft, line, tools))
    if (found !== undefined) draft.args.set(name, found)
  }
}

async function copyStep(statement: Extract<Statement, { kind: 'copy' }>, draft: Draft, index: number, resolving: Resolving): Promise<CopyStep | undefined> {
  const { tools, dockerfile, platform } = resolving
  const { line, verb } = statement
  const words = [...statement.sources, statement.target].map((word) => filled(word, draft, line, tools))
  const target = words.at(-1)
  const sources = words.slice(0, -1).filter((word) => word !== undefined)
  const owner = statement.owner === undefined ? undefined : filled(statement.owner, draft, line, tools)
  const mode = statement.mode === undefined ? undefined : filled(statement.mode, draft, line, tools)
  if (target === undefined || sources.length < statement.sources.length) return undefined
  if (target === '' || sources.includes('')) return tools.findings.invalid(line, `${verb} has a source or target that is empty once its variables are put in.`, 'Give the variable a value.')
  if (mode !== undefined && !/^0?[0-7]{1,4}$/.test(mode)) return tools.findings.unsupported(line, `--chmod is "${mode}".`, 'Write it in octal digits, such as `0755`.')
  const earlier = statement.from === undefined ? undefined : stageNamed(dockerfile, statement.from, index)
  const from = statement.from === undefined ? { kind: 'context' as const } : earlier === undefined ? await baseOf(statement.from, line, platform, resolving) : { kind: 'stage' as const, index: earlier }
  if (from === undefined) return undefined
  return {
    kind: 'copy', line, verb, from, sources,
    target: absolute(draft.config.WorkingDir ?? '/', target),
    folder: /(?:^|\/)\.{0,2}$/.test(target),
    ...(owner === undefined ? {} : { owner }),
    ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }),
  }
}
