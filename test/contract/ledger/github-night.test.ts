/** What a night brings: cancelled runs, a second delivery in one job, parts of GitHub that are down. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { RunInfo } from '../../../core/domain/history.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import { openLedger } from '../../../core/drivers/registry.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { GitHubCall } from '../../../core/ports/github.js'
import type { Lease, Ledger } from '../../../core/ports/ledger.js'
import { githubAmbient } from '../../support/github-ambient.js'
import { plainGitHub } from '../../support/plain-github.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { receiptFor } from '../store/suite.js'
import { aRelease, aResult, anIntent } from './intents.js'
import { World, aRun } from './surroundings.js'

const PLACE = 'production'

let github: FakeGitHub
let world: World
const client = (run: RunInfo): Ledger => githubLedger(plainGitHub(github), world.waiting(run, github))
const take = async (ledger: Ledger, preempt = false): Promise<Lease> => {
  const answer = await ledger.take(PLACE, { preempt })
  if (answer.kind !== 'taken') throw new Error(`held by ${answer.by.run.id}`)
  return answer.lease
}

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

describe('a job that GitHub made a deployment for', () => {
  it('may deliver twice: what was adopted for the first is not taken for the second', async () => {
    github.addRun({ id: 7 })
    const job = github.addJob({ run: 7, name: 'production' })
    const theirs = github.jobDeployment({ run: 7, job: job.id, environment: PLACE })
    // Each step of the job is a process of its own.
    const [promoting, back] = [aRun('7', 'here', 101), aRun('7', 'here', 102)]
    const one = client(promoting)
    const first = await take(one)
    const promoted = await one.begin(first, anIntent(promoting, '2', 'promote'))
    await one.finish(first, promoted.id, aResult(world.time, { reason: 'promoted', live: aRelease('2') }))
    await one.release(first)
    world.dead.add(101)
    const two = client(back)
    const second = await take(two)
    const rolled = await two.begin(second, anIntent(back, '1', 'rollback'))
    expect(promoted.id).toBe(String(theirs.id))
    expect(await client(aRun('8', 'there', 103)).inFlight(PLACE)).toMatchObject([{ id: rolled.id, intent: { kind: 'rollback' } }])
    await two.finish(second, rolled.id, aResult(world.time, { reason: 'rolled-back', live: aRelease('1'), bad: aRelease('2') }))
    const { deliveries } = await client(aRun('8', 'there', 103)).history(PLACE)
    expect(deliveries).toMatchObject([{ id: promoted.id, result: { reason: 'promoted' } }, { intent: { kind: 'rollback' }, result: { reason: 'rolled-back' } }])
    expect(github.state.all('deployments').filter(({ id }) => github.statusesOf(id).at(-1)?.state === 'success')).toHaveLength(1)
  })
})

describe('a run that is cancelled', () => {
  const cut = new RemoteError('aborted', { message: 'Could not ask: cancelled.', service: 'github', operation: 'ask' })
  let cancelled: AbortController
  const cutClient = (run: RunInfo, before: (call: GitHubCall) => void = () => undefined): Ledger => githubLedger(
    plainGitHub({ ...github, before: (call) => {
      before(call)
      if (cancelled.signal.aborted) throw cut
    } }),
    { ...world.waiting(run, github), signal: cancelled.signal }, () => Promise.resolve(plainGitHub(github)))
  const ran = aRun('7', 'one', 101)

  beforeEach(() => {
    cancelled = new AbortController()
  })

  it('gives its lease back: nobody waits for the end of it', async () => {
    const ledger = cutClient(ran)
    const lease = await take(ledger)
    cancelled.abort()
    await ledger.release(lease)
    expect(await client(aRun('8', 'two', 102)).take(PLACE, { preempt: false })).toMatchObject({ kind: 'taken' })
  })

  it('withdraws the claim that it waits for', async () => {
    const ledger = cutClient(ran, ({ route }) => {
      if (route === 'GET /repos/{owner}/{repo}/deployments') cancelled.abort()
    })
    await expect(ledger.take(PLACE, { preempt: false })).rejects.toBe(cut)
    expect(github.state.all('deployments')).toEqual([])
  })

  it('says an end that it has begun to say: the record never tells of what is taken back', async () => {
    const before = client(ran)
    const first = await take(before)
    const old = await before.begin(first, anIntent(ran, '1'))
    await before.finish(first, old.id, aResult(world.time))
    await before.release(first)
    const ledger = cutClient(ran, ({ parameters }) => {
      if (parameters?.['state'] === 'inactive') cancelled.abort()
    })
    const lease = await take(ledger)
    const { id } = await ledger.begin(lease, anIntent(ran, '2'))
    github.inject({ match: { method: 'POST', route: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses', when: () => !cancelled.signal.aborted && (cancelled.abort(), false) }, fault: { status: 500 } })
    await ledger.finish(lease, id, aResult(world.time, { live: aRelease('2') }))
    expect(cancelled.signal.aborted).toBe(true)
    expect((await client(aRun('8', 'two', 102)).history(PLACE)).deliveries).toMatchObject([{ id: old.id }, { id, result: { ok: true, live: { version: '2' } } }])
    expect([old.id, id].map((one) => github.statusesOf(Number(one)).at(-1)?.state)).toEqual(['inactive', 'success'])
  })

  it('does so by its own surroundings, too', async () => {
    const around = githubAmbient({ ...github, signal: cancelled.signal })
    const ambient = { ...around, clock: world.waiting(ran, github).clock, shielded: () => githubAmbient(github) }
    const ledger = await openLedger({ state: '/none', ledger: 'github' }, ambient)
    const lease = await take(ledger)
    cancelled.abort()
    await ledger.release(lease)
    expect(github.state.all('deployments')).toEqual([])
  })
})

describe('a delivery whose end is on record', () => {
  it('is closed, although nobody could be asked any more', async () => {
    const ran = aRun('7', 'one', 101)
    const ledger = client(ran)
    const lease = await take(ledger)
    const { id } = await ledger.begin(lease, anIntent(ran, '2'))
    const said = (): boolean => github.statusesOf(Number(id)).at(-1)?.state === 'success'
    github.inject({ match: { method: 'GET', when: said }, fault: { status: 500 } })
    await ledger.finish(lease, id, aResult(world.time, { live: aRelease('2') }))
    github.calm()
    expect((await client(ran).history(PLACE)).deliveries).toMatchObject([{ id, result: { ok: true, live: { version: '2' } } }])
  })
})

describe('runs that GitHub can not tell of', () => {
  const RUN = '/repos/{owner}/{repo}/actions/runs/{run_id}'

  it('are left alone until their lease ends, and keep nobody from going back', async () => {
    github.addRun({ id: 7 })
    const first = await take(client(aRun('7', 'one', 101)))
    github.inject({ match: { method: 'GET', route: RUN }, fault: { status: 503 } })
    const other = client(aRun('8', 'two', 102))
    expect(await other.take(PLACE, { preempt: false })).toMatchObject({ kind: 'held', by: { lease: first.id } })
    expect(await other.take(PLACE, { preempt: true })).toMatchObject({ kind: 'taken', preempted: { lease: first.id } })
  })

  it('because the token may not look are asked for once, not at every look', async () => {
    github.tokens.set('ghs_small', { permissions: { deployments: 'write', metadata: 'read' } })
    const ran = aRun('7', 'one', 101)
    github.addRun({ id: 7 })
    const one = client(ran)
    await one.begin(await take(one), anIntent(ran, '2'))
    const other = githubLedger(plainGitHub({ url: github.url, token: 'ghs_small' }), world.waiting(aRun('8', 'two', 102), github))
    await take(other, true)
    github.forget()
    for (let look = 0; look < 20; look += 1) expect(await other.inFlight(PLACE)).toHaveLength(1)
    expect(github.calls.filter(({ route }) => route === RUN).length).toBeLessThanOrEqual(1)
  })
})

describe('facts', () => {
  it('of many checks do not hide the newest receipt of a backup', async () => {
    const ledger = client(aRun('7', 'one', 101))
    for (const id of ['r-1', 'r-2']) await ledger.record(PLACE, { type: 'receipt', at: 1, receipt: receiptFor(`${id}.dump.zst`, '2026-03-14T14:00:00Z') })
    const [{ sha } = { sha: '' }] = github.state.all('deployments')
    github.addDeployments(Array.from({ length: 250 }, (_, at) => ({
      environment: PLACE, task: 'ecluse:fact', sha, payload: { ecluse: 1, nonce: String(at), fact: { type: 'checked', at, version: '1', ok: true, reason: 'passed', detail: '' } },
    })))
    github.forget()
    const { facts } = await ledger.history(PLACE, { receipt: true })
    expect(facts[0]).toMatchObject({ type: 'receipt', receipt: { object: 'r-2.dump.zst' } })
    expect(facts.at(-1)).toMatchObject({ type: 'checked', at: 249 })
    expect(github.calls.length).toBeLessThan(8)
    expect((await ledger.history(PLACE)).facts).toHaveLength(100)
  })

  it('that are on record are so, although GitHub would not set the deployment aside that holds them', async () => {
    const ledger = client(aRun('7', 'one', 101))
    github.inject({ match: { method: 'POST', route: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses' }, fault: { status: 500 } })
    await ledger.record(PLACE, { type: 'checked', at: 1, version: '1', ok: true, reason: 'passed', detail: '' })
    expect((await ledger.history(PLACE)).facts).toMatchObject([{ reason: 'passed' }])
  })
})
