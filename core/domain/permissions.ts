/** What an action asks of GitHub, and for what. */
export interface Need {
  /** As YAML writes it: `deployments: write`. */
  readonly permission: string
  readonly why: string
  /** Without it something is left out, and said so. */
  readonly optional?: true
  /** Only where the record is kept on GitHub. */
  readonly record?: true
  /** Only in this mode of the action. */
  readonly mode?: string
  /** Asked of the token in the input, which is another one than the job's own. */
  readonly ownToken?: true
}

const SOURCES: Need = { permission: 'contents: read', why: 'check out the sources and `ecluse.yml`' }
const RECORD: Need = { permission: 'deployments: write', why: 'write the record and hold the lease', record: true }
const READ_RECORD: Need = { permission: 'deployments: read', why: 'read the record', record: true }
const LIVENESS: Need = { permission: 'actions: read', why: 'ask whether the run of an older record still lives, and who approved', optional: true, record: true }
const BRANCH: Need = { permission: 'contents: write', why: 'keep full records on the branch of `records`', optional: true, record: true }
const PUSH: Need = { permission: 'packages: write', why: "push images to GitHub's registry", optional: true }
const PULL: Need = { permission: 'packages: read', why: "fetch images from GitHub's registry", optional: true }
const IDENTITY: Need = { permission: 'id-token: write', why: 'sign images without a key', optional: true }
const NOTES: Need = { permission: 'pull-requests: read', why: 'name the pull requests that a release brings', optional: true, record: true }
const TELL: Need = { permission: 'issues: write', why: 'open, update and close issues, where `notify` names them', optional: true }
const COMPLAINTS: Need = { permission: 'issues: read', why: 'count complaints of users by issues with a label, where they are a trigger', optional: true }

/** What each action and each workflow of the suite needs. The docs' and the workflows' `permissions:` are tested against it. */
export const needs: Readonly<Record<string, readonly Need[]>> = {
  'build-image': [SOURCES, PUSH, IDENTITY],
  'deploy-staging': [SOURCES, RECORD, LIVENESS, BRANCH, NOTES, PULL, TELL],
  'smoke-test': [SOURCES, { ...RECORD, why: 'record what was found, where an environment is named' }],
  'canary-promote': [SOURCES, RECORD, LIVENESS, BRANCH, NOTES, PULL, TELL, COMPLAINTS],
  'db-backup': [SOURCES, { ...RECORD, why: 'record the receipt' }, TELL],
  'db-restore': [SOURCES, { ...RECORD, why: 'record the restore, and hold the lease while it is in place' }, LIVENESS, TELL],
  'watch-release': [SOURCES, RECORD, LIVENESS, BRANCH, TELL, COMPLAINTS],
  rollback: [SOURCES, RECORD, LIVENESS, BRANCH, TELL],
  'approval-brief': [SOURCES, READ_RECORD, { permission: 'actions: read', why: 'name who approved staging, and the runs that wait', optional: true }, NOTES],
  'publish-dashboard': [SOURCES, READ_RECORD, LIVENESS, { ...NOTES, why: 'name the pull requests of each release' }],
  'setup-environments': [
    SOURCES,
    { permission: 'metadata: read', why: 'look up reviewers', ownToken: true },
    { permission: 'actions: read', why: 'read environments and their gates, and whether a run lives', ownToken: true },
    { permission: 'administration: write', why: 'create environments and set their gates', ownToken: true },
    { permission: 'environments: write', why: 'set variables and secrets of environments', ownToken: true },
    { permission: 'secrets: read', why: 'see which secrets the repository gives to every environment', optional: true, ownToken: true },
    { permission: 'members: read', why: 'look up teams that review', optional: true, ownToken: true },
  ],
  'quality-gate': [
    SOURCES,
    { permission: 'statuses: write', why: 'tie the result to the commit (mode `run`)', mode: 'run' },
    { permission: 'statuses: read', why: 'look for the result of the commit (mode `require`)', mode: 'require' },
  ],
  notify: [SOURCES, { ...RECORD, why: 'keep where the messages are' }, TELL],
  reconcile: [SOURCES, RECORD, { ...LIVENESS, why: 'ask which runs are dead, and which approvals wait' }, TELL],
}

/** Asked of callers ahead of their use, so that a later version needs no change of theirs; nothing in this version uses them. */
export const ahead: Readonly<Record<string, string>> = {
  'attestations: write': 'attest what was built',
}

/** Permissions that a workflow's `permissions:` can grant. Others need a token of their own. */
const IN_YAML = ['actions', 'attestations', 'checks', 'contents', 'deployments', 'id-token', 'issues', 'packages', 'pages', 'pull-requests', 'security-events', 'statuses']

export function grantedByYaml(permission: string): boolean {
  return IN_YAML.includes(permission.split(':')[0] ?? '')
}

/** One permission with all who ask for it. */
export interface Wanted {
  readonly permission: string
  readonly by: readonly string[]
  readonly why: string
  /** Something can not be done without it. */
  readonly required: boolean
}

/** Those of a delivery: they change or judge an environment. */
export const usual: readonly string[] = ['build-image', 'deploy-staging', 'smoke-test', 'db-backup', 'canary-promote', 'watch-release', 'rollback']

/** What some actions need together, each permission once, what is required first. */
export function wanted(actions: readonly string[], recordOnGitHub: boolean): readonly Wanted[] {
  const asked = actions.flatMap((by) => (needs[by] ?? []).filter(({ record }) => record !== true || recordOnGitHub).map((need) => ({ by, need })))
  const names = [...new Set(asked.map(({ need }) => need.permission))]
  const all = names.map((permission): Wanted => {
    const of = asked.filter(({ need }) => need.permission === permission)
    return { permission, by: of.map(({ by }) => by), why: [...new Set(of.map(({ need }) => need.why))].join('; '), required: of.some(({ need }) => need.optional !== true) }
  })
  return all.toSorted((a, b) => Number(b.required) - Number(a.required))
}

/** `unknown` is never taken for `yes`. */
export type Presence = 'yes' | 'no' | 'unknown'

/** What was seen of one permission, and how. */
export interface SeenPermission {
  readonly permission: string
  readonly presence: Presence
  readonly how: string
}

export interface Examined extends Wanted {
  readonly presence: Presence
  readonly how: string
}

/** Puts together what is wanted and what was seen. What nobody looked at is unknown. */
export function examined(asked: readonly Wanted[], seen: readonly SeenPermission[]): readonly Examined[] {
  return asked.map((one) => {
    const found = seen.find(({ permission }) => permission === one.permission)
    return { ...one, presence: found?.presence ?? 'unknown', how: found?.how ?? 'nobody looked' }
  })
}

/** Missing wins over unknown; what is optional decides nothing. */
export function verdictOf(all: readonly Pick<Examined, 'presence' | 'required'>[]): 'permitted' | 'permissions-missing' | 'permissions-unknown' {
  const required = all.filter((one) => one.required)
  if (required.some(({ presence }) => presence === 'no')) return 'permissions-missing'
  return required.every(({ presence }) => presence === 'yes') ? 'permitted' : 'permissions-unknown'
}
