import { compare, type Comparison, type Looked } from '../../core/domain/protection/difference.js'
import { obstacles, type Obstacle } from '../../core/domain/protection/limits.js'
import type { WantedEnvironment } from '../../core/domain/protection/wanted.js'
import type { Environment } from '../../core/domain/environment.js'
import { InputError, RemoteError, type Problem } from '../../core/errors/families.js'
import type { Reviewers } from '../../core/ports/environments.js'
import type { SecretFinding } from '../../core/domain/secret-policy.js'
import type { ComparePorts, SetupRequest } from './request.js'
import { stateOf, unfit } from './secret-state.js'

/** One environment as it should be and as it is. */
export interface Surveyed {
  readonly wanted: WantedEnvironment
  readonly looked: Looked
  readonly comparison: Comparison
  /** Of each secret that the file names. */
  readonly findings: readonly SecretFinding[]
}

export interface Survey {
  readonly environments: readonly Surveyed[]
  /** On GitHub and not in the file. */
  readonly strangers: readonly string[]
}

/** Who may review, looked up once: people do not change while we work. */
export interface Prepared {
  readonly wanted: readonly WantedEnvironment[]
  readonly reviewers: Reviewers
}

export async function prepare(request: SetupRequest, ports: ComparePorts): Promise<Prepared> {
  const wanted = request.environments.map(wantedOf)
  const names = new Map(wanted.flatMap(({ protection }) => protection.reviewers ?? []).map((name) => [name.toLowerCase(), name]))
  return { wanted, reviewers: await ports.environments.reviewers([...names.values()]) }
}

function wantedOf({ name, protection = {}, variables, secrets = [] }: Environment): WantedEnvironment {
  return { name, protection, ...(variables === undefined ? {} : { variables }), secrets: secrets.filter(({ required }) => required).map((secret) => secret.name) }
}

/** Reads everything that the file names, and compares. */
export async function survey(request: SetupRequest, { wanted, reviewers }: Prepared, ports: ComparePorts): Promise<Survey> {
  const there = request.everything ? await ports.environments.names() : []
  const environments: Surveyed[] = []
  for (const one of wanted) {
    const observed = await ports.environments.read(one.name)
    const environment: Pick<Environment, 'secrets'> = request.environments.find(({ name }) => name === one.name) ?? {}
    const secrets = observed === undefined || (environment.secrets ?? []).length === 0 ? [] : await ports.secrets.list(one.name)
    const looked: Looked = { reviewers: reviewers.found, observed, secrets }
    environments.push({ wanted: one, looked, comparison: compare(one, looked, request.prune), findings: stateOf(environment, secrets, request) })
  }
  const known = new Set(wanted.map(({ name }) => name.toLowerCase()))
  return { environments, strangers: there.filter((name) => !known.has(name.toLowerCase())) }
}

/** GitHub hides behind a 404, too, what a token may not see: made anew, it would lose its gates. */
async function refuseHidden({ environments }: Survey, ports: ComparePorts): Promise<void> {
  const absent = environments.filter(({ looked }) => looked.observed === undefined).map(({ wanted }) => wanted.name)
  if (absent.length === 0) return
  const there = new Set((await ports.environments.names()).map((name) => name.toLowerCase()))
  const hidden = absent.find((name) => there.has(name.toLowerCase()))
  if (hidden === undefined) return
  const operation = `read the environment \`${hidden}\``
  throw new RemoteError('github-permission', { message: `Could not ${operation}: GitHub lists it, and does not show it to the token (404).`, fix: 'Give `token` one that may read environments (Actions: read) and change them (Administration: write).', service: 'github', operation, status: 404 })
}

/** Refuses what GitHub would refuse, all of it at once, before anything is written. */
export async function refuseObstacles(request: SetupRequest, { reviewers }: Prepared, found: Survey, ports: ComparePorts): Promise<void> {
  const { environments, strangers } = found
  await refuseHidden(found, ports)
  const guarded = environments.some(({ wanted }) => wanted.protection.rules?.length)
  // The list is the repository's own, but only an environment can be asked for it.
  const asked = environments.find(({ looked }) => looked.observed !== undefined)?.wanted.name ?? strangers[0]
  const apps = guarded && asked !== undefined ? await ports.environments.apps(asked) : undefined
  const inTheWay = environments.flatMap(({ wanted, looked }) => obstacles(wanted, { ...reviewers, apps }, looked.observed, request.prune))
  const [first, ...rest] = inTheWay.map(problemOf)
  if (first !== undefined) throw new InputError([first, ...rest])
}

function problemOf({ environment, setting, why, fix }: Obstacle): Problem {
  return { code: 'config-invalid', message: `\`environments.${environment}.${setting}\` ${why}.`, fix }
}

export function differencesIn({ environments }: Survey): Comparison['differences'] {
  return environments.flatMap(({ comparison }) => comparison.differences)
}

/** Secrets that are not there, and those that may not stay as they are. */
export function missingSecretsIn({ environments }: Survey): Comparison['secrets'] {
  return environments.flatMap(({ wanted, comparison, findings }) => [...comparison.secrets, ...unfit(wanted.name, findings)])
}
