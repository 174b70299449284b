import { afterEach, describe, expect, test } from '@jest/globals'
import type { ComplaintsOptions } from '../../../core/domain/complaints.js'
import { openComplaints } from '../../../core/drivers/registry-triggers.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import { NOON, turnedTime, type TurnedTime } from '../../support/cloud-lab.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { startSentry, TOKEN, type FakeSentry } from '../../support/services/sentry.js'
import { startWeb, type Reply, type Web } from '../../support/services/web.js'
import { complaintsContract, suspect } from './suite.js'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const github = async (time: TurnedTime): Promise<{ readonly fake: FakeGitHub; readonly ambient: Ambient }> => {
  const fake = await startGitHub({ now: time.now })
  return { fake, ambient: { ...time.ambient, github: { api: fake.url, server: 'https://github.example', repository: 'acme/shop', token: 'ghs_fake', hosted: false } } }
}
const ended = async (fake: FakeGitHub): Promise<void> => {
  const { faults } = fake
  await fake.close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
}
const byLabel: ComplaintsOptions = { moreThan: 2, source: { name: 'github-issues', label: 'complaint' } }

complaintsContract('issues of GitHub', async () => {
  const time = turnedTime()
  const { fake, ambient } = await github(time)
  fake.addIssue({ title: 'An old one', labels: ['complaint'] })
  return {
    open: () => openComplaints(byLabel, ambient),
    complain: async (times) => {
      for (let count = 0; count < times; count += 1) fake.addIssue({ title: 'It is broken', labels: ['complaint', 'shop'], state: count % 2 === 0 ? 'open' : 'closed' })
      fake.addIssue({ title: 'Something else', labels: ['idea'] })
    },
    pass: time.pass,
    forbid: () => {
      fake.tokens.set('ghs_fake', { permissions: { contents: 'read' } })
      return { said: 'issues: read' }
    },
    unplug: () => fake.close(),
    close: async () => ended(fake).catch((thrown: unknown) => {
      if (!/not running/i.test(String(thrown))) throw thrown
    }),
  }
})

complaintsContract('new issues of Sentry', async () => {
  const time = turnedTime()
  const fake = await startSentry()
  return {
    open: () => openComplaints(bySentry(fake), time.ambient),
    complain: async (times) => {
      for (let count = 0; count < times; count += 1) fake.issues.push({ release: 'shop@1.5.0', firstSeen: time.now() })
      fake.issues.push({ release: 'shop@1.4.0', firstSeen: time.now() }, { release: 'shop@1.5.0', firstSeen: time.now(), feedback: true })
    },
    pass: time.pass,
    forbid: () => {
      fake.tokens.set(TOKEN, ['project:read'])
      return { said: '`event:read`' }
    },
    unplug: () => fake.close(),
    close: () => fake.close(),
  }
})

const bySentry = (fake: FakeSentry, more: Partial<Extract<ComplaintsOptions['source'], { name: 'sentry' }>> = {}): ComplaintsOptions =>
  ({ moreThan: 2, source: { name: 'sentry', url: fake.url, organization: 'shop', release: 'shop@{version}', token: TOKEN, count: 'new-issues', ...more } })

interface Counter extends Web {
  value: number
  /** When each of them came; the address can be asked since when. */
  readonly times: number[]
}

const counter = async (): Promise<Counter> => {
  const fake: Counter = Object.assign(await startWeb(({ url, headers }): Reply => {
    if (headers.authorization !== 'Bearer planted-bearer') return { status: 401, body: { error: 'no' } }
    if (url.pathname === '/plain') return { status: 200, body: fake.value }
    const since = url.searchParams.get('since')
    return { status: 200, body: { open: { count: since === null ? fake.value : fake.times.filter((at) => at >= Date.parse(since)).length }, of: url.searchParams.get('release') } }
  }), { value: 0, times: [] })
  return fake
}
const byCounter = (fake: Counter, address: string, more: { readonly json?: string; readonly bearer?: string } = {}): ComplaintsOptions => ({ moreThan: 2, source: { name: 'counter', url: fake.url + address, json: 'open.count', bearer: 'planted-bearer', ...more } })

for (const address of ['/complaints', '/complaints?since={since}&release={version}']) {
  complaintsContract(`a counter at ${address}`, async () => {
    const time = turnedTime()
    const fake = await counter()
    let bearer = 'planted-bearer'
    return {
      open: () => openComplaints(byCounter(fake, address, { bearer }), time.ambient),
      complain: async (times) => {
        fake.value += times
        fake.times.push(...Array.from({ length: times }, () => time.now()))
      },
      pass: time.pass,
      forbid: () => {
        bearer = 'planted-other-bearer'
        return { said: '`bearer`' }
      },
      unplug: () => fake.close(),
      close: () => fake.close(),
    }
  })
}

describe('issues of GitHub', () => {
  test('a label that is not there would never be on an issue: it is said before traffic moves', async () => {
    const { fake, ambient } = await github(turnedTime())
    closing.push(() => ended(fake))
    await expect((await openComplaints(byLabel, ambient)).preflight()).rejects.toMatchObject({ code: 'trigger-unusable', fix: 'Make the label `complaint` in the repository, or name another as `label`.' })
  })

  test('pull requests are none, nor what was opened before and changed since; looks at an unchanged list cost nothing', async () => {
    const time = turnedTime()
    const { fake, ambient } = await github(time)
    closing.push(() => ended(fake))
    const old = fake.addIssue({ title: 'Old', labels: ['complaint'] })
    time.pass(60_000)
    fake.addPull({ title: 'A cure', labels: ['complaint'], commits: [], at: time.now() })
    const trigger = await openComplaints(byLabel, ambient)
    await fetch(`${fake.url}/repos/acme/shop/issues/${old}`, { method: 'PATCH', headers: { authorization: 'Bearer ghs_fake', 'content-type': 'application/json', 'user-agent': 'test' }, body: JSON.stringify({ title: 'Old, and seen again' }) })
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm', detail: expect.stringMatching(/^0 issues/) })
    const counted = fake.counted()
    for (let look = 0; look < 5; look += 1) await trigger.look(suspect)
    expect(fake.counted() - counted).toBe(0)
  })

  test('a hundred that do not count do not hide those that do', async () => {
    const time = turnedTime()
    const { fake, ambient } = await github(time)
    closing.push(() => ended(fake))
    time.pass(60_000)
    for (let count = 0; count < 3; count += 1) fake.addIssue({ title: 'It is broken', labels: ['complaint'] })
    for (let count = 0; count < 120; count += 1) fake.addPull({ title: 'A cure', labels: ['complaint'], commits: [], at: time.now() })
    expect(await (await openComplaints(byLabel, ambient)).look(suspect)).toMatchObject({ kind: 'fired' })
  })
})

describe('what Sentry has', () => {
  const opened = async (more: Parameters<typeof bySentry>[1] = {}): Promise<{ readonly fake: FakeSentry; readonly time: TurnedTime; readonly trigger: Trigger }> => {
    const [fake, time] = [await startSentry(), turnedTime()]
    closing.push(() => fake.close())
    time.pass(60_000)
    return { fake, time, trigger: await openComplaints(bySentry(fake, more), time.ambient) }
  }

  test('errors are counted by release, project and environment', async () => {
    const { fake, time, trigger } = await opened({ count: 'errors', project: 7, environment: 'production' })
    const at = time.now()
    const error = { release: 'shop@1.5.0', at, project: 7, environment: 'production' }
    fake.errors.push(error, error, error, { ...error, at: NOON }, { ...error, project: 8 }, { ...error, environment: 'staging' }, { ...error, release: 'shop@1.4.0' })
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^3 errors of shop@1\.5\.0 in Sentry/) })
    fake.tokens.set(TOKEN, ['event:read'])
    await expect(trigger.preflight()).rejects.toMatchObject({ fix: expect.stringContaining('`org:read`') })
  })

  test('feedback of users is counted apart from faults; a version is taken literally', async () => {
    const { fake, time, trigger } = await opened({ count: 'feedback', release: '{version}' })
    for (let count = 0; count < 3; count += 1) fake.issues.push({ release: String.raw`1.5 \"x\"`, firstSeen: time.now(), feedback: true })
    fake.issues.push({ release: String.raw`1.5 \"x\"`, firstSeen: time.now() })
    expect(await trigger.look({ ...suspect, version: '1.5 "x"' })).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^3 pieces of feedback/) })
  })

  test('a list is read page by page, no further than is needed', async () => {
    const { fake, time, trigger } = await opened()
    for (let count = 0; count < 250; count += 1) fake.issues.push({ release: 'shop@1.5.0', firstSeen: NOON - count })
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm' })
    expect(fake.asked).toHaveLength(3)
    for (let count = 0; count < 150; count += 1) fake.issues.push({ release: 'shop@1.5.0', firstSeen: time.now() })
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^100 new issues/) })
    expect(fake.asked).toHaveLength(4)
  })

  test('one that was asked too often is left alone until it listens again', async () => {
    const { fake, time, trigger } = await opened()
    fake.trouble({ status: 429, body: { detail: 'Too many' }, headers: { 'x-sentry-rate-limit-reset': String((time.now() + 90_000) / 1000) } })
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'no-data', detail: expect.stringContaining('429') })
    time.pass(89_000)
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'no-data', detail: expect.stringContaining('listens again') })
    expect(fake.asked).toHaveLength(1)
    time.pass(2000)
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm' })
  })

  test.each([
    ['an organization that is not there', { organization: 'other' }, undefined, /does not know the organization `other`/],
    ['a token that is not known', { token: 'planted-stranger' }, undefined, /does not accept the token/],
    ['a page of a proxy', {}, { status: 503, body: '<html>' }, /answered 503/],
    ['an answer of another form', {}, { status: 200, body: { data: [] } }, /should be a list/],
    ['a page of a proxy that says all is well', {}, { status: 200, body: '<html>' }, /JSON/],
  ])('%s is no data', async (_what, more, trouble, words) => {
    const { fake, trigger } = await opened(more)
    if (trouble !== undefined) fake.trouble(trouble)
    const finding = await trigger.look(suspect)
    expect(finding).toMatchObject({ kind: 'no-data', detail: expect.stringMatching(words) })
    expect(JSON.stringify(finding)).not.toContain('planted')
  })
})

describe('a counter', () => {
  const opened = async (address: string, more: Parameters<typeof byCounter>[2] = {}): Promise<{ readonly fake: Counter; readonly time: TurnedTime; readonly trigger: Trigger }> => {
    const [fake, time] = [await counter(), turnedTime()]
    closing.push(() => fake.close())
    time.pass(60_000)
    return { fake, time, trigger: await openComplaints(byCounter(fake, address, more), time.ambient) }
  }

  test('that starts again goes on counting from zero', async () => {
    const { fake, trigger } = await opened('/complaints')
    fake.value = 40
    await trigger.look(suspect)
    fake.value = 41
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm', detail: expect.stringMatching(/^1 complaint /) })
    fake.value = 2
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^3 complaints /) })
  })

  test('of one release counts from its own first reading: complaints of an earlier try are not of this one', async () => {
    const [fake, time] = [await startWeb(({ url }): Reply => ({ status: 200, body: url.searchParams.get('release') === '1.5.0' ? 40 : 0 })), turnedTime()]
    closing.push(() => fake.close())
    const trigger = await openComplaints({ moreThan: 2, source: { name: 'counter', url: `${fake.url}/count?release={version}`, json: '' } }, time.ambient)
    await trigger.preflight()
    time.pass(30_000)
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm', detail: expect.stringMatching(/^0 complaints/) })
  })

  test('that was first read after the release had users says so', async () => {
    const { fake, trigger } = await opened('/complaints')
    fake.value = 40
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm', detail: '0 complaints counted since 2026-11-22 12:01 UTC, when it was first read; the release has had traffic since 2026-11-22 12:00 UTC; 2 are borne' })
  })

  test.each([
    ['/plain', { json: '' }, 7, undefined],
    ['/complaints', { json: 'open.number' }, 7, /no `open\.number` in the JSON body.*`json`/s],
    ['/complaints', { json: 'open' }, 7, /`open` is no count: \{\\"count\\":7\}.*`json`/s],
    ['/complaints', {}, -1, /`open\.count` is no count: -1/],
  ])('at %s, %j', async (address, more, value, words) => {
    const { fake, trigger } = await opened(address, more)
    fake.value = value
    const fault = await trigger.preflight().then(() => '', (thrown: unknown) => JSON.stringify(thrown, Object.getOwnPropertyNames(thrown)))
    expect(fault).toMatch(words ?? /^$/)
  })

  test('answers nothing to another page', async () => {
    const { fake, trigger } = await opened('/complaints?since={since}')
    fake.trouble({ status: 502, body: '<html>' })
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'no-data', detail: expect.stringContaining('answered 502') })
    fake.trouble({ status: 200, body: '<html>' })
    expect(await trigger.look(suspect)).toMatchObject({ kind: 'no-data', detail: expect.stringContaining('not JSON') })
  })
})
