import { stepsTo, toldStep, type Step } from '../../core/domain/protection/steps.js'
import { EcluseError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Environments } from '../../core/ports/environments.js'
import { inStep, secretsEnd } from './compare.js'
import type { SetupOutcome } from './outcome.js'
import { counted, outcome, toldDifferences, type Facts } from './report.js'
import type { ComparePorts, SetupRequest } from './request.js'
import { differencesIn, missingSecretsIn, prepare, refuseObstacles, survey, type Prepared, type Survey } from './survey.js'

/** What was hidden behind another setting shows only once that is written, so one round may not be enough. */
const ROUNDS = 3
/** GitHub may show for a while what was there before (ms). */
const LOOK_AGAIN = [0, 1000, 2000, 4000]

/** Makes the environments on GitHub what the file says. A run that was cut off anywhere is finished by the next. */
export async function apply(request: SetupRequest, ports: ComparePorts, ambient: Ambient): Promise<SetupOutcome> {
  ambient.log.step('Compare the environments of the file with those on GitHub')
  const prepared = await prepare(request, ports)
  const before = await survey(request, prepared, ports)
  await refuseObstacles(request, prepared, before, ports)
  const written: string[] = []
  try {
    const after = await settled(request, prepared, before, ports, written, ambient)
    return ended(request, { before, written, ...(after === undefined ? {} : { after }) })
  } catch (fault) {
    // With nothing written there is nothing to tell but the fault.
    if (written.length === 0 || ambient.signal.aborted) throw fault
    const fix = fault instanceof EcluseError ? ` ${fault.fix}` : ''
    return outcome(request, 'incomplete', `${counted(written.length, 'change was', 'changes were')} written, then: ${messageOf(fault)}${fix} Run it again to finish.`, { before, written })
  }
}

/** Writes and reads back, until nothing differs. `undefined`: there was nothing to write. */
async function settled(request: SetupRequest, prepared: Prepared, before: Survey, ports: ComparePorts, written: string[], ambient: Ambient): Promise<Survey | undefined> {
  let seen = before
  for (let round = 0; round < ROUNDS && differencesIn(seen).length > 0; round += 1) {
    for (const { wanted, looked } of seen.environments) {
      const steps = stepsTo(wanted, looked, request.prune)
      if (steps.length > 0) ambient.log.step(`Write \`${wanted.name}\``)
      for (const step of steps) await write(wanted.name, step, ports.environments, written, ambient)
    }
    ambient.log.step('Read it back')
    seen = await readBack(request, prepared, ports, ambient)
  }
  return seen === before ? undefined : seen
}

async function write(name: string, step: Step, environments: Environments, written: string[], ambient: Ambient): Promise<void> {
  ambient.signal.throwIfAborted()
  await carryOut(name, step, environments)
  const told = toldStep(name, step)
  written.push(told)
  ambient.log.info(told)
}

function carryOut(name: string, step: Step, environments: Environments): Promise<void> {
  if (step.kind === 'settle') return environments.settle(name, step.settings)
  if (step.kind === 'allow') return environments.allow(name, step.pattern)
  if (step.kind === 'disallow') return environments.disallow(name, step.pattern)
  if (step.kind === 'guard') return environments.guard(name, step.app)
  if (step.kind === 'unguard') return environments.unguard(name, step.rule)
  if (step.kind === 'set-variable') return environments.setVariable(name, step.name, step.value, step.there)
  return environments.dropVariable(name, step.name)
}

async function readBack(request: SetupRequest, prepared: Prepared, ports: ComparePorts, ambient: Ambient): Promise<Survey> {
  let seen: Survey | undefined
  for (const wait of LOOK_AGAIN) {
    await ambient.clock.sleep(wait, ambient.signal)
    ambient.signal.throwIfAborted()
    seen = await survey(request, prepared, ports)
    if (differencesIn(seen).length === 0) return seen
  }
  return seen!
}

function ended(request: SetupRequest, facts: Facts): SetupOutcome {
  const { before, after = before, written } = facts
  const differing = differencesIn(after)
  if (differing.length > 0) return outcome(request, 'unsettled', `${counted(written.length, 'change was', 'changes were')} written, and GitHub still shows ${toldDifferences(differing).join('; ')}. Somebody else may be changing it, or GitHub does not take it.`, facts)
  if (missingSecretsIn(after).length > 0) return secretsEnd(request, after, facts)
  if (after === before) return outcome(request, 'in-step', inStep(after), facts)
  return outcome(request, 'applied', `${counted(written.length, 'change')}, read back.`, facts)
}
