import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openRepository } from '../../../core/drivers/registry.js'
import type { Repository } from '../../../core/ports/repository.js'
import { FakeTime } from '../../support/fakes/time.js'
import { githubAmbient } from '../../support/github-ambient.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

let fake: FakeGitHub
let clock: FakeTime
let repository: Repository

const opened = (permissions?: Readonly<Record<string, 'read' | 'write'>>): Promise<Repository> => {
  if (permissions !== undefined) fake.tokens.set('ghs_narrow', { permissions })
  return openRepository(githubAmbient({ url: fake.url, clock, ...(permissions === undefined ? {} : { token: 'ghs_narrow' }) }))
}
const asked = (): readonly string[] => fake.calls.map(({ method, route }) => `${method} ${route.replace('/repos/{owner}/{repo}/', '')}`)

beforeEach(async () => {
  clock = new FakeTime()
  fake = await startGitHub({ now: () => clock.now() })
  repository = await opened()
})
afterEach(async () => {
  const { faults } = fake
  await fake.close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

describe('two commits compared', () => {
  test('tell their commits, oldest first, and the changed files', async () => {
    const base = fake.head()
    const made = fake.addCommits([
      { message: 'Add a price\n\nIn cents.', author: 'ada', files: { 'src/price.ts': '1', 'db/migrate/1.rb': 'x' } }, { message: 'Change it', files: { 'src/price.ts': '2' } },
    ])
    const found = await repository.compare(base, made[1]!)
    expect(found).toMatchObject({ relation: 'ahead', total: 2, filesCut: false, commits: [{ sha: made[0], title: 'Add a price' }, { sha: made[1], title: 'Change it' }] })
    expect(found!.files.map(({ path, change }) => `${change} ${path}`).toSorted()).toEqual(['added db/migrate/1.rb', 'added src/price.ts'])
    expect(found!.url).toContain(`/compare/${base}...${made[1]}`)
    expect(found!.commits[0]!.url).toMatch(new RegExp(`/commit/${made[0]}$`))
    expect(fake.calls).toHaveLength(1)
  })

  test('say when the head is older, the same, or went another way', async () => {
    const base = fake.head()
    const [later] = fake.addCommits(1)
    expect(await repository.compare(later!, base)).toMatchObject({ relation: 'behind', commits: [] })
    expect(await repository.compare(base, base)).toMatchObject({ relation: 'identical', total: 0 })
  })

  test('of more than a page are read to a bound, and counted whole', async () => {
    const base = fake.head()
    const made = fake.addCommits(260)
    const found = await repository.compare(base, made.at(-1)!)
    expect([found?.total, found?.commits.length]).toEqual([260, 260])
    expect(found!.commits.map(({ sha }) => sha)).toEqual(made)
    expect(fake.calls).toHaveLength(3)
    fake.forget()
    const more = fake.addCommits(300)
    const whole = await repository.compare(base, more.at(-1)!)
    expect([whole?.total, whole?.commits.length, fake.calls.length]).toEqual([560, 500, 5])
  })

  test('are nothing when one of them is not there', async () => {
    expect(await repository.compare(fake.head(), 'f'.repeat(40))).toBeUndefined()
    expect(await repository.compare('', fake.head())).toBeUndefined()
  })
})

describe('pull requests', () => {
  test('are those that titles of merged ones name, then those of other commits', async () => {
    const base = fake.head()
    const [first, second, third] = fake.addCommits([{ message: 'Add a price (#1)' }, { message: 'Merge pull request #2 from acme/tax\n\nAdd tax' }, { message: 'Round it' }])
    expect([fake.addPull({ title: 'Add a price', user: 'bob', labels: ['shop'], commits: [first!] }), fake.addPull({ title: 'Add tax', commits: [second!] }), fake.addPull({ title: 'Round the sum', commits: [third!] })]).toEqual([1, 2, 3])
    const { commits } = (await repository.compare(base, third!))!
    fake.forget()
    const found = await repository.pullRequests(commits, 5)
    expect(found.map(({ number, title }) => `#${number} ${title}`)).toEqual(['#2 Add tax', '#1 Add a price', '#3 Round the sum'])
    expect(found[1]).toMatchObject({ author: 'bob', labels: ['shop'], url: expect.stringMatching(/\/pull\/1$/) })
    expect(asked()).toEqual(['GET pulls/{pull_number}', 'GET pulls/{pull_number}', 'GET commits/{commit_sha}/pulls'])
  })

  test('that a title names and that were never merged have brought nothing', async () => {
    const base = fake.head()
    const [made] = fake.addCommits([{ message: 'Change the price (#1)' }])
    fake.addPull({ title: 'Fix a typo', user: 'bob', commits: [made!], merged: false })
    const { commits } = (await repository.compare(base, made!))!
    expect(await repository.pullRequests(commits, 5)).toEqual([])
  })

  test('of which no more may be asked are what their title tells', async () => {
    const base = fake.head()
    const made = fake.addCommits([{ message: 'Add a price (#1)', author: 'ada' }, { message: 'Merge pull request #2 from acme/tax' }, { message: 'Plain' }])
    const { commits } = (await repository.compare(base, made[2]!))!
    fake.forget()
    expect(await repository.pullRequests(commits, 0)).toEqual([
      { number: 2, title: 'Merge pull request #2 from acme/tax', author: expect.any(String), labels: [], url: expect.stringMatching(/\/pull\/2$/) },
      { number: 1, title: 'Add a price', author: expect.any(String), labels: [], url: expect.stringMatching(/\/pull\/1$/) },
    ])
    expect(fake.calls).toEqual([])
  })

  test('that the token may not read cost one call, and are what their titles tell', async () => {
    const base = fake.head()
    const made = fake.addCommits([{ message: 'Add a price (#1)' }, { message: 'Add tax (#2)' }, { message: 'Plain' }])
    fake.addPull({ title: 'Other words', commits: [made[0]!] })
    const narrow = await opened({ contents: 'read' })
    const { commits } = (await narrow.compare(base, made[2]!))!
    fake.forget()
    expect((await narrow.pullRequests(commits, 5)).map(({ title }) => title)).toEqual(['Add tax', 'Add a price'])
    expect(fake.calls).toHaveLength(1)
  })

  test('are not issues that somebody named in a title', async () => {
    const base = fake.head()
    const number = fake.addIssue({ title: 'It is slow' })
    const made = fake.addCommits([{ message: `Make it fast (#${number})` }])
    const { commits } = (await repository.compare(base, made[0]!))!
    expect(await repository.pullRequests(commits, 5)).toEqual([])
  })
})

describe('approvals of a run', () => {
  test('tell who, what and where', async () => {
    fake.addUser('bob')
    fake.addEnvironment({ name: 'production', reviewers: [{ type: 'User', id: fake.addUser('bob') }] })
    const { id } = fake.addRun({ actor: 'ada' })
    expect(await repository.approvals(String(id))).toEqual([])
    fake.waitFor(id, 'production')
    fake.review(id, 'production', 'bob', 'approved', 'looks good')
    expect(await repository.approvals(String(id))).toEqual([{ by: 'bob', state: 'approved', comment: 'looks good', environments: ['production'] }])
  })

  test('are nothing that is known without the permission', async () => {
    const { id } = fake.addRun()
    expect(await (await opened({ contents: 'read' })).approvals(String(id))).toBeUndefined()
  })
})

describe('a status of a commit', () => {
  test('is the newest of its context', async () => {
    const sha = fake.head()
    expect(await repository.status(sha, 'ecluse/quality')).toBeUndefined()
    await repository.setStatus(sha, { context: 'ecluse/quality', state: 'pending', description: 'at it' })
    await clock.sleep(1000)
    await repository.setStatus(sha, { context: 'ecluse/quality', state: 'success', description: 'ä'.repeat(200), url: 'https://shop.example/run' })
    await repository.setStatus(sha, { context: 'other', state: 'failure', description: '' })
    expect(await repository.status(sha, 'ecluse/quality')).toEqual({ context: 'ecluse/quality', state: 'success', description: `${'ä'.repeat(139)}…`, url: 'https://shop.example/run', at: clock.now() })
    expect(await repository.status('f'.repeat(40), 'ecluse/quality')).toBeUndefined()
  })

  test('that may not be set names the permission', async () => {
    await expect(repository.setStatus('f'.repeat(40), { context: 'a', state: 'success', description: '' })).rejects.toMatchObject({ code: 'github-refused', fix: expect.stringContaining('Push the commit first') })
    const narrow = await opened({ contents: 'read', statuses: 'read' })
    await expect(narrow.setStatus(fake.head(), { context: 'a', state: 'success', description: '' })).rejects.toMatchObject({ code: 'github-permission', message: expect.stringContaining('statuses: write') })
  })
})

describe('the queue of an environment', () => {
  test('holds who waits for an approval, for their turn, or is at work, oldest first', async () => {
    fake.addEnvironment({ name: 'production', reviewers: [{ type: 'User', id: fake.addUser('bob') }] })
    fake.addEnvironment({ name: 'staging', reviewers: [{ type: 'User', id: fake.addUser('bob') }] })
    const at = clock.now()
    const run = (ago: number, actor: string): number => fake.addRun({ actor, workflow: 'deliver', at: at - ago }).id
    const [working, approving, elsewhere, turn, done, own] = [run(5000, 'ada'), run(4000, 'bob'), run(3000, 'cy'), run(2000, 'dee'), run(1000, 'eve'), run(0, 'fay')]
    fake.addJob({ run: working, name: 'deliver / production', status: 'in_progress' })
    fake.addJob({ run: turn, name: 'deliver / production', status: 'queued' })
    fake.addJob({ run: turn, name: 'deliver / staging', status: 'completed', conclusion: 'success' })
    fake.waitFor(approving, 'production')
    fake.waitFor(elsewhere, 'staging')
    fake.endRun(done)
    const found = await repository.waiting('production', String(own))
    expect(found?.runs.map(({ id, actor, state }) => [Number(id), actor, state])).toEqual([[working, 'ada', 'working'], [approving, 'bob', 'approval'], [turn, 'dee', 'turn']])
    expect(found).toMatchObject({ unasked: 0, runs: [{ createdAt: at - 5000, url: expect.stringContaining(String(working)) }, {}, {}] })
    expect(fake.calls.length).toBeLessThanOrEqual(6)
  })

  test('of very many is cut, and says so', async () => {
    for (let index = 0; index < 20; index += 1) fake.addRun({ at: clock.now() - index * 1000 })
    expect(await repository.waiting('production', '0')).toEqual({ runs: [], unasked: 12 })
    expect(fake.calls).toHaveLength(9)
  })

  test('in which somebody has waited for weeks is found behind a hundred newer runs', async () => {
    fake.addEnvironment({ name: 'production', reviewers: [{ type: 'User', id: fake.addUser('bob') }] })
    const { id } = fake.addRun({ actor: 'ada', at: clock.now() - 1_000_000 })
    fake.waitFor(id, 'production')
    for (let index = 0; index < 101; index += 1) fake.addRun({ status: 'completed', conclusion: 'success' })
    expect((await repository.waiting('production', '0'))?.runs).toMatchObject([{ id: String(id), state: 'approval' }])
    expect(fake.calls).toHaveLength(3)
  })

  test('is unknown without the permission', async () => {
    expect(await (await opened({ contents: 'read' })).waiting('production', '1')).toBeUndefined()
  })
})
