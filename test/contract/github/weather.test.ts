import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

/** What surrounds each request to the fake: tokens, allowance, pages, ETags, faults and reads that are behind. */

const LIST = '/repos/acme/shop/deployments'

let now: number
let fake: FakeGitHub

const ask = (method: string, path: string, { body, token = 'ghs_fake', headers = {}, url = fake.url }: { readonly body?: unknown; readonly token?: string; readonly headers?: Record<string, string>; readonly url?: string } = {}): Promise<Response> =>
  fetch(`${url}${path}`, { method, headers: { ...(token === '' ? {} : { authorization: `token ${token}` }), 'content-type': 'application/json', ...headers }, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) })
const idsOf = async (path = LIST): Promise<readonly number[]> => ((await (await ask('GET', path)).json()) as readonly { id: number }[]).map(({ id }) => id)
const deploy = async (): Promise<number> => ((await (await ask('POST', LIST, { body: { ref: 'main', auto_merge: false, required_contexts: [] } })).json()) as { id: number }).id
const takeFaults = (): readonly string[] => fake.faults.splice(0)
const lost = async (work: Promise<unknown>): Promise<boolean> => work.then(() => false, () => true)

beforeEach(async () => {
  now = Date.UTC(2026, 2, 14, 14, 5)
  fake = await startGitHub({ now: () => now, seed: 7 })
})
afterEach(async () => {
  await fake.close()
  if (fake.faults.length > 0) throw new Error(fake.faults.join('\n'))
})

describe('who asks', () => {
  test('needs a token that is known', async () => {
    expect([(await ask('GET', LIST, { token: '' })).status, (await ask('GET', LIST, { token: 'ghs_other' })).status, (await ask('GET', LIST)).status]).toEqual([401, 401, 200])
  })

  test('needs the permission of the route, which the answer names', async () => {
    fake.tokens.set('ghs_reader', { permissions: { deployments: 'read', actions: 'write' } })
    const refused = await ask('POST', LIST, { token: 'ghs_reader', body: { ref: 'main' } })
    expect([refused.status, refused.headers.get('x-accepted-github-permissions'), await refused.json()]).toEqual([403, 'deployments=write', expect.objectContaining({ message: 'Resource not accessible by integration' })])
    const status = async (method: string, path: string): Promise<number> => (await ask(method, `/repos/acme/shop${path}`, { token: 'ghs_reader' })).status
    expect(await status('GET', '/deployments')).toBe(200)
    expect(await status('GET', '/environments')).toBe(200)
    expect(await status('PUT', '/environments/production')).toBe(403)
    expect(await status('GET', '/actions/secrets')).toBe(403)
    expect(await status('GET', '/environments/production/variables')).toBe(403)
    expect(await status('GET', '/contents/README.md')).toBe(403)
    expect(await status('GET', '')).toBe(200)
  })

  test('is told when what it asks breaks the description, and it is recorded', async () => {
    expect((await ask('POST', LIST, { body: { ref: 7 } })).status).toBe(422)
    expect((await ask('POST', LIST, { body: '{"ref":' })).status).toBe(400)
    expect((await ask('GET', '/repos/acme/shop/nothing')).status).toBe(404)
    expect((await ask('GET', `${LIST}?per_pages=5`)).status).toBe(422)
    expect(takeFaults()).toEqual([expect.stringContaining('/requestBody/ref must be string'), expect.stringContaining('not JSON'), expect.stringContaining('no such route'), expect.stringContaining('additional properties')])
    expect((await ask('GET', '/repos/acme/other/deployments')).status).toBe(404)
  })
})

describe('the allowance', () => {
  test('is counted, but not for what has not changed', async () => {
    const first = await ask('GET', LIST)
    expect([first.headers.get('x-ratelimit-remaining'), first.headers.get('date')]).toEqual(['4999', 'Sat, 14 Mar 2026 14:05:00 GMT'])
    const same = await ask('GET', LIST, { headers: { 'if-none-match': first.headers.get('etag')! } })
    expect([same.status, await same.text(), same.headers.get('x-ratelimit-remaining'), fake.counted()]).toEqual([304, '', '4999', 1])
    now += 5_000_000
    expect((await ask('GET', LIST, { headers: { 'if-none-match': first.headers.get('etag')! } })).status).toBe(304)
    await deploy()
    expect((await ask('GET', LIST, { headers: { 'if-none-match': first.headers.get('etag')! } })).status).toBe(200)
    expect((await (await ask('GET', '/rate_limit')).json())).toMatchObject({ rate: { limit: 5000, used: 2 } })
    expect(fake.counted()).toBe(3)
  })

  test('ends, and comes back with the next hour', async () => {
    await ask('GET', LIST)
    fake.setRemaining(1)
    expect((await ask('GET', LIST)).status).toBe(200)
    const refused = await ask('GET', LIST)
    expect([refused.status, refused.headers.get('x-ratelimit-remaining'), refused.headers.get('x-ratelimit-reset')]).toEqual([403, '0', String(Date.UTC(2026, 2, 14, 15, 5) / 1000)])
    now += 3_600_000
    expect((await ask('GET', LIST)).status).toBe(200)
  })
})

test('lists come in pages of at most 100, with links to the others', async () => {
  fake.addDeployments(Array.from({ length: 250 }, () => ({ environment: 'production' })))
  const pages = [await ask('GET', LIST), await ask('GET', `${LIST}?per_page=200&page=2`), await ask('GET', `${LIST}?per_page=100&page=3`)]
  expect(await Promise.all(pages.map(async (page) => ((await page.json()) as unknown[]).length))).toEqual([30, 100, 50])
  expect(pages[1]!.headers.get('link')).toBe(`<${fake.url}${LIST}?per_page=200&page=1>; rel="prev", <${fake.url}${LIST}?per_page=200&page=3>; rel="next", <${fake.url}${LIST}?per_page=200&page=3>; rel="last", <${fake.url}${LIST}?per_page=200&page=1>; rel="first"`)
  expect(pages[2]!.headers.get('link')).not.toContain('next')
})

describe('faults', () => {
  test('meet the requests that they are for, as often as they should', async () => {
    const fault = fake.inject({ match: { method: 'GET', route: LIST.replace('acme/shop', '{owner}/{repo}'), times: 2 }, fault: { status: 503, headers: { 'retry-after': '3' } } })
    const nth = fake.inject({ match: { route: /environment=x/, nth: 2 }, fault: { status: 429 } })
    const statuses = [await ask('GET', LIST), await ask('GET', `${LIST}?environment=x`), await ask('GET', `${LIST}?environment=x`), await ask('GET', LIST)]
    expect(statuses.map(({ status }) => status)).toEqual([503, 503, 429, 200])
    expect([statuses[0]!.headers.get('retry-after'), fault.used, nth.used]).toEqual(['3', 2, 1])
    const all = fake.inject({ match: { when: ({ body }) => body !== undefined }, fault: { status: 500 } })
    expect((await ask('POST', LIST, { body: {} })).status).toBe(500)
    all.stop()
    fake.inject({ fault: { status: 500 } })
    fake.calm()
    expect((await ask('GET', LIST)).status).toBe(200)
  })

  test.each([[{ drop: 'before' }, 0], [{ drop: 'after' }, 1], [{ hang: 'before' }, 0], [{ hang: 'after' }, 1]] as const)('%j leaves nobody knowing, and %d deployments', async (fault, there) => {
    fake.inject({ fault })
    const stop = new AbortController()
    const asked = lost(fetch(`${fake.url}${LIST}`, { method: 'POST', signal: stop.signal, headers: { authorization: 'Bearer ghs_fake', 'content-type': 'application/json' }, body: JSON.stringify({ ref: 'main', auto_merge: false }) }))
    // Whoever goes away before the question has arrived was never asked.
    while (fake.calls.length === 0) await sleep(5)
    await sleep(200)
    stop.abort()
    expect(await asked).toBe(true)
    expect([fake.state.all('deployments').length, fake.calls.at(-1)!.status]).toEqual([there, 0])
  })

  test('a delay is carried out before it answers', async () => {
    const real = await startGitHub()
    real.inject({ fault: { delay: 150 } })
    expect((await ask('POST', LIST, { url: real.url, body: { ref: 'main', auto_merge: false } })).status).toBe(201)
    const [made] = real.state.all('deployments')
    expect(Date.now() - made!.createdAt).toBeGreaterThan(140)
    await real.close()
  })
})

describe('reads that are behind', () => {
  test('by time, by writes and for some reads', async () => {
    const first = await deploy()
    now += 10_000
    const second = await deploy()
    now += 1000
    const late = fake.lag({ match: { route: 'GET /repos/{owner}/{repo}/deployments' }, ms: 5000 })
    expect([await idsOf(), late.used]).toEqual([[first], 1])
    now += 5000
    expect(await idsOf()).toEqual([second, first])
    late.stop()
    fake.lag({ writes: 1 })
    expect(await idsOf()).toEqual([first])
    expect((await ask('GET', `${LIST}/${second}`)).status).toBe(404)
    fake.calm()
    fake.lag({ reads: 2 })
    const third = await deploy()
    expect([await idsOf(), await idsOf(), await idsOf()]).toEqual([[second, first], [second, first], [third, second, first]])
  })

  test('see a deleted record for a while, and an old state of a changed one', async () => {
    await deploy()
    const run = fake.addRun()
    const id = fake.addDeployment({ environment: 'staging', statuses: [{ state: 'inactive' }] }).id
    fake.lag({ writes: 1 })
    await ask('DELETE', `${LIST}/${id}`)
    expect(await idsOf()).toContain(id)
    fake.calm()
    expect(await idsOf()).not.toContain(id)
    fake.lag({ reads: 1 })
    fake.endRun(run.id)
    const status = async (): Promise<unknown> => ((await (await ask('GET', `/repos/acme/shop/actions/runs/${run.id}`)).json()) as { status: string }).status
    expect([await status(), await status()]).toEqual(['in_progress', 'completed'])
  })

  const replay = async (seed: number): Promise<readonly (readonly number[])[]> => {
    const server = await startGitHub({ now: () => now, seed })
    server.lag({ replicas: 3, writes: 6 })
    const seen: (readonly number[])[] = []
    for (let turn = 0; turn < 40; turn += 1) {
      if (turn % 2 === 0) server.addDeployment({ environment: 'production' })
      const answer = await ask('GET', LIST, { url: server.url })
      seen.push(((await answer.json()) as readonly { id: number }[]).map(({ id }) => id))
    }
    const all = server.state.all('deployments').map(({ id }) => id)
    // Whatever was seen is what was there after some write: never a later record without an earlier one.
    for (const ids of seen) expect(ids).toEqual(all.slice(0, ids.length).toReversed())
    await server.close()
    return seen
  }

  test('by several replicas go back and forth, each within its bound, and the same way for the same seed', async () => {
    const seen = await replay(3)
    const lengths = seen.map((ids) => ids.length)
    expect(lengths.some((length, index) => index > 0 && length < lengths[index - 1]!)).toBe(true)
    lengths.forEach((length, index) => expect(length).toBeGreaterThanOrEqual(Math.floor(index / 2) + 1 - 6))
    expect(await replay(3)).toEqual(seen)
    expect(await replay(4)).not.toEqual(seen)
  })
})

describe('as a process', () => {
  const start = (...args: readonly string[]): { readonly child: ChildProcessByStdio<Writable, Readable, null>; readonly lines: AsyncIterator<string> } => {
    const child = spawn(process.execPath, ['test/support/services/github/main.mjs', ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() }
  }
  const next = async (lines: AsyncIterator<string>): Promise<unknown> => JSON.parse((await lines.next()).value as string)

  test('says where it is, and ends with its standard input and a count', async () => {
    const { child, lines } = start('--repository', 'corp/till', '--prefix', '/api/v3')
    const { url } = (await next(lines)) as { url: string }
    expect((await ask('GET', '/repos/corp/till/deployments', { url })).status).toBe(200)
    const ended = once(child, 'exit')
    child.stdin.end()
    expect([await next(lines), await ended]).toEqual([{ calls: 1, counted: 1, faults: [] }, [0, null]])
  })

  test('ends on SIGTERM, with 1 when a request was wrong', async () => {
    const { child, lines } = start()
    const { url } = (await next(lines)) as { url: string }
    expect((await ask('GET', '/repos/acme/shop/nothing', { url })).status).toBe(404)
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    expect([await next(lines), await ended]).toEqual([expect.objectContaining({ calls: 1, faults: [expect.stringContaining('no such route')] }), [1, null]])
  })
})
