import type { Reviewer } from '../../../domain/protection/observed.js'
import type { Reviewers } from '../../../ports/environments.js'
import type { GitHub } from '../../../ports/github.js'
import { accessWire, decoded, teamWire } from './wire.js'

const NONE = [404]

/** Each is looked up by one call, one after the other: they are few. */
export async function lookUp(github: GitHub, names: readonly string[]): Promise<Reviewers> {
  const found: Reviewer[] = []
  const missing: { readonly name: string; readonly why: string }[] = []
  for (const name of names) {
    const one = name.startsWith('team/') ? await team(github, name) : await person(github, name)
    if ('why' in one) missing.push(one)
    else found.push(one)
  }
  return { found, missing }
}

type Looked = Reviewer | { readonly name: string; readonly why: string }

async function person(github: GitHub, name: string): Promise<Looked> {
  const what = `look up the access of \`${name}\``
  const { status, data } = await github.call({ what, route: 'GET /repos/{owner}/{repo}/collaborators/{username}/permission', parameters: { username: name }, permission: 'metadata: read', accept: NONE })
  if (status === 404) return { name, why: 'GitHub has no such user' }
  const { permission, user } = decoded(accessWire, data, what)
  if (user === undefined || permission === 'none') return { name, why: `they have no access to ${github.repository}, and a reviewer needs to read it` }
  return { kind: 'user', id: user.id, name }
}

async function team(github: GitHub, name: string): Promise<Looked> {
  const what = `look up the team \`${name}\``
  const org = github.repository.split('/')[0] ?? ''
  const { status, data } = await github.call({ what, route: 'GET /orgs/{org}/teams/{team_slug}', parameters: { org, team_slug: name.slice('team/'.length).toLowerCase() }, permission: 'members: read', accept: NONE })
  if (status === 404) return { name, why: `${org} has no such team, or the token may not see it` }
  return { kind: 'team', id: decoded(teamWire, data, what).id, name }
}
