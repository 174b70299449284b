import { hostScope } from '../domain/edge-control/index.js'
import { ledgerFor, type Environment, type LedgerChoice, type PlatformChoice } from '../domain/environment.js'
import { secretsInAccess, type MetricsChoice } from '../domain/metrics-choice.js'
import { approvalsFor } from '../delivery/approvals.js'
import { CALM_MS } from '../delivery/turn.js'
import { InputError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { GitHub, GitHubAccess } from '../ports/github.js'
import type { Environments } from '../ports/environments.js'
import type { Ledger } from '../ports/ledger.js'
import type { Metrics } from '../ports/metrics.js'
import type { Permissions } from '../ports/permissions.js'
import type { Platform } from '../ports/platform.js'
import type { Records } from '../ports/records.js'
import type { Repository } from '../ports/repository.js'
import type { Reports } from '../ports/reports.js'
import type { RotationMarks, Secrets } from '../ports/secrets.js'
import { openAnnotations } from './registry-annotations.js'
import { isCloud, openCloudMetrics, type CloudName } from './registry-cloud.js'
import { openEngines, type DockerVariables } from './registry-docker.js'

export { openDatabase, openEncryption, openPointInTime, openScratchHost, openStore } from './registry-backup.js'

/** Each driver loads when it is first opened, so that an action pays only for what it uses. */
const platforms = {
  local: async (options, environment, ambient) => {
    const { localPlatform } = await import('./platforms/local/index.js')
    return localPlatform(options, { app: environment.app, environment: environment.name, state: environment.state }, ambient)
  },
  compose: async (options, environment, ambient, docker) => {
    const { composePlatform } = await import('./platforms/compose/index.js')
    const { app, name, url = '', secretSettings = {} } = environment
    return composePlatform(options, { app, environment: name, url, secretSettings }, await openEngines(options, ambient, docker), ambient)
  },
} satisfies { readonly [N in PlatformChoice['name']]: (options: Extract<PlatformChoice, { name: N }>, environment: Environment, ambient: Ambient, docker: DockerVariables) => Promise<Platform> }

const metrics = {
  local: async (environment, ambient) => {
    const { localMetrics } = await import('./metrics/local/index.js')
    const { slowerThanMs } = environment.judge
    return localMetrics({ environment: environment.name, state: environment.state, ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, ambient)
  },
  haproxy: async (environment, ambient) => {
    const { haproxyMetrics } = await import('./metrics/haproxy/index.js')
    const { app, name, judge: { slowerThanMs }, platform } = environment
    if (platform?.name !== 'compose') throw noEdge(environment)
    return haproxyMetrics({ scope: hostScope(app, name), ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, await openEngines(platform, ambient), ambient)
  },
  prometheus: async ({ name, metrics: chosen, judge: { slowerThanMs, checks } }, ambient) => {
    const { prometheusMetrics } = await import('./metrics/prometheus/index.js')
    if (chosen?.name !== 'prometheus') throw new TypeError(`environment ${name} has other metrics`)
    const { url, basic, bearer, ca, headers, label, holds, select, counting, business, staleMs } = chosen
    for (const secret of secretsInAccess(chosen)) ambient.mask(secret)
    const access = { url, ...(basic === undefined ? {} : { basic }), ...(bearer === undefined ? {} : { bearer }), ...(ca === undefined ? {} : { ca }), ...(headers === undefined ? {} : { headers }) }
    // What nothing is judged by need not be there.
    const judged = business?.filter((metric) => checks.some((check) => check.metric === 'business' && check.name === metric.name)) ?? []
    return prometheusMetrics({ access, label, holds, select, counting, staleMs, ...(judged.length === 0 ? {} : { business: judged }), ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, ambient)
  },
  probe: async ({ name, url, identity, metrics: chosen, judge: { slowerThanMs, pollMs } }, ambient) => {
    const { probeMetrics } = await import('./metrics/probe/index.js')
    if (chosen?.name !== 'probe' || identity === undefined) throw new TypeError(`environment ${name} can't be asked by ourselves`)
    const { path = identity.path, perSecond, timeoutMs } = chosen
    return probeMetrics({ path, rule: identity, perSecond, timeoutMs, idleMs: Math.max(15_000, 3 * pollMs), ...(url === undefined ? {} : { url }), ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, ambient)
  },
  command: async ({ name, url = '', metrics: chosen, judge: { slowerThanMs } }, ambient) => {
    const { commandMetrics } = await import('./metrics/command/index.js')
    if (chosen?.name !== 'command') throw new TypeError(`environment ${name} has other metrics`)
    const { script, timeoutMs, staleMs } = chosen
    return commandMetrics({ environment: name, url, script, timeoutMs, staleMs, ...(slowerThanMs === undefined ? {} : { slowerThanMs }) }, ambient)
  },
} satisfies Record<Exclude<MetricsChoice['name'], CloudName>, (environment: Environment, ambient: Ambient) => Promise<Metrics>>

function noEdge({ name }: Environment): InputError {
  const message = `The metrics \`haproxy\` of environment \`${name}\` are those of the edge that the platform \`compose\` has, and it runs on another.`
  return new InputError([{ code: 'config-invalid', message, fix: `Take \`environments.${name}.judge.metrics\` out, or name another source.` }])
}

/** A cancelled run has gone back by then, and is killed soon. */
const PARTING_MS = 1500

const ledgers = {
  file: async (environment, ambient) => {
    const { fileLedger } = await import('./ledger/file/index.js')
    return fileLedger({ folder: `${environment.state}/ledger` }, ambient)
  },
  github: async (_environment, ambient) => {
    const { githubLedger } = await import('./ledger/github/index.js')
    return githubLedger(await openGitHub(ambient), ambient, () => openGitHub(ambient.shielded(ambient.signal.aborted ? PARTING_MS : CALM_MS)))
  },
} satisfies Record<LedgerChoice, (environment: Pick<Environment, 'state'>, ambient: Ambient) => Promise<Ledger>>

const githubs = {
  octokit: async (access, ambient) => {
    const driver = await import('./github/octokit/index.js')
    return driver.openGitHub(access, ambient)
  },
} satisfies Record<'octokit', (access: GitHubAccess, ambient: Ambient) => Promise<GitHub>>

const records = {
  folder: async (folder, ambient) => {
    const { folderRecords } = await import('./records/folder/index.js')
    return folderRecords({ folder }, ambient)
  },
  branch: async (branch, ambient) => {
    const { branchRecords } = await import('./records/branch/index.js')
    return branchRecords({ branch }, await openGitHub(ambient), ambient)
  },
} satisfies Record<'folder' | 'branch', (place: string, ambient: Ambient) => Promise<Records>>

const reports = {
  files: async (masked, ambient) => {
    const { fileReports } = await import('./reports/files/index.js')
    return fileReports(masked, ambient)
  },
} satisfies Record<'files', (masked: (text: string) => string, ambient: Ambient) => Promise<Reports>>

const repositories = {
  github: async (ambient) => {
    const { githubRepository } = await import('./repositories/github/index.js')
    return githubRepository(await openGitHub(ambient))
  },
} satisfies Record<'github', (ambient: Ambient) => Promise<Repository>>

const environments = {
  github: async (github) => {
    const { githubEnvironments } = await import('./environments/github/index.js')
    return githubEnvironments(github)
  },
} satisfies Record<'github', (github: GitHub) => Promise<Environments>>

const secrets = {
  github: async (github) => {
    const { githubMarks, githubSecrets } = await import('./secrets/github/index.js')
    return { secrets: githubSecrets(github), marks: githubMarks(github) }
  },
} satisfies Record<'github', (github: GitHub) => Promise<{ readonly secrets: Secrets; readonly marks: RotationMarks }>>

const permissions = {
  github: async (github, env) => {
    const { githubPermissions } = await import('./permissions/github/index.js')
    return githubPermissions(github, { onRunner: env['GITHUB_ACTIONS'] === 'true', identity: (env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '') !== '' })
  },
} satisfies Record<'github', (github: GitHub, env: Readonly<Record<string, string | undefined>>) => Promise<Permissions>>

/** `docker`: variables that lead it to credentials of this run, see `logIntoRegistry`. */
export function openPlatform(environment: Environment, ambient: Ambient, docker: DockerVariables = {}): Promise<Platform> {
  const { platform } = environment
  if (platform === undefined) {
    throw new InputError([{
      code: 'input-missing',
      message: `No platform is named for environment \`${environment.name}\`.`,
      fix: `Set \`environments.${environment.name}.platform\` in the configuration, or the input \`platform\`.`,
    }])
  }
  return platform.name === 'local' ? platforms.local(platform, environment, ambient) : platforms.compose(platform, environment, ambient, docker)
}

/** `undefined` when the environment names no source of metrics. `env` has the credentials of a vendor's where the configuration names none. */
export async function openMetrics(environment: Environment, ambient: Ambient, env: Readonly<Record<string, string | undefined>>): Promise<Metrics | undefined> {
  const { metrics: chosen } = environment
  if (chosen === undefined) return undefined
  return isCloud(chosen.name) ? openCloudMetrics(chosen.name, environment, ambient, env) : metrics[chosen.name](environment, ambient)
}

export function openLedger(environment: Pick<Environment, 'state' | 'ledger'>, ambient: Ambient): Promise<Ledger> {
  return ledgers[ledgerFor(environment, ambient.github?.hosted === true)](environment, ambient)
}

/** Every place that the environment's full records are kept in; the one that outlives this machine comes last. */
export async function openRecords({ state, recordsBranch }: Pick<Environment, 'state' | 'recordsBranch'>, ambient: Ambient): Promise<readonly Records[]> {
  const folder = await records.folder(`${state}/records`, ambient)
  return recordsBranch === undefined ? [folder] : [folder, onceAsked(() => records.branch(recordsBranch, ambient))]
}

/** Opened with the first question: who has no token can go back all the same, and is told what was not kept. */
function onceAsked(open: () => Promise<Records>): Records {
  let opened: Promise<Records> | undefined
  const there = (): Promise<Records> => (opened ??= open())
  return {
    put: async (document) => (await there()).put(document),
    async *newest(...asked) {
      yield* (await there()).newest(...asked)
    },
  }
}

/** What every flow acts on and records by. */
export const openers = {
  platform: (environment: Environment, ambient: Ambient) => openPlatform(environment, ambient),
  ledger: openLedger,
  records: openRecords,
  annotations: openAnnotations,
  approvals: (environment: Environment, ambient: Ambient) => approvalsFor(environment.name, () => openRepository(ambient), ambient),
}

/** The same, where images are fetched from a registry that asks who we are. */
export const openersWith = (docker: DockerVariables): typeof openers => ({ ...openers, platform: (environment, ambient) => openPlatform(environment, ambient, docker) })

/** What it needs and nobody gave is said at once, before anything is touched. */
export async function openGitHub(ambient: Ambient): Promise<GitHub> {
  return githubs.octokit(givenGitHub(ambient), ambient)
}

/** Throws before it is opened, for what is only asked later. */
export function givenGitHub({ github }: Ambient): NonNullable<Ambient['github']> {
  if (github !== undefined && github.token !== '') return github
  const message = github === undefined
    ? 'The work needs the repository on GitHub, and nothing says which one it is.'
    : `The work needs ${github.repository} on GitHub, and no token is given.`
  throw new InputError([{ code: 'github-unset', message }])
}

export function openRepository(ambient: Ambient): Promise<Repository> {
  return repositories.github(ambient)
}

export async function openSecrets(github: GitHub): Promise<Secrets> {
  return (await secrets.github(github)).secrets
}

/** Secrets, and where a rotation of them says how far it is. */
export function openRotation(github: GitHub): Promise<{ readonly secrets: Secrets; readonly marks: RotationMarks }> {
  return secrets.github(github)
}

export function openPermissions(github: GitHub, env: Readonly<Record<string, string | undefined>>): Promise<Permissions> {
  return permissions.github(github, env)
}

/** Full records of deliveries in a folder of this machine. */
export function openRecordsIn(folder: string, ambient: Ambient): Promise<Records> {
  return records.folder(folder, ambient)
}

/** `masked` takes every known secret out of a text before anything is cut from it. */
export function openReports(masked: (text: string) => string, ambient: Ambient): Promise<Reports> {
  return reports.files(masked, ambient)
}

export function openEnvironments(github: GitHub): Promise<Environments> {
  return environments.github(github)
}
