import { ledgerFor, type Environment } from '../../core/domain/environment.js'
import { closest } from '../../core/domain/closest.js'
import { ahead, examined, needs, usual, verdictOf, wanted, type Examined, type Wanted } from '../../core/domain/permissions.js'
import { InputError, type Problem } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Permissions } from '../../core/ports/permissions.js'
import { doctorOutcome } from './doctor-report.js'
import type { SetupOutcome } from './outcome.js'

export interface DoctorRequest {
  readonly environments: readonly Environment[]
  /** Actions and workflows whose needs are looked at; empty: those of a delivery. */
  readonly actions: readonly string[]
}

/** Compares what the token may do with what the actions need, before any of them touches anything. */
export async function doctor(request: DoctorRequest, permissions: readonly Permissions[], ambient: Ambient): Promise<SetupOutcome> {
  const { environments } = request
  const actions = request.actions.length === 0 ? usual : request.actions
  refuseUnknown(actions)

  // 1. What is needed, by the table that the docs and the workflows are tested against.
  const hosted = ambient.github?.hosted === true
  const recordOnGitHub = environments.length === 0 ? hosted : environments.some((environment) => ledgerFor(environment, hosted) === 'github')
  const asked = wanted(actions, recordOnGitHub)

  // 2. What there is: questions that change nothing.
  ambient.log.step(`Ask what is permitted, for ${actions.join(', ')}`)
  const all: Examined[] = []
  for (const one of permissions) all.push(...examined([...asked, ...askedAhead(asked)], await one.look([...asked.map(({ permission }) => permission), ...Object.keys(ahead)], environments[0]?.name)))
  const whose = await Promise.all(permissions.map((one) => one.whose()))
  for (const { permission, presence, how } of all) ambient.log.info(`${permission}: ${presence} (${how})`)

  return doctorOutcome({ verdict: verdictOf(all), all, whose, actions, unchecked: unchecked(environments, recordOnGitHub) })
}

/** What a later version will use decides nothing yet. */
function askedAhead(asked: readonly Wanted[]): readonly Wanted[] {
  return Object.entries(ahead)
    .filter(([permission]) => !asked.some((one) => one.permission === permission))
    .map(([permission, why]) => ({ permission, by: [], why: `${why}; not used by this version`, required: false }))
}

/** What nobody looked at is said, so that silence is not taken for a yes. */
function unchecked(environments: readonly Environment[], recordOnGitHub: boolean): readonly string[] {
  const platforms = [...new Set(environments.map(({ platform }) => platform?.name ?? 'none'))].join(', ')
  return [
    `Cloud role: not checked, no cloud platform is configured${platforms === '' ? '' : ` (platform: ${platforms})`}.`,
    'Database role: not checked here; `db-backup` shows what it may do by taking a backup and restoring it.',
    ...(recordOnGitHub ? [] : ['The record is kept in a file here, so that nothing for a record on GitHub is asked for.']),
  ]
}

function refuseUnknown(actions: readonly string[]): void {
  const problems = actions.filter((name) => !Object.hasOwn(needs, name)).map((name): Problem => {
    const near = closest(name, Object.keys(needs))
    return { code: 'input-invalid', message: `Input \`actions\` names "${name.slice(0, 80)}", which is no action of the suite.`, fix: near === undefined ? `Use some of ${Object.keys(needs).join(', ')}.` : `Did you mean \`${near}\`?` }
  })
  const [first, ...rest] = problems
  if (first !== undefined) throw new InputError([first, ...rest])
}
