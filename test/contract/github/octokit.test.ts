import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openGitHub } from '../../../core/drivers/registry.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { GitHub, GitHubCall } from '../../../core/ports/github.js'
import { FakeTime } from '../../support/fakes/time.js'
import { githubAmbient } from '../../support/github-ambient.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

const LIST: GitHubCall = { what: 'list the deployments of `production`', route: 'GET /repos/{owner}/{repo}/deployments', parameters: { environment: 'production' }, permission: 'deployments: read' }
const CREATE: GitHubCall = {
  what: 'create a deployment of `production`', route: 'POST /repos/{owner}/{repo}/deployments', permission: 'deployments: write',
  parameters: { ref: 'main', environment: 'production', auto_merge: false, required_contexts: [], payload: { v: 1 } },
}
const LIST_ROUTE = { method: 'GET', route: '/repos/{owner}/{repo}/deployments' }
const CREATE_ROUTE = { method: 'POST', route: '/repos/{owner}/{repo}/deployments' }

let fake: FakeGitHub
let clock: FakeTime
let github: GitHub

const opened = (token?: string): Promise<GitHub> => openGitHub(githubAmbient({ url: fake.url, clock, ...(token === undefined ? {} : { token }) }))
const faultOf = async (work: Promise<unknown>): Promise<RemoteError> => {
  const thrown: unknown = await work.then(() => undefined, (reason: unknown) => reason)
  expect(thrown).toBeInstanceOf(RemoteError)
  return thrown as RemoteError
}
const collected = async (items: AsyncIterable<unknown>): Promise<readonly unknown[]> => {
  const all: unknown[] = []
  for await (const item of items) all.push(item)
  return all
}
const waited = async (work: () => Promise<unknown>): Promise<number> => {
  const before = clock.now()
  await work()
  return clock.now() - before
}

beforeEach(async () => {
  clock = new FakeTime()
  fake = await startGitHub({ now: () => clock.now() })
  github = await opened()
})
afterEach(async () => {
  await fake.close()
  if (fake.faults.length > 0) throw new Error(fake.faults.join('\n'))
})

describe('answers', () => {
  test('fill in the repository, carry the body, and come back parsed with their headers', async () => {
    const made = await github.call(CREATE)
    expect(made).toMatchObject({ status: 201, data: { environment: 'production', payload: { v: 1 }, ref: 'main' }, headers: { 'x-ratelimit-limit': '5000' } })
    expect(await github.call(LIST)).toMatchObject({ status: 200, data: [{ environment: 'production' }] })
    expect(github.repository).toBe('acme/shop')
  })

  test('have no data where there is no body', async () => {
    fake.setVariable('', 'LEVEL', '1')
    expect(await github.call({ what: 'set it', route: 'PATCH /repos/{owner}/{repo}/actions/variables/{name}', parameters: { name: 'LEVEL', value: '2' }, permission: 'variables: write' })).toMatchObject({ status: 204, data: undefined })
    expect(fake.variable('', 'LEVEL')).toBe('2')
  })

  test('are accepted with the statuses that the caller names', async () => {
    expect(await github.call({ what: 'look for it', route: 'GET /repos/{owner}/{repo}/environments/{environment_name}', parameters: { environment_name: 'none/of these' }, permission: 'actions: read', accept: [404] })).toMatchObject({ status: 404 })
  })

  test('tell the time of the server, not ours', async () => {
    const ahead = await startGitHub({ now: () => clock.now() + 3_600_000 })
    const other = await openGitHub(githubAmbient({ url: ahead.url, clock }))
    expect(other.now()).toBe(clock.now())
    await other.call(LIST)
    expect(Math.abs(other.now() - clock.now() - 3_600_000)).toBeLessThan(1000)
    await clock.sleep(5000)
    expect(Math.abs(other.now() - clock.now() - 3_600_000)).toBeLessThan(1000)
    await ahead.close()
  })

  test('come from an enterprise server, below its prefix', async () => {
    const server = await startGitHub({ prefix: '/api/v3', repository: 'corp/till' })
    const other = await openGitHub(githubAmbient({ url: server.url, repository: 'corp/till', clock }))
    expect(server.url).toMatch(/\/api\/v3$/)
    expect((await other.call(CREATE)).status).toBe(201)
    expect(await collected(other.list(LIST, { most: 10 }))).toHaveLength(1)
    expect(server.faults).toEqual([])
    await server.close()
  })

  test('hold slashes in their parameters', async () => {
    fake.addCommits([{ files: { 'a/b c.txt': 'text' } }], 'feature/one')
    const call = (route: string, parameters: Record<string, unknown>): Promise<unknown> => github.call({ what: 'read', route, parameters, permission: 'contents: read' })
    expect(await call('GET /repos/{owner}/{repo}/git/ref/{ref}', { ref: 'heads/feature/one' })).toMatchObject({ data: { object: { sha: fake.head('feature/one') } } })
    expect(await call('GET /repos/{owner}/{repo}/contents/{path}', { path: 'a/b c.txt', ref: 'feature/one' })).toMatchObject({ data: { type: 'file', path: 'a/b c.txt' } })
  })
})

describe('lists', () => {
  const names = (items: readonly unknown[]): readonly string[] => items.map((item) => String((item as { id: number }).id))

  test('go on page after page, up to what was asked for', async () => {
    fake.addDeployments(Array.from({ length: 250 }, () => ({ environment: 'production' })))
    expect(new Set(names(await collected(github.list(LIST, { most: 1000 })))).size).toBe(250)
    expect(fake.calls).toHaveLength(3)
    fake.forget()
    expect(await collected(github.list(LIST, { most: 120 }))).toHaveLength(120)
    expect(fake.calls).toHaveLength(2)
    fake.forget()
    expect(await collected(github.list(LIST, { most: 1 }))).toHaveLength(1)
    expect(fake.calls.map(({ path }) => path)).toEqual([expect.stringContaining('per_page=1&')])
    expect(await collected(github.list(LIST, { most: 0 }))).toEqual([])
  })

  test('take their items out of a page that is an object', async () => {
    for (let index = 0; index < 31; index += 1) fake.setVariable('', `V${index}`, 'x')
    const list = github.list({ what: 'list the variables', route: 'GET /repos/{owner}/{repo}/actions/variables', permission: 'variables: read' }, {
      most: 500, perPage: 30, items: (page) => (page as { variables: unknown[] }).variables,
    })
    expect(await collected(list)).toHaveLength(31)
    expect(fake.calls).toHaveLength(2)
  })

  test('name no record twice when another one comes in between two pages', async () => {
    fake.addDeployments(Array.from({ length: 6 }, () => ({ environment: 'production' })))
    const seen: unknown[] = []
    for await (const item of github.list(LIST, { most: 100, perPage: 2 })) {
      if (seen.length === 1) fake.addDeployment({ environment: 'production' })
      seen.push(item)
    }
    expect(new Set(names(seen)).size).toBe(seen.length)
    expect(seen).toHaveLength(6)
  })

  test('of 100 000 deployments stay bounded', async () => {
    fake.addDeployments((function* many() {
      for (let index = 0; index < 100_000; index += 1) yield { environment: index % 2 === 0 ? 'production' : 'staging' }
    })())
    expect(await collected(github.list(LIST, { most: 300 }))).toHaveLength(300)
    expect(fake.calls).toHaveLength(3)
  })
})

describe('looking again', () => {
  test('costs nothing while nothing has changed', async () => {
    await github.call(CREATE)
    fake.forget()
    const first = await github.look(LIST)
    for (let times = 0; times < 20; times += 1) expect(await github.look(LIST)).toEqual(first)
    expect(fake.counted()).toBe(1)
    expect(fake.calls.map(({ status }) => status)).toEqual([200, ...Array.from({ length: 20 }, () => 304)])
    fake.addDeployment({ environment: 'production' })
    expect((await github.look(LIST)).data).toHaveLength(2)
    expect(fake.counted()).toBe(2)
  })

  test('tells apart what was asked with other parameters, and forgets what is gone', async () => {
    const made = fake.addDeployment({ environment: 'production' })
    const one: GitHubCall = { ...LIST, route: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}', parameters: { deployment_id: made.id }, accept: [404] }
    expect((await github.look(one)).status).toBe(200)
    expect((await github.look({ ...LIST, parameters: { environment: 'staging' } })).data).toEqual([])
    fake.state.remove('deployments', made.id)
    expect((await github.look(one)).status).toBe(404)
    expect((await github.look(one)).status).toBe(404)
  })

  test('follows a server whose replicas are behind without mixing their answers', async () => {
    await github.call(CREATE)
    await github.look(LIST)
    fake.lag({ match: LIST_ROUTE, replicas: 3, writes: 4 })
    for (let times = 0; times < 30; times += 1) {
      if (times % 5 === 0) fake.addDeployment({ environment: 'production' })
      const { data } = await github.look(LIST)
      const ids = (data as readonly { id: number }[]).map(({ id }) => id)
      expect(ids).toEqual(fake.state.all('deployments').map(({ id }) => id).slice(0, ids.length).toReversed())
    }
  })
})

describe('passing faults', () => {
  test.each([500, 502, 503, 408])('%d is asked again', async (status) => {
    fake.inject({ match: { ...LIST_ROUTE, times: 2 }, fault: { status } })
    expect((await github.call(LIST)).status).toBe(200)
    expect(fake.calls).toHaveLength(3)
  })

  test('end with `github-failed` and what GitHub said', async () => {
    fake.inject({ fault: { status: 502, body: { message: 'Server Error' } } })
    const fault = await faultOf(github.call(LIST))
    expect(fault).toMatchObject({ code: 'github-failed', status: 502 })
    expect(fault.message).toBe('Could not list the deployments of `production`: GitHub answered 502: "Server Error", again and again.')
    expect(fake.calls).toHaveLength(4)
  })

  test('of a page that is no JSON are told, too', async () => {
    fake.inject({ fault: { status: 503, body: '<html>Unicorn!</html>', headers: { 'content-type': 'text/html' } } })
    expect((await faultOf(github.call(LIST))).code).toBe('github-failed')
  })

  test.each(['before', 'after'] as const)('a connection that is reset %s the work: a read is asked again', async (drop) => {
    fake.inject({ match: { ...LIST_ROUTE, times: 1 }, fault: { drop } })
    expect((await github.call(LIST)).status).toBe(200)
  })

  test('a hanging server ends in `network-timeout`', async () => {
    fake.inject({ fault: { hang: 'before' } })
    // Each question must have arrived before its time is up.
    const fault = await faultOf(github.call({ ...LIST, timeoutMs: 1000 }))
    expect(fault.code).toBe('network-timeout')
    expect(fake.calls).toHaveLength(4)
  })

  test('a slow answer within the limit is an answer', async () => {
    fake.inject({ fault: { delay: 80 } })
    expect((await github.call(LIST)).status).toBe(200)
  })

  test('nobody listens: `network-failed`, for a POST, too, after it was tried again', async () => {
    const closed = await startGitHub()
    await closed.close()
    const other = await openGitHub(githubAmbient({ url: closed.url, clock }))
    expect(await waited(async () => expect((await faultOf(other.call(CREATE))).code).toBe('network-failed'))).toBeGreaterThan(1000)
  })
})

describe('a POST whose answer is lost', () => {
  const deployments = (): number => fake.state.all('deployments').length

  test.each([['before', 0], ['after', 1]] as const)('is not sent again (reset %s: %d deployments)', async (drop, there) => {
    fake.inject({ match: CREATE_ROUTE, fault: { drop } })
    expect((await faultOf(github.call(CREATE))).code).toBe('network-failed')
    expect([fake.calls.length, deployments()]).toEqual([1, there])
  })

  test('by a time-out or a 502 is not sent again', async () => {
    fake.inject({ match: { ...CREATE_ROUTE, nth: 1 }, fault: { hang: 'after' } })
    fake.inject({ match: { ...CREATE_ROUTE, nth: 2 }, fault: { status: 502, after: true } })
    expect((await faultOf(github.call({ ...CREATE, timeoutMs: 1000 }))).code).toBe('network-timeout')
    expect((await faultOf(github.call(CREATE))).code).toBe('github-failed')
    expect([fake.calls.length, deployments()]).toEqual([2, 2])
  })

  test('is sent again where the caller says that it may be', async () => {
    fake.inject({ match: { ...CREATE_ROUTE, times: 1 }, fault: { drop: 'after' } })
    expect((await github.call({ ...CREATE, repeatable: true })).status).toBe(201)
    expect(deployments()).toBe(2)
  })

  test('is sent again when a limit had refused it: then it was not carried out', async () => {
    fake.inject({ match: { ...CREATE_ROUTE, times: 1 }, fault: { status: 429, headers: { 'retry-after': '7' } } })
    expect(await waited(() => github.call(CREATE))).toBe(7000)
    expect(deployments()).toBe(1)
  })

  test('a DELETE is sent again, and gone is what it wanted', async () => {
    const made = fake.addDeployment({ environment: 'production', statuses: [{ state: 'inactive' }] })
    const remove: GitHubCall = { what: 'delete it', route: 'DELETE /repos/{owner}/{repo}/deployments/{deployment_id}', parameters: { deployment_id: made.id }, permission: 'deployments: write' }
    fake.inject({ match: { method: 'DELETE', times: 1 }, fault: { drop: 'after' } })
    await github.call(remove)
    expect(deployments()).toBe(0)
    expect((await faultOf(github.call(remove))).code).toBe('github-missing')
  })
})

describe('limits', () => {
  const SECONDARY = { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' }

  test('a secondary limit is waited for as long as it asks', async () => {
    fake.inject({ match: { times: 1 }, fault: { status: 403, body: SECONDARY, headers: { 'retry-after': '30' } } })
    expect(await waited(() => github.call(LIST))).toBe(30_000)
  })

  test('one that names no time is waited for a minute, once', async () => {
    fake.inject({ match: { times: 1 }, fault: { status: 403, body: SECONDARY } })
    expect(await waited(() => github.call(LIST))).toBe(60_000)
    fake.inject({ match: { times: 2 }, fault: { status: 403, body: SECONDARY } })
    expect((await faultOf(github.call(LIST))).code).toBe('github-limited')
  })

  test('more than a minute in all is not waited for: the error names when it is over', async () => {
    fake.inject({ fault: { status: 429, headers: { 'retry-after': '3600' } } })
    const began = clock.now()
    const fault = await faultOf(github.call(LIST))
    expect(fault).toMatchObject({ code: 'github-limited', status: 429 })
    expect(fault.message).toContain(`until ${new Date(began + 3_600_000).toISOString().slice(0, 19)}Z`)
    expect(clock.now()).toBe(began)
    expect(fake.calls).toHaveLength(1)
  })

  test('the used-up allowance of the hour is told with its end', async () => {
    fake.setRemaining(2)
    await github.call(LIST)
    await github.call(LIST)
    const fault = await faultOf(github.call(LIST))
    expect(fault.code).toBe('github-limited')
    expect(fault.fix).toMatch(/Start it again after 2026-03-14T15:05:0\dZ/)
  })

  test('an allowance that comes back within the minute is waited for', async () => {
    await github.call(LIST)
    fake.setRemaining(0)
    await clock.sleep(3_590_000)
    expect(await waited(() => github.call(LIST))).toBeLessThan(15_000)
  })

  test('an aborted run does not wait', async () => {
    const stop = new AbortController()
    const real = await openGitHub(githubAmbient({ url: fake.url, signal: stop.signal }))
    fake.inject({ fault: { status: 403, body: SECONDARY, headers: { 'retry-after': '50' } } })
    setTimeout(() => stop.abort(), 100)
    const began = performance.now()
    expect((await faultOf(real.call(LIST))).code).toBe('aborted')
    expect(performance.now() - began).toBeLessThan(20_000)
  })
})

describe('what the token may not', () => {
  test('an unknown token is told as such, and never shown', async () => {
    const other = await opened('ghp_secret_of_mine')
    const fault = await faultOf(other.call(LIST))
    expect(fault).toMatchObject({ code: 'github-permission', status: 401 })
    expect(fault.message).toBe('Could not list the deployments of `production`: GitHub does not accept the token (401: "Bad credentials").')
    expect(`${fault.message}${fault.fix}`).not.toContain('ghp_secret')
  })

  test('names the permission and the YAML to add', async () => {
    fake.tokens.set('ghs_reader', { permissions: { deployments: 'read' } })
    const reader = await opened('ghs_reader')
    expect((await reader.call(LIST)).status).toBe(200)
    const fault = await faultOf(reader.call(CREATE))
    expect(fault).toMatchObject({ code: 'github-permission', status: 403 })
    expect(fault.message).toBe('Could not create a deployment of `production`: the token has no `deployments: write` (GitHub answered 403: "Resource not accessible by integration").')
    expect(fault.fix).toBe('Grant it in the job: `permissions: { deployments: write }`, beside what else the job needs; what is not listed there is taken away.')
  })

  test('says which permissions no workflow can grant', async () => {
    fake.tokens.set('ghs_reader', { permissions: {} })
    const reader = await opened('ghs_reader')
    const fault = await faultOf(reader.call({ what: 'set up `production`', route: 'PUT /repos/{owner}/{repo}/environments/{environment_name}', parameters: { environment_name: 'production' }, permission: 'administration: write' }))
    expect(fault.fix).toBe('Give `token` the token of a GitHub App, or a fine-grained one, that has `administration: write`: `GITHUB_TOKEN` can not have it.')
  })

  test('tells a 404 that hides a missing scope from one that is missing', async () => {
    const missing = { ...LIST, what: 'read deployment 7', route: 'GET /repos/{owner}/{repo}/deployments/{deployment_id}', parameters: { deployment_id: 7 } }
    expect(await faultOf(github.call(missing))).toMatchObject({ code: 'github-missing', status: 404 })
    fake.inject({ fault: { status: 404, body: { message: 'Not Found' }, headers: { 'x-oauth-scopes': 'gist', 'x-accepted-oauth-scopes': 'repo, repo_deployment' } } })
    const fault = await faultOf(github.call(missing))
    expect(fault.code).toBe('github-permission')
    expect(fault.message).toContain('scopes are `gist`, and one of `repo, repo_deployment` is needed')
  })

  test('other refusals carry what GitHub said', async () => {
    const fault = await faultOf(github.call({ ...CREATE, parameters: { ...CREATE.parameters, ref: 'no-such-branch' } }))
    expect(fault).toMatchObject({ code: 'github-refused', status: 422 })
    expect(fault.message).toBe('Could not create a deployment of `production`: GitHub answered 422: "No ref found for: no-such-branch".')
  })

  test('a write is not sent after a redirect', async () => {
    fake.inject({ fault: { status: 307, headers: { location: 'https://other.test/x' } } })
    const fault = await faultOf(github.call(CREATE))
    expect(fault.code).toBe('github-refused')
    expect(fault.message).toContain('it has moved to https://other.test/x')
    expect(fake.calls).toHaveLength(1)
  })
})

describe('opening', () => {
  test('without a token or a repository is refused before anything is asked', async () => {
    const { github: access, ...nowhere } = githubAmbient({ url: fake.url, token: '' })
    expect(access?.token).toBe('')
    await expect(opened('')).rejects.toMatchObject({ code: 'github-unset', message: 'The work needs acme/shop on GitHub, and no token is given.' })
    await expect(openGitHub(nowhere)).rejects.toMatchObject({ code: 'github-unset' })
    expect(fake.calls).toEqual([])
  })
})
