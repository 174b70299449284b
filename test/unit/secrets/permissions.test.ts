import { describe, expect, test } from '@jest/globals'
import { examined, verdictOf, type Wanted } from '../../../core/domain/permissions.js'
import { githubPermissions } from '../../../core/drivers/permissions/github/index.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { GitHub, GitHubCall } from '../../../core/ports/github.js'

/** Answers by route: a status, and headers of the first question. */
function answering(statusOf: (call: GitHubCall) => number, headers: Readonly<Record<string, string>> = {}, admin = false): GitHub {
  const unused = (): never => {
    throw new Error('doctor needs no such thing')
  }
  return {
    repository: 'acme/shop', look: unused, list: unused, now: unused,
    call: async (call) => {
      const status = call.route === 'GET /repos/{owner}/{repo}' ? 200 : statusOf(call)
      if (status < 400) return { status, data: { permissions: { admin } }, headers }
      throw new RemoteError(status === 403 ? 'github-permission' : status === 404 ? 'github-missing' : status === 429 ? 'github-limited' : 'github-refused', { message: `Answered ${status}.`, service: 'github', operation: call.route, status })
    },
  }
}

const seen = async (github: GitHub, permission: string, environment: string | undefined = 'production'): Promise<string | undefined> =>
  (await githubPermissions(github, { onRunner: false, identity: false }).look([permission], environment))[0]?.presence
const reads = ({ route }: GitHubCall): boolean => route.startsWith('GET ')

describe('what is concluded from an answer', () => {
  test.each([[200, 'yes'], [422, 'yes'], [403, 'no'], [401, 'no'], [404, 'unknown'], [429, 'unknown']])('to an impossible deployment, %i: %s', async (status, presence) => {
    expect(await seen(answering(() => status), 'deployments: write')).toBe(presence)
  })

  test('nothing is asked that could be carried out', async () => {
    const asked: GitHubCall[] = []
    const github = answering((call) => {
      asked.push(call)
      return 422
    })
    await githubPermissions(github, { onRunner: false, identity: false }).look(['contents: write', 'deployments: write', 'statuses: write'], undefined)
    expect(asked.map(({ parameters }) => parameters?.['sha'] ?? parameters?.['ref'])).toEqual(['0'.repeat(40), '0'.repeat(40), '0'.repeat(40)])
  })

  test.each([
    ['a token that is no classic one may, where the environment can be read', {}, false, 'yes'],
    ['a classic one with `repo` of an admin may', { 'x-oauth-scopes': 'repo, read:org' }, true, 'yes'],
    ['a classic one of nobody in particular may not', { 'x-oauth-scopes': 'repo' }, false, 'no'],
    ['a classic one without scopes may not', { 'x-oauth-scopes': '' }, true, 'no'],
  ] as const)('of a 404 to a change: %s', async (_, headers, admin, presence) => {
    const github = answering((call) => (reads(call) ? 200 : 404), headers, admin)
    expect(await seen(github, 'environments: write')).toBe(presence)
    expect(await seen(github, 'administration: write')).toBe(presence)
  })

  test('of a 404 to a change where nothing could be read: nobody knows', async () => {
    expect(await seen(answering(() => 404), 'environments: write')).toBe('unknown')
    const blind = githubPermissions(answering((call) => (reads(call) ? 200 : 404)), { onRunner: false, identity: false })
    expect((await blind.look(['administration: write', 'environments: write'], undefined)).map(({ presence }) => presence)).toEqual(['unknown', 'unknown'])
  })

  test('what GitHub does not tell stays unknown', async () => {
    for (const permission of ['packages: write', 'attestations: write', 'members: read', 'id-token: write']) expect(await seen(answering(() => 200), permission)).toBe('unknown')
    expect(await githubPermissions(answering(() => 200, { 'x-oauth-scopes': 'repo' }), { onRunner: true, identity: true }).whose()).toBe('the token (a classic one, with repo), on `acme/shop`')
  })
})

test('unknown is no yes, and what is optional decides nothing', () => {
  const wanted = (permission: string, required: boolean): Wanted => ({ permission, by: ['x'], why: 'y', required })
  const verdict = (...all: readonly (readonly [boolean, 'yes' | 'no' | 'unknown' | undefined])[]): string =>
    verdictOf(examined(all.map(([required], index) => wanted(String(index), required)), all.flatMap(([, presence], index) => (presence === undefined ? [] : [{ permission: String(index), presence, how: '' }]))))
  expect(verdict([true, 'yes'], [false, 'no'], [false, 'unknown'])).toBe('permitted')
  expect(verdict([true, 'yes'], [true, 'unknown'])).toBe('permissions-unknown')
  expect(verdict([true, 'yes'], [true, undefined])).toBe('permissions-unknown')
  expect(verdict([true, 'no'], [true, 'unknown'])).toBe('permissions-missing')
})
