import type { Ambient } from '../../../../ports/ambient.js'
import type { BuildRequest } from '../../../../ports/builder.js'
import { openBase } from '../store/base.js'
import { stopIfAsked } from '../store/blobs.js'
import { readContext } from '../tree/context.js'
import type { Folder } from '../tree/node.js'
import { archivesAdded } from './archives.js'
import { readInput, requireContext, type Input } from './input.js'
import { resolveStages } from './resolve.js'
import { select, type Selected } from './select.js'
import type { CopyStep, ResolvedStage } from './step.js'

/** A build as it is understood: one set of stages for each platform. */
export interface Plan {
  readonly input: Input
  readonly context: Folder
  readonly stages: readonly ReadonlyMap<number, ResolvedStage>[]
}

/** Reads Dockerfile and context; rejects with everything that is wrong at once. */
export async function understood(request: BuildRequest, ambient: Ambient): Promise<Plan> {
  const input = await readInput(request, ambient)
  const { findings, dockerfile } = input
  await requireContext(input.context, ambient)
  const context = await readContext(input.context, { files: ambient.files, ignore: input.ignore, apart: input.apart, signal: ambient.signal })
  stopIfAsked(ambient.signal)
  const told = new Set<string>()
  const warn = (line: number, message: string): void => {
    const text = `${request.file}:${line}: ${message}.`
    if (!told.has(text)) ambient.log.warn(text)
    told.add(text)
  }
  const stages: ReadonlyMap<number, ResolvedStage>[] = []
  for (const platform of dockerfile.stages.length === 0 ? [] : input.platforms) {
    stages.push(await resolveStages(input.target, {
      dockerfile, platform, given: request.args, tools: { findings, escape: dockerfile.escape, warn },
      openBase: (reference, on) => openBase(reference, on, input.context, ambient.files),
    }))
  }
  const plan = { input, context, stages }
  selectedBy(plan)
  await archivesAdded(contextCopies(plan), context, findings, ambient)
  findings.throwIfAny()
  return plan
}

/** What the image takes from the context, over all stages and platforms. */
export function selectedBy(plan: Plan): readonly Selected[] {
  return contextCopies(plan).flatMap((step) => select(step, { kind: 'context', root: plan.context }, plan.input.findings))
}

function contextCopies({ stages }: Plan): readonly CopyStep[] {
  const steps = stages.flatMap((platform) => [...platform.values()].flatMap((stage) => stage.steps))
  return steps.flatMap(({ step }) => (step?.kind === 'copy' && step.from.kind === 'context' ? [step] : []))
}
