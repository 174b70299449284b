import type { Settings } from '../../../domain/protection/observed.js'
import { RemoteError } from '../../../errors/families.js'
import type { Environments } from '../../../ports/environments.js'
import type { GitHub, GitHubCall } from '../../../ports/github.js'
import { lookUp } from './people.js'
import { appsFor, at, namesOf, ONE, readOne, rulesOf } from './read.js'
import { explainPlan, withRight } from './right.js'
import { settingsBody } from './wire.js'

const ADMIN = 'administration: write'
const VARIABLES = 'environments: write'
const GONE = [404]

/** The environments of a repository on GitHub. Needs a token of an admin or an app: a workflow's own may only look. */
export function githubEnvironments(plain: GitHub): Environments {
  const github = withRight(plain)
  const write = async (call: Omit<GitHubCall, 'permission'> & { readonly permission?: string }): Promise<number> => (await github.call({ permission: ADMIN, ...call })).status
  return {
    names: () => namesOf(github),
    read: (name) => readOne(github, name),
    reviewers: (names) => lookUp(github, names),
    apps: async (name) => (await appsFor(github, name)).map(({ slug }) => slug),
    settle: (name, settings) => settle(github, name, settings),
    async allow(name, { kind, name: pattern }) {
      // A second one of that name is answered with 303.
      await write({ what: `let ${kind} \`${pattern}\` deploy to \`${name}\``, route: `POST ${ONE}/deployment-branch-policies`, parameters: { ...at(name), name: pattern, type: kind }, accept: [303], repeatable: true })
    },
    async disallow(name, { id, kind, name: pattern }) {
      await write({ what: `let ${kind} \`${pattern}\` no longer deploy to \`${name}\``, route: `DELETE ${ONE}/deployment-branch-policies/{branch_policy_id}`, parameters: { ...at(name), branch_policy_id: id }, accept: GONE })
    },
    guard: (name, app) => guard(github, name, app),
    async unguard(name, { id, app }) {
      await write({ what: `take the app \`${app}\` away from \`${name}\``, route: `DELETE ${ONE}/deployment_protection_rules/{protection_rule_id}`, parameters: { ...at(name), protection_rule_id: id }, accept: GONE })
    },
    setVariable: (name, variable, value, there) => setVariable(github, name, { name: variable, value }, there),
    async dropVariable(name, variable) {
      await write({ what: `drop the variable \`${variable}\` of \`${name}\``, route: `DELETE ${ONE}/variables/{name}`, parameters: { ...at(name), name: variable }, permission: VARIABLES, accept: GONE })
    },
  }
}

async function settle(github: GitHub, name: string, settings: Settings): Promise<void> {
  try {
    await github.call({ what: `write the settings of \`${name}\``, route: `PUT ${ONE}`, parameters: { ...at(name), ...settingsBody(settings) }, permission: ADMIN })
  } catch (thrown) {
    throw explainPlan(thrown)
  }
}

/** What is there is replaced and what is not is made; the other way round when somebody, or a lost answer of ours, was faster. */
async function setVariable(github: GitHub, name: string, variable: { readonly name: string; readonly value: string }, there: boolean): Promise<void> {
  const call = { what: `set the variable \`${variable.name}\` of \`${name}\``, parameters: { ...at(name), ...variable }, permission: VARIABLES }
  const replace = { ...call, route: `PATCH ${ONE}/variables/{name}` }
  const make = { ...call, route: `POST ${ONE}/variables`, repeatable: true }
  const [first, refused, second] = there ? [replace, 404, make] : [make, 409, replace]
  const { status } = await github.call({ ...first, accept: [refused] })
  if (status === refused) await github.call(second)
}

async function guard(github: GitHub, name: string, app: string): Promise<void> {
  const what = `put the app \`${app}\` before \`${name}\``
  const known = (await appsFor(github, name)).find(({ slug }) => slug === app)
  if (known === undefined) {
    throw new RemoteError('github-refused', { message: `Could not ${what}: no app of that slug that has custom protection rules is installed on ${github.repository}.`, fix: 'Install it on the repository, or correct the slug under `rules`.', service: 'github', operation: what })
  }
  try {
    await github.call({ what, route: `POST ${ONE}/deployment_protection_rules`, parameters: { ...at(name), integration_id: known.id }, permission: ADMIN })
  } catch (thrown) {
    // It may have got there, by us or by somebody else.
    const there = thrown instanceof RemoteError && thrown.status === 422 && (await rulesOf(github, name)).some((rule) => rule.app === app && rule.enabled)
    if (!there) throw explainPlan(thrown)
  }
}
