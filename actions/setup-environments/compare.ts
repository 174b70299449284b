import type { Ambient } from '../../core/ports/ambient.js'
import type { SetupOutcome } from './outcome.js'
import { counted, outcome, toldDifferences } from './report.js'
import type { ComparePorts, SetupRequest } from './request.js'
import { differencesIn, missingSecretsIn, prepare, refuseObstacles, survey, type Survey } from './survey.js'

/** Prints what `apply` would write. */
export async function plan(request: SetupRequest, ports: ComparePorts, ambient: Ambient): Promise<SetupOutcome> {
  const before = await look(request, ports, ambient)
  const found = toldIn(before, ambient)
  if (found === 0) return outcome(request, 'in-step', inStep(before), { before, written: [] })
  return outcome(request, 'planned', `${counted(found, 'difference')} in ${counted(before.environments.length, 'environment')}.`, { before, written: [] })
}

/** The same as a gate: any difference fails it. */
export async function check(request: SetupRequest, ports: ComparePorts, ambient: Ambient): Promise<SetupOutcome> {
  const before = await look(request, ports, ambient)
  const found = toldIn(before, ambient)
  if (found === 0) return outcome(request, 'in-step', inStep(before), { before, written: [] })
  const [first] = toldDifferences([...differencesIn(before), ...missingSecretsIn(before)])
  return outcome(request, 'drift', `${counted(found, 'difference')} between the file and GitHub, such as ${first}. Run with \`mode: apply\`, or correct the file.`, { before, written: [] })
}

async function look(request: SetupRequest, ports: ComparePorts, ambient: Ambient): Promise<Survey> {
  ambient.log.step('Compare the environments of the file with those on GitHub')
  const prepared = await prepare(request, ports)
  const found = await survey(request, prepared, ports)
  await refuseObstacles(request, prepared, found, ports)
  return found
}

function toldIn(found: Survey, { log }: Ambient): number {
  const told = toldDifferences([...differencesIn(found), ...missingSecretsIn(found)])
  for (const line of told) log.info(line)
  return told.length
}

export function inStep({ environments }: Survey): string {
  return `${environments.map(({ wanted }) => `\`${wanted.name}\``).join(', ')}: nothing differs.`
}
