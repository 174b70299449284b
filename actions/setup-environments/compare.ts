import type { Ambient } from '../../core/ports/ambient.js'
import type { SetupOutcome } from './outcome.js'
import { counted, outcome, toldDifferences, type Facts } from './report.js'
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
  const differing = differencesIn(before)
  // What `apply` could not mend either is not told as if it could.
  if (differing.length === 0) return secretsEnd(request, before, { before, written: [] })
  const [first] = toldDifferences(differing)
  return outcome(request, 'drift', `${counted(found, 'difference')} between the file and GitHub, such as ${first}. Run with \`mode: apply\`, or correct the file.`, { before, written: [] })
}

/** Everything else is as the file says it. */
export function secretsEnd(request: SetupRequest, found: Survey, facts: Facts): SetupOutcome {
  const secrets = missingSecretsIn(found)
  const missing = found.environments.some(({ comparison }) => comparison.secrets.length > 0)
  const names = secrets.map(({ environment, setting }) => `\`${setting.replace('secrets.', '')}\` of \`${environment}\``).join(', ')
  return outcome(request, missing ? 'secret-missing' : 'secret-unfit', `${names}: set ${secrets.length === 1 ? 'it' : 'them'} on GitHub${missing ? '' : ', or rotate'}.`, facts)
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
