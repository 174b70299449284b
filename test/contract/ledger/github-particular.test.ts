import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { DeliveryEvent, RunInfo } from '../../../core/domain/history.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import type { Lease, Ledger } from '../../../core/ports/ledger.js'
import { plainGitHub } from '../../support/plain-github.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { aRelease, aResult, anIntent } from './intents.js'
import { World, aRun } from './surroundings.js'

const PLACE = 'production'

let github: FakeGitHub
let world: World
const client = (run: RunInfo, token = 'ghs_fake'): Ledger => githubLedger(plainGitHub({ url: github.url, token }), world.waiting(run, github))
const take = async (ledger: Ledger, preempt = false): Promise<Lease> => {
  const answer = await ledger.take(PLACE, { preempt })
  if (answer.kind !== 'taken') throw new Error(`held by ${answer.by.run.id}`)
  return answer.lease
}
const delivered = async (ledger: Ledger, run: RunInfo, version: string, parts: Parameters<typeof aResult>[1] = {}): Promise<string> => {
  const lease = await take(ledger)
  const { id } = await ledger.begin(lease, anIntent(run, version))
  await ledger.finish(lease, id, aResult(world.time, { live: aRelease(version), ...parts }))
  await ledger.release(lease)
  return id
}
const stateOf = (id: number | string): string | undefined => github.statusesOf(Number(id)).at(-1)?.state
const actives = (): readonly string[] => github.state.all('deployments').filter(({ id }) => stateOf(id) === 'success').map(({ id }) => String(id))
const shift = (at: number, weight: number): DeliveryEvent => ({ type: 'doing', at, verb: 'shift', weight })

beforeEach(async () => {
  world = new World()
  github = await startGitHub({ now: () => world.time, limit: 100_000 })
  github.addCommits(3)
})
afterEach(async () => {
  const faults = [...github.faults]
  await github.close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

describe('a deployment on GitHub', () => {
  it('is one for each delivery, with its stages as statuses, and the last good one alone is active', async () => {
    const run = aRun('7', 'here', 101)
    const ledger = client(run)
    const ids = []
    for (const version of ['1', '2', '3']) ids.push(await delivered(ledger, run, version))
    expect(github.state.all('deployments').map(({ id }) => String(id))).toEqual(ids)
    expect(actives()).toEqual([ids[2]])
    expect(ids.map(stateOf)).toEqual(['inactive', 'inactive', 'success'])
    await delivered(ledger, run, '4', { ok: false, reason: 'failed', live: aRelease('3'), bad: aRelease('4') })
    expect(actives()).toEqual([ids[2]])
  })

  it('holds the commit of the release where the repository has it, and else that of the run', async () => {
    const run = aRun('7', 'here', 101)
    const ledger = client(run)
    const [, commit = ''] = github.addCommits(2)
    for (const [version, sha] of [['1', commit], ['2', 'f'.repeat(40)]] as const) {
      const lease = await take(ledger)
      const { id } = await ledger.begin(lease, { ...anIntent(run, version), release: { ...aRelease(version), commit: sha } })
      await ledger.finish(lease, id, aResult(world.time))
      await ledger.release(lease)
      expect(github.state.get('deployments', Number(id))?.sha).toBe(version === '1' ? commit : github.head())
    }
  })

  it('gets at most 20 statuses, and those that healing goes by among them', async () => {
    const run = aRun('7', 'here', 101)
    const ledger = client(run)
    const lease = await take(ledger)
    const { id } = await ledger.begin(lease, anIntent(run, '5'))
    for (let weight = 1; weight <= 50; weight += 1) {
      await ledger.advance(lease, id, shift(weight, weight))
      await ledger.advance(lease, id, { type: 'verdict', at: weight, weight, decision: 'CONTINUE', lean: 'ok', requests: 1, errors: 0, detail: '' })
    }
    await ledger.advance(lease, id, { type: 'verdict', at: 60, weight: 50, decision: 'FAIL', lean: 'bad', requests: 9, errors: 9, detail: 'errors' })
    await ledger.advance(lease, id, { type: 'doing', at: 61, verb: 'restore', detail: 'failed' })
    await ledger.finish(lease, id, aResult(62, { ok: false, reason: 'failed', live: aRelease('77'), bad: aRelease('5') }))
    expect(github.statusesOf(Number(id)).length).toBeLessThanOrEqual(20)
    const [record] = (await client(run).history(PLACE)).deliveries
    expect(record?.events.slice(-2)).toMatchObject([{ type: 'verdict', decision: 'FAIL' }, { verb: 'restore' }])
    expect(record?.result).toMatchObject({ reason: 'failed', live: aRelease('77'), bad: aRelease('5') })
  })

  it('that GitHub made for the job is adopted: no second one', async () => {
    const run = { ...aRun('7', 'here', 101) }
    github.addRun({ id: 7 })
    const job = github.addJob({ run: 7, name: 'production' })
    const theirs = github.jobDeployment({ run: 7, job: job.id, environment: PLACE })
    const ledger = client(run)
    const adopted = await delivered(ledger, run, '1')
    expect(adopted).toBe(String(theirs.id))
    const { deliveries } = await client(aRun('8', 'there', 102)).history(PLACE)
    expect(deliveries).toMatchObject([{ id: adopted, intent: { release: { version: '1' } }, result: { reason: 'deployed' } }])
    github.endJob(job.id)
    expect((await client(run).history(PLACE)).deliveries).toEqual(deliveries)
    expect(github.state.all('deployments').filter(({ id }) => stateOf(id) !== 'inactive')).toHaveLength(1)
  })

  it('of somebody else is left alone', async () => {
    github.addDeployment({ environment: PLACE, task: 'ecluse:delivery', payload: { by: 'hand' } })
    const run = aRun('7', 'here', 101)
    const id = await delivered(client(run), run, '1')
    expect((await client(run).history(PLACE)).deliveries.map((one) => one.id)).toEqual([id])
  })

  it('of a newer version of Ecluse is refused by name, and nothing is written', async () => {
    const made = github.addDeployment({ environment: PLACE, task: 'ecluse:delivery', payload: { ecluse: 2 } })
    const run = aRun('7', 'here', 101)
    const before = github.state.all('deployments').length
    await expect(client(run).history(PLACE)).rejects.toMatchObject({ code: 'ledger-corrupt', message: expect.stringContaining(`deployment ${made.id}`) })
    expect(github.state.all('deployments').length).toBe(before)
  })
})

describe('the lease of a run', () => {
  it('that GitHub says has ended is passed over at once', async () => {
    github.addRun({ id: 7 })
    github.addRun({ id: 8 })
    const first = await take(client(aRun('7', 'one', 101)))
    const other = client(aRun('8', 'two', 102))
    expect((await other.take(PLACE, { preempt: false })).kind).toBe('held')
    github.endRun(7, 'cancelled')
    const answer = await other.take(PLACE, { preempt: false })
    expect(answer.kind === 'taken' && answer.preempted).toBeUndefined()
    expect(answer.kind === 'taken' && answer.lease.fence > first.fence).toBe(true)
  })

  it('can not be asked for without `actions: read`: then its end counts, and nothing fails', async () => {
    github.tokens.set('ghs_small', { permissions: { deployments: 'write', metadata: 'read' } })
    github.addRun({ id: 7 })
    await take(client(aRun('7', 'one', 101), 'ghs_small'))
    github.endRun(7, 'cancelled')
    const other = client(aRun('8', 'two', 102), 'ghs_small')
    expect((await other.take(PLACE, { preempt: false })).kind).toBe('held')
    world.time += 16 * 60_000
    expect((await other.take(PLACE, { preempt: false })).kind).toBe('taken')
  })

  it('leaves nothing behind when it is given back, refused or taken over', async () => {
    const one = client(aRun('7', 'one', 101))
    const two = client(aRun('8', 'two', 102))
    const lease = await take(one)
    expect((await two.take(PLACE, { preempt: false })).kind).toBe('held')
    const second = await take(two, true)
    await one.release(lease)
    await two.release(second)
    expect(github.state.all('deployments').length).toBe(0)
  })

  it('is extended by one status in ten minutes, and watching it costs nothing', async () => {
    const ledger = client(aRun('7', 'one', 101))
    const lease = await take(ledger)
    await ledger.renew(lease)
    const before = github.counted()
    for (let second = 0; second < 3600; second += 30) {
      world.time += 30_000
      expect(await ledger.renew(lease)).toBe(true)
    }
    // Each extension changes the list, which is read anew once.
    expect(github.counted() - before).toBeLessThanOrEqual(12)
  })
})

describe('when GitHub does not answer as it should', () => {
  it.each(['before', 'after'] as const)('a creation whose answer was lost (%s it was done) makes one deployment', async (drop) => {
    const run = aRun('7', 'one', 101)
    const ledger = client(run)
    const lease = await take(ledger)
    github.inject({ match: { method: 'POST', route: '/repos/{owner}/{repo}/deployments', times: 1 }, fault: { drop } })
    const { id } = await ledger.begin(lease, anIntent(run, '1'))
    expect((await client(run).history(PLACE)).deliveries.map((one) => one.id)).toEqual([id])
    await ledger.finish(lease, id, aResult(world.time))
    await ledger.release(lease)
    expect(github.state.all('deployments').length).toBe(1)
  })

  it('a rollback whose claim was made twice is not refused by its own double', async () => {
    const ledger = client(aRun('7', 'one', 101))
    github.inject({ match: { method: 'POST', route: '/repos/{owner}/{repo}/deployments', times: 1 }, fault: { drop: 'after' } })
    // Looked for, it is not shown yet, and so is made again.
    github.lag({ match: { method: 'GET', route: '/repos/{owner}/{repo}/deployments', times: 2 }, writes: 1 })
    const lease = await take(ledger, true)
    expect(await ledger.renew(lease)).toBe(true)
    await ledger.release(lease)
    expect(github.state.all('deployments')).toEqual([])
  })

  it('a list that lags behind is waited for', async () => {
    github.lag({ match: { method: 'GET', route: '/repos/{owner}/{repo}/deployments' }, reads: 3 })
    const run = aRun('7', 'one', 101)
    expect(await delivered(client(run), run, '1')).toMatch(/^\d+$/)
  })

  it('a lease that one old answer does not show is not lost, and one that was taken is lost although old answers show it', async () => {
    const ledger = client(aRun('7', 'one', 101))
    const lease = await take(ledger)
    github.lag({ match: { method: 'GET', route: '/repos/{owner}/{repo}/deployments' }, writes: 1 })
    expect(await ledger.renew(lease)).toBe(true)
    github.calm()
    await take(client(aRun('8', 'two', 102)), true)
    expect(await ledger.renew(lease)).toBe(false)
  })
})

describe('a long history', () => {
  it('of 100 000 deployments is not read to its end', async () => {
    const run = aRun('7', 'one', 101)
    await delivered(client(run), run, '1')
    // Ours, each with what it remembers of the sixty before it where that is read.
    const intent = anIntent(run, 'x')
    const first = github.state.nextId() + 1
    const known = (place: number): readonly unknown[] => Array.from({ length: place < 99_800 ? 0 : 60 }, (_, back) => ({ id: String(first + place - 60 + back), at: 1, ok: true, reason: 'deployed', message: '', active: false }))
    github.addDeployments(Array.from({ length: 100_000 }, (_, place) => ({ environment: PLACE, task: 'ecluse:delivery', payload: { ecluse: 1, nonce: `n${place}`, fence: first + place, begunAt: 1, intent, known: known(place) } })))
    const last = github.state.all('deployments').at(-1)!.id
    github.addStatus(last, { state: 'success', description: 'e1 1 ended ok=1 why=promoted live=release bad=none | It serves.' })
    github.forget()
    const { deliveries, cut } = await client(run).history(PLACE)
    expect(deliveries.at(-1)).toMatchObject({ id: String(last), result: { reason: 'promoted', live: intent.release } })
    expect(deliveries).toHaveLength(100)
    expect(deliveries.filter(({ result }) => result === undefined)).toEqual([])
    expect(cut).toBe(true)
    expect(github.counted()).toBeLessThanOrEqual(4)
  })

  it('is told whole by one list and the statuses of the newest: each delivery remembers those before it', async () => {
    const run = aRun('7', 'one', 101)
    const results = []
    for (let count = 1; count <= 12; count += 1) {
      const ok = count % 4 !== 0
      results.push({ id: await delivered(client(run), run, String(count), ok ? {} : { ok, reason: 'failed', live: aRelease(String(count - 1)), bad: aRelease(String(count)) }), ok })
    }
    github.forget()
    const { deliveries } = await client(run).history(PLACE)
    expect(github.counted()).toBeLessThanOrEqual(4)
    expect(deliveries.map(({ id, result }) => ({ id, ok: result?.ok }))).toEqual(results)
    expect(deliveries[3]?.result).toMatchObject({ reason: 'failed', live: aRelease('3'), bad: aRelease('4') })
    const whole = await client(run).history(PLACE, { events: 12 })
    expect(whole.deliveries.map(({ result }) => result)).toEqual(deliveries.map(({ result }) => result))
  })
})
