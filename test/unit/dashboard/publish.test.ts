import { appendFileSync, readdirSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { DashboardModel } from '../../../core/domain/dashboard/model.js'
import { FileError, RemoteError } from '../../../core/errors/families.js'
import type { Comparison, Repository } from '../../../core/ports/repository.js'
import { deliveryHistory } from '../../support/deliveries.mjs'
import { delivery, HOUR } from './lab.js'
import { PublishLab } from './publish-lab.js'

let lab: PublishLab
beforeEach(async () => {
  lab = await PublishLab.open()
})
afterEach(() => lab.close())

const now = Date.now()
const good = (id: string, version: string, previous?: string, environment = 'production'): ReturnType<typeof delivery> => delivery({
  id, version, ...(previous === undefined ? {} : { previous }), begunAt: now - HOUR, end: { at: now, ok: true, reason: 'promoted', live: version },
}, environment)
const modelIn = async (): Promise<DashboardModel> => {
  const page = await lab.read('site/index.html')
  return JSON.parse(page.slice(page.indexOf('id="model">') + 11, page.lastIndexOf('</script>'))) as DashboardModel
}
const files = (): readonly string[] => readdirSync(path.join(lab.work, 'site')).toSorted()

test('publishes what the ledger on this disk has, with full records', async () => {
  await lab.deliver(good('a', '1', undefined, 'staging'))
  await lab.deliver(good('b', '1'))
  const last = await lab.deliver(good('c', '2', '1'))
  const outcome = await lab.publish()
  expect(outcome).toMatchObject({ ok: true, reason: 'published', outputs: { folder: `${lab.work}/site`, page: `${lab.work}/site/index.html`, environments: '2', deliveries: '3', gaps: '0' } })
  expect(JSON.parse(outcome.outputs.live)).toEqual({ staging: '1', production: '2' })
  expect(files()).toEqual(['badge-production.svg', 'badge-staging.svg', 'deliveries.csv', 'deliveries.json', 'feed.atom', 'index.html', 'metrics.prom'])
  const model = await modelIn()
  expect(model.environments.map(({ name, live, production }) => [name, live?.version, production])).toEqual([['staging', '1', false], ['production', '2', true]])
  expect(model.figures.deliveries).toBe(2)
  expect(model.details[last.id]).toMatchObject({ steps: [{ name: 'launch', startedAt: 1, ms: 2 }], record: { link: `.ecluse/records/production/${last.id}.json` } })
  expect(JSON.stringify(outcome.summary)).toContain('What is live')
})

test('a second time replaces the first, and leaves what is not ours', async () => {
  await lab.deliver(good('a', '1'))
  await lab.publish()
  writeFileSync(path.join(lab.work, 'site', 'CNAME'), 'shop.example')
  await lab.deliver(good('b', '2', '1'))
  expect(await lab.publish()).toMatchObject({ outputs: { deliveries: '2' } })
  expect((await modelIn()).environments[1]?.live?.version).toBe('2')
  expect(files()).toContain('CNAME')
})

test('nothing on record is no green', async () => {
  const outcome = await lab.publish()
  expect(outcome).toMatchObject({ ok: false, reason: 'nothing-recorded', outputs: { deliveries: '0', live: '{}' } })
  expect((await modelIn()).figures.successRate).toBeNull()
  expect(await lab.publish({ 'allow-gaps': true })).toMatchObject({ ok: true, reason: 'nothing-recorded' })
})

test('an environment that can not be read is a gap in the page, and the step fails', async () => {
  await lab.deliver(good('a', '1'))
  await lab.deliver(good('b', '1', undefined, 'staging'))
  appendFileSync(path.join(lab.work, '.ecluse/ledger/staging.jsonl'), '\n{"v":1,"id":"x","type":"take"}\t\n')
  const outcome = await lab.publish()
  expect(outcome).toMatchObject({ ok: false, reason: 'partly-read', outputs: { environments: '1', gaps: '1' } })
  const model = await modelIn()
  expect(model.environments.map(({ name }) => name)).toEqual(['production'])
  expect(model.gaps).toEqual([expect.stringMatching(/^The record of `staging` could not be read: Could not read the ledger at/)])
  expect(await lab.publish({ 'allow-gaps': true })).toMatchObject({ ok: true, reason: 'partly-read' })
})

test('no environment could be read: nothing is written, whatever is allowed', async () => {
  await lab.deliver(good('a', '1'))
  const ledger = (): Promise<never> => Promise.reject(new RemoteError('github-failed', { service: 'GitHub', operation: 'list', message: 'GitHub failed with hunter2.' }))
  expect(await lab.publish({ 'allow-gaps': true }, { ledger })).toMatchObject({ ok: false, reason: 'not-read', outputs: { folder: '', page: '', live: '{}' } })
  expect(readdirSync(lab.work)).not.toContain('site')
})

test('a full record that was changed, that is another or that is cut is left out and told', async () => {
  const [a, b, c] = [await lab.deliver(good('a', '1')), await lab.deliver(good('b', '2', '1')), await lab.deliver(good('c', '3', '2'))]
  const file = (id: string): string => path.join(lab.work, '.ecluse/records/production', `${id}.json`)
  writeFileSync(file(a.id), (await lab.read(`.ecluse/records/production/${a.id}.json`)).replace('launch', 'LAUNCH'))
  writeFileSync(file(b.id), await lab.read(`.ecluse/records/production/${c.id}.json`))
  writeFileSync(file(c.id), (await lab.read(`.ecluse/records/production/${c.id}.json`)).slice(0, 99))
  const outcome = await lab.publish()
  expect(outcome.reason).toBe('partly-read')
  const { gaps, details } = await modelIn()
  expect(gaps).toHaveLength(3)
  expect(gaps.every((gap) => gap.includes('its SHA-256 is not the one that the ledger has'))).toBe(true)
  // What the ledger itself has is still there.
  expect(details[a.id]).toMatchObject({ message: 'a ended.', steps: [] })
})

test('a record that the ledger gives no hash of is read when it is what its name says', async () => {
  const a = await lab.deliver(good('a', '1'), { documented: false })
  const other = deliveryHistory({ deliveries: 30 }).documents.find(({ delivery: { environment } }) => environment === 'production')!
  await lab.records().put({ ...other, delivery: { ...other.delivery, id: a.id } })
  // Nobody delivered this one here.
  await lab.records().put(other)
  expect(await lab.publish()).toMatchObject({ ok: true, outputs: { deliveries: '1' } })
  expect((await modelIn()).details[a.id]?.steps.length).toBeGreaterThan(1)
})

test('full records that can not be looked at are a gap; the ledger is shown', async () => {
  await lab.deliver(good('a', '1'))
  const records = (): Promise<never> => Promise.reject(new FileError('file-refused', { message: 'Could not list `records`: it holds hunter2.', path: 'records' }))
  expect(await lab.publish({}, { records })).toMatchObject({ reason: 'partly-read', outputs: { deliveries: '1' } })
  const page = await lab.read('site/index.html')
  expect(page).toContain('Full records of `production` could not be read')
  expect(page).not.toContain('hunter2')
})

test('of more deliveries than asked for the newest are shown, and that is told', async () => {
  for (const version of ['1', '2', '3']) await lab.deliver(good(version, version))
  await lab.publish({ deliveries: 2, details: 1 })
  const model = await modelIn()
  expect(model.deliveries.map(({ version }) => version)).toEqual(['3', '2'])
  expect(Object.keys(model.details)).toHaveLength(1)
  expect(model.definitions.find(({ term }) => term === 'Span')?.meaning).toContain('Older deliveries of production are on record and were not read.')
})

test('release notes, each comparison once, and lead times from the commits', async () => {
  await lab.deliver(good('a', '1', undefined, 'staging'))
  await lab.deliver(good('b', '2', '1', 'staging'))
  const last = await lab.deliver(good('c', '2', '1'))
  const compared: string[] = []
  const repository = { ...nothingKnown, compare: (base: string, head: string) => {
    compared.push(`${base}...${head}`)
    return Promise.resolve(comparison(base, head))
  } }
  expect(await lab.publish({}, { repository })).toMatchObject({ ok: true })
  // Once for the notes of both, once for the times of all that was delivered.
  expect(compared).toEqual(['c-1...c-2', 'c-1...c-2'])
  const model = await modelIn()
  expect(model.details[last.id]?.notes).toMatchObject({ compareUrl: 'https://github.com/acme/shop/compare/c-1...c-2', total: 1, migrations: ['migrations/1.sql'], backwards: false })
  expect(Math.round(model.figures.dora.leadTime! / HOUR)).toBe(2)
})

test('a commit without a time tells no lead time, not one since 1970', async () => {
  await lab.deliver(good('c', '2', '1'))
  const repository = { ...nothingKnown, compare: (base: string, head: string) => {
    const found = comparison(base, head)
    return Promise.resolve({ ...found, commits: found.commits.map((commit) => ({ ...commit, at: 0 })) })
  } }
  await lab.publish({}, { repository })
  expect((await modelIn()).figures.dora.leadTime).toBeLessThan(366 * 24 * HOUR)
})

test('a repository that can not be asked is a gap', async () => {
  await lab.deliver(good('a', '2', '1'))
  const repository = { ...nothingKnown, compare: (): Promise<never> => Promise.reject(new RemoteError('github-failed', { service: 'GitHub', operation: 'compare', message: 'GitHub answered 502.' })) }
  expect(await lab.publish({}, { repository })).toMatchObject({ ok: false, reason: 'partly-read', outputs: { deliveries: '1' } })
  expect(await lab.publish({ notes: 0 }, { repository })).toMatchObject({ ok: true })
})

test('a rollback tells what is taken back', async () => {
  const back = { ...good('a', '1', '2'), intent: { ...good('a', '1', '2').intent, kind: 'rollback' as const } }
  const last = await lab.deliver(back)
  await lab.publish({}, { repository: { ...nothingKnown, compare: (base: string, head: string) => Promise.resolve(comparison(base, head)) } })
  expect((await modelIn()).details[last.id]?.notes).toMatchObject({ compareUrl: 'https://github.com/acme/shop/compare/c-1...c-2', backwards: true })
})

test('a full disk, or a page that is not as it was built, leaves what was there', async () => {
  await lab.deliver(good('a', '1'))
  await lab.publish()
  const before = await lab.read('site/index.html')
  await lab.deliver(good('b', '2', '1'))
  const { files: disk } = lab.ambient
  const full = { ...lab.ambient, files: { ...disk, write: (file: string, content: string | Uint8Array) => (file.endsWith('feed.atom') ? Promise.reject(new FileError('disk-full', { message: 'no room', path: file })) : disk.write(file, content)) } }
  Object.assign(lab, { ambient: full })
  await expect(lab.publish()).rejects.toMatchObject({ code: 'disk-full' })
  expect(await lab.read('site/index.html')).toBe(before)
  expect(await lab.read('site/deliveries.csv')).not.toContain('production,promote,2')
  expect(files()).not.toContain('.publishing')
  Object.assign(lab, { ambient: { ...full, files: disk } })
  await disk.write(`${lab.work}/dist/page/index.html`, '<p></p>')
  await expect(lab.publish()).rejects.toMatchObject({ code: 'page-broken' })
  expect(await lab.read('site/index.html')).toBe(before)
})

test('what a killed run left half-way is cleared away', async () => {
  await lab.deliver(good('a', '1'))
  await mkdir(path.join(lab.work, 'site/.publishing'), { recursive: true })
  writeFileSync(path.join(lab.work, 'site/.publishing/index.html'), 'half')
  await lab.publish()
  expect(files()).not.toContain('.publishing')
})

test('cancelled, it says so instead of calling it a gap', async () => {
  await lab.deliver(good('a', '1'))
  const ledger = (): Promise<never> => {
    lab.controller.abort(new Error('cancelled'))
    return Promise.reject(new Error('aborted'))
  }
  await expect(lab.publish({}, { ledger })).rejects.toThrow('aborted')
})

test('names that are no environment are refused, all at once', () => {
  expect(() => lab.publish({ environments: 'staging, prod', production: 'production' })).toThrow(expect.objectContaining({
    problems: [expect.objectContaining({ message: expect.stringContaining('`environments` names "prod"') }), expect.objectContaining({ message: expect.stringContaining('`production` names "production"') })],
  }))
})

test.each([
  [['staging', 'production'], undefined, ['production']],
  [['prod-eu', 'staging', 'prod-us'], undefined, ['prod-eu', 'prod-us']],
  [['test', 'live'], undefined, ['live']],
  [['test', 'live'], 'test', ['test']],
])('of %j with production %j, %j count', async (names, production, counted) => {
  for (const name of names) await lab.deliver(good('a', '1', undefined, name))
  await lab.publish(production === undefined ? {} : { production }, {}, names)
  expect((await modelIn()).environments.filter((panel) => panel.production === true).map(({ name }) => name)).toEqual(counted)
})

function comparison(base: string, head: string): Comparison {
  return {
    url: `https://github.com/acme/shop/compare/${base}...${head}`, relation: 'ahead', total: 1, filesCut: false,
    commits: [{ sha: head, title: 'More', author: 'ada', at: now - 2 * HOUR, url: 'https://github.com/acme/shop/commit/2' }], files: [{ path: 'migrations/1.sql', change: 'added' }],
  }
}

const nothingKnown: Repository = {
  compare: () => Promise.resolve(undefined), pullRequests: () => Promise.resolve([]), approvals: () => Promise.resolve([]), status: () => Promise.resolve(undefined),
  setStatus: () => Promise.resolve(), waiting: () => Promise.resolve(undefined),
}
