/** What a night brings: cancelled runs, a second delivery in one job, parts of GitHub that are down. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { RunInfo } from '../../../core/domain/history.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import type { Lease, Ledger } from '../../../core/ports/ledger.js'
import { plainGitHub } from '../../support/plain-github.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
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
