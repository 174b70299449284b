import type { Decoder } from '../../../domain/local-control/decode.js'
import type { ObservedEnvironment, Pattern, Rule } from '../../../domain/protection/observed.js'
import type { GitHub, GitHubCall } from '../../../ports/github.js'
import { appWire, decoded, environmentWire, itemsOf, namedWire, patternWire, rulesWire, settingsOf, variableWire, type AppWire } from './wire.js'

export const BASE = '/repos/{owner}/{repo}/environments'
export const ONE = `${BASE}/{environment_name}`

/** More than GitHub lets anybody have of any of these. */
const MOST = 10_000

export async function namesOf(github: GitHub): Promise<readonly string[]> {
  const found = await all(github, { what: 'list the environments', route: `GET ${BASE}`, permission: 'actions: read' }, 'environments', namedWire)
  return found.map(({ name }) => name)
}

export async function readOne(github: GitHub, name: string): Promise<ObservedEnvironment | undefined> {
  const what = `read the environment \`${name}\``
  const { status, data } = await github.call({ what, route: `GET ${ONE}`, parameters: at(name), permission: 'actions: read', accept: [404] })
  if (status === 404) return undefined
  const settings = settingsOf(decoded(environmentWire, data, what))
  return {
    name,
    settings,
    // Asked where they hold only: GitHub has none to show where they do not.
    patterns: settings.refs === 'patterns' ? await patternsOf(github, name) : [],
    rules: await rulesOf(github, name),
    variables: Object.fromEntries((await all(github, { what: `list the variables of \`${name}\``, route: `GET ${ONE}/variables`, parameters: at(name), permission: 'environments: read' }, 'variables', variableWire)).map((one) => [one.name, one.value])),
  }
}

function patternsOf(github: GitHub, name: string): Promise<readonly Pattern[]> {
  return all(github, { what: `list the branches and tags that may deploy to \`${name}\``, route: `GET ${ONE}/deployment-branch-policies`, parameters: at(name), permission: 'actions: read' }, 'branch_policies', patternWire)
}

/** One page: an environment has six of them at most. */
export async function rulesOf(github: GitHub, name: string): Promise<readonly Rule[]> {
  const what = `list the custom rules of \`${name}\``
  const { data } = await github.call({ what, route: `GET ${ONE}/deployment_protection_rules`, parameters: at(name), permission: 'actions: read' })
  return decoded(rulesWire, data, what)
}

export function appsFor(github: GitHub, name: string): Promise<readonly AppWire[]> {
  const call = { what: `list the apps that can guard \`${name}\``, route: `GET ${ONE}/deployment_protection_rules/apps`, parameters: at(name), permission: 'administration: write' }
  return all(github, call, 'available_custom_deployment_protection_rule_integrations', appWire)
}

export function at(name: string): { readonly environment_name: string } {
  return { environment_name: name }
}

async function all<T>(github: GitHub, call: GitHubCall, key: string, decode: Decoder<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of github.list(call, { most: MOST, items: itemsOf(key, call.what) })) found.push(decoded(decode, item, call.what))
  return found
}
