import { describe, expect, test } from '@jest/globals'
import type { IssueOptions } from '../../../core/domain/channels.js'
import { markOf } from '../../../core/drivers/notifiers/github-issue/body.js'
import { issueNotifier } from '../../../core/drivers/notifiers/github-issue/index.js'
import { openGitHub } from '../../../core/drivers/registry.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Notifier } from '../../../core/ports/notifier.js'
import { FakeTime } from '../../support/fakes/time.js'
import { unusedPort } from '../../support/local-lab.js'
import { startGitHub, type FakeGitHub, type Issue } from '../../support/services/github/github.mjs'
import { serveIll, type Loopback } from '../../support/services/loopback.js'
import { listening, noticeOf, notifierContract, type NotifierLab } from './suite.js'

const TOKEN = 'ghs_plantedToken4711'
const options: IssueOptions = { name: 'github-issue', labels: ['incident'], assignees: ['octocat'] }

/** As its page shows it. */
const read = (markdown: string): string =>
  markdown.replaceAll(/(?<!\\)<!--.*?-->/g, '').replaceAll('&#8203;', '').replaceAll('&amp;', '&').replaceAll(/\\([\\`*_{}[\]<>|~])/g, '$1')
const shown = ({ title, body }: Issue): string => `${title}\n${read(body)}`

interface Place extends NotifierLab {
  readonly fake: FakeGitHub
  at(ambient: Ambient, token?: string): Promise<Notifier>
}

async function place(): Promise<Place> {
  const clock = new FakeTime()
  const fake = await startGitHub({ now: () => clock.now() })
  fake.tokens.set(TOKEN, { permissions: { issues: 'write' } })
  const ill: Loopback[] = []
  const open = async (url: string, ambient: Ambient, limitMs = 30_000, token = TOKEN): Promise<Notifier> =>
    issueNotifier(options, await openGitHub({ ...ambient, clock, github: { api: url, server: url, repository: 'acme/shop', token, hosted: false } }), limitMs)
  const opened = (): readonly Issue[] => fake.state.all('issues').filter(({ state }) => state === 'open')
  return {
    fake,
    at: (ambient, token) => open(fake.url, ambient, 30_000, token),
    secrets: [TOKEN],
    troubleOnly: true,
    vague: true,
    open: (ambient) => open(fake.url, ambient),
    seen: async () => opened().map(shown),
    details: async () => fake.state.all('comments').filter(({ issue }) => opened().some(({ id }) => id === issue)).map(({ body }) => read(body)),
    // In what is rendered, neither code nor a mark: a name after `@`, a number after `#`.
    called: async () => fake.state.all('issues').flatMap(({ body }) => [...body.replaceAll('&#8203;', '\u200b').matchAll(/[@#]\w+/g)].map(([found]) => found)),
    acknowledge: async () => {
      fake.addUser('night-owl', 'write')
      fake.state.put('comments', { id: fake.state.nextId(), issue: opened()[0]!.id, body: 'I am on it', user: 'night-owl', createdAt: clock.now(), updatedAt: clock.now() })
      return 'night-owl'
    },
    async failing(failure, ambient) {
      if (failure === 'down') return open(`http://127.0.0.1:${await unusedPort()}`, ambient)
      const server = await serveIll(failure)
      ill.push(server)
      return open(server.url, ambient, failure === 'slow' ? 150 : 30_000)
    },
    async clear() {
      for (const { id } of fake.state.all('issues')) fake.state.remove('issues', id)
    },
    async close() {
      await Promise.all([fake.close(), ...ill.map((server) => server.stop())])
      if (fake.faults.length > 0) throw new Error(fake.faults.join('\n'))
    },
  }
}

notifierContract('github-issue', place)

describe('an issue', () => {
  const inRepository = async (work: (here: Place, notifier: Notifier) => Promise<void>): Promise<void> => {
    const here = await place()
    await work(here, await here.at(listening().ambient))
    await here.close()
  }
  const issues = ({ fake }: Place): readonly Issue[] => fake.state.all('issues')

  test('is labelled, given to somebody, and found again by its mark, whatever its title', () => inRepository(async (here, notifier) => {
    const first = await notifier.post(noticeOf({ title: 'It failed' }))
    expect(issues(here)).toMatchObject([{ title: '[production] It failed', labels: ['incident'], assignees: ['octocat'], user: 'github-actions[bot]' }])
    const again = await notifier.post(noticeOf({ title: 'It still fails' }))
    expect([again, issues(here).map(({ title }) => title)]).toEqual([first, ['[production] It still fails']])
    await notifier.post(noticeOf({ key: 'another' }))
    await notifier.post(noticeOf({ app: 'mail' }))
    expect(issues(here)).toHaveLength(3)
  }))

  test('of a stranger that has our mark in it is not taken for ours', () => inRepository(async (here, notifier) => {
    here.fake.addIssue({ title: 'mine', body: markOf(noticeOf()), user: 'stranger' })
    await notifier.post(noticeOf())
    expect(issues(here).map(({ user }) => user)).toEqual(['stranger', 'github-actions[bot]'])
    expect(issues(here)[0]).toMatchObject({ title: 'mine' })
  }))

  test('is closed with a word, and stays closed by whoever closed it', () => inRepository(async (here, notifier) => {
    const thread = await notifier.post(noticeOf())
    await notifier.close(thread, noticeOf({ state: 'succeeded', severity: 'info', title: 'Well again' }))
    expect(issues(here)).toMatchObject([{ state: 'closed', title: '[production] Well again' }])
    expect(here.fake.state.all('comments').map(({ body }) => read(body))).toEqual([expect.stringContaining('Well again')])
    await notifier.update(thread, noticeOf({ title: 'once more' }))
    expect(issues(here)).toMatchObject([{ state: 'closed' }])
  }))

  test('that was deleted is opened anew', () => inRepository(async (here, notifier) => {
    const thread = await notifier.post(noticeOf())
    await here.clear()
    const next = await notifier.update(thread, noticeOf({ title: 'once more' }))
    expect([next['issue'] === thread['issue'], issues(here).map(({ title }) => title)]).toEqual([false, ['[production] once more']])
    await here.clear()
    await notifier.reply(next, noticeOf())
    await notifier.close(next, noticeOf({ state: 'succeeded' }))
    expect(await notifier.acknowledged(next)).toBeUndefined()
  }))

  test.each([
    ['a comment of a stranger', (fake: FakeGitHub, issue: Issue) => comment(fake, issue, 'stranger'), undefined],
    ['a comment of a program', (fake: FakeGitHub, issue: Issue) => comment(fake, issue, 'dependabot[bot]'), undefined],
    ['a comment of one who belongs to it', (fake: FakeGitHub, issue: Issue) => comment(fake, issue, 'octo-admin'), 'octo-admin'],
    ['whom it was given to at the start', () => undefined, undefined],
    ['somebody who takes it', (fake: FakeGitHub, issue: Issue) => fake.state.put('issues', { ...issue, assignees: ['octocat', 'night-owl'] }), 'night-owl'],
    ['somebody who closes it', (fake: FakeGitHub, issue: Issue) => fake.state.put('issues', { ...issue, state: 'closed', closedBy: 'night-owl' }), 'night-owl'],
    ['a program that closes it', (fake: FakeGitHub, issue: Issue) => fake.state.put('issues', { ...issue, state: 'closed', closedBy: 'stale[bot]' }), undefined],
  ])('%s', (_what, happen, by) => inRepository(async (here, notifier) => {
    const thread = await notifier.post(noticeOf())
    happen(here.fake, issues(here)[0]!)
    expect((await notifier.acknowledged(thread))?.by).toBe(by)
  }))

  test('our own details are no sign, also with the token of a person', () => inRepository(async (here) => {
    here.fake.tokens.set('ghp_person', { permissions: 'all', login: 'octo-admin' })
    const notifier = await here.at(listening().ambient, 'ghp_person')
    const thread = await notifier.post(noticeOf())
    await notifier.reply(thread, noticeOf({ title: 'detail' }))
    expect(here.fake.state.all('comments')).toMatchObject([{ user: 'octo-admin' }])
    expect(await notifier.acknowledged(thread)).toBeUndefined()
  }))

  test('a token without the permission is told which', () => inRepository(async (here) => {
    here.fake.tokens.set('ghs_reads', { permissions: { issues: 'read' } })
    const notifier = await here.at(listening().ambient, 'ghs_reads')
    await expect(notifier.post(noticeOf())).rejects.toMatchObject({ code: 'channel-refused', message: expect.stringMatching(/open an issue for `delivery-4711`.*`issues: write`/) })
  }))
})

function comment(fake: FakeGitHub, { id: issue }: Issue, user: string): void {
  fake.state.put('comments', { id: fake.state.nextId(), issue, body: 'I am on it', user, createdAt: 0, updatedAt: 0 })
}
