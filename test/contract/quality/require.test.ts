import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { openRepository } from '../../../core/drivers/registry.js'
import type { CommitStatus, Repository } from '../../../core/ports/repository.js'
import { requireQuality } from '../../../actions/quality-gate/require.js'
import type { QualityOutcome } from '../../../actions/quality-gate/outcome.js'
import type { Requirement } from '../../../actions/quality-gate/request.js'
import { FakeTime } from '../../support/fakes/time.js'
import { githubAmbient } from '../../support/github-ambient.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

const CONTEXT = 'ecluse/quality'
const MINUTE = 60_000

let github: FakeGitHub
let clock: FakeTime
let writer: Repository
let commit: string
let controller: AbortController

beforeEach(async () => {
  clock = new FakeTime()
  controller = new AbortController()
  github = await startGitHub({ now: () => clock.now() })
  commit = github.head()
  writer = await openRepository(githubAmbient({ url: github.url, clock }))
  github.tokens.set('ghs_reader', { permissions: { statuses: 'read' } })
})
afterEach(async () => {
  const { faults } = github
  await github.close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

const record = (state: CommitStatus['state'], more: Partial<CommitStatus> = {}): Promise<void> =>
  writer.setStatus(commit, { context: CONTEXT, state, description: `it is ${state}`, url: 'https://github.example/run', ...more })

const required = async (given: Partial<Requirement> = {}): Promise<QualityOutcome> => {
  const ambient = githubAmbient({ url: github.url, clock, token: 'ghs_reader', signal: controller.signal })
  return requireQuality({ commit, context: CONTEXT, withinMs: 30 * MINUTE, appearWithinMs: 2 * MINUTE, ...given }, await openRepository(ambient), ambient)
}

describe('of what is recorded', () => {
  test('a success passes, with a token that may only read', async () => {
    await record('pending')
    await record('success')
    expect(await required()).toMatchObject({ ok: true, reason: 'passed', outputs: { commit, status: 'success', url: 'https://github.example/run' } })
  })

  test.each(['failure', 'error'] as const)('%s does not, and is not waited for', async (state) => {
    await record(state)
    const before = clock.now()
    expect(await required()).toMatchObject({ ok: false, reason: 'quality-failed', message: `\`${CONTEXT}\` of commit ${commit} is ${state}: "it is ${state}".` })
    expect(clock.now()).toBe(before)
  })

  test('the newest counts: a success that was begun again is pending', async () => {
    await record('success')
    await clock.sleep(1000)
    await record('pending')
    expect(await required({ withinMs: MINUTE })).toMatchObject({ ok: false, reason: 'quality-pending-timeout', outputs: { status: 'pending' } })
  })

  test('only what has this name', async () => {
    await record('success', { context: 'ci/tests' })
    await record('success', { context: 'ecluse/quality-of-something-else' })
    expect(await required()).toMatchObject({ ok: false, reason: 'quality-missing' })
  })

  test('only what is recorded for this very commit', async () => {
    await record('success')
    const [next] = github.addCommits(1)
    expect(await required({ commit: next! })).toMatchObject({ ok: false, reason: 'quality-missing' })
    expect(await required({ commit: 'f'.repeat(40) })).toMatchObject({ ok: false, reason: 'quality-missing' })
  })

  test('nothing is waited for as long as somebody needs to begin', async () => {
    const before = clock.now()
    expect(await required()).toMatchObject({ reason: 'quality-missing', message: expect.stringContaining('nothing appeared within 2 min') })
    expect(clock.now() - before).toBe(2 * MINUTE)
  })

  test('an old success passes unless its age counts', async () => {
    await record('success')
    await clock.sleep(3 * 60 * MINUTE)
    expect(await required()).toMatchObject({ reason: 'passed' })
    expect(await required({ maxAgeMs: 4 * 60 * MINUTE })).toMatchObject({ reason: 'passed' })
    expect(await required({ maxAgeMs: 60 * MINUTE })).toMatchObject({ ok: false, reason: 'quality-outdated', message: expect.stringContaining('is a success, and 3 h old; at most 1 h is wanted') })
  })
})

describe('waiting', () => {
  /** What somebody else records when so much time has passed. */
  const later = (...events: readonly (readonly [number, CommitStatus['state']])[]): void => {
    const start = clock.now()
    const sleep = clock.sleep.bind(clock)
    const left = [...events]
    clock.sleep = async (ms, signal) => {
      await sleep(ms, signal)
      while (left[0] !== undefined && clock.now() - start >= left[0][0]) await record(left.shift()![1])
    }
  }

  test('ends as soon as it is decided', async () => {
    later([10_000, 'pending'], [5 * MINUTE, 'success'])
    const before = clock.now()
    expect(await required()).toMatchObject({ ok: true, reason: 'passed' })
    expect(clock.now() - before).toBeLessThan(6 * MINUTE)
  })

  test('ends with a failure, too', async () => {
    later([MINUTE, 'pending'], [2 * MINUTE, 'failure'])
    expect(await required()).toMatchObject({ reason: 'quality-failed' })
  })

  test('for a run that was killed ends when the time is over', async () => {
    await record('pending')
    const before = clock.now()
    expect(await required()).toMatchObject({ ok: false, reason: 'quality-pending-timeout', message: expect.stringContaining('still pending after 30 min: "it is pending". Look at its run, https://github.example/run') })
    expect(clock.now() - before).toBe(30 * MINUTE)
  })

  test('costs little of the rate limit', async () => {
    await record('pending')
    github.forget()
    await required()
    expect(github.counted()).toBeLessThanOrEqual(2)
  })

  test('is given up when the run is cancelled', async () => {
    await record('pending')
    const sleep = clock.sleep.bind(clock)
    clock.sleep = async (ms, signal) => {
      controller.abort(new Error('cancelled'))
      await sleep(ms, signal)
    }
    expect(await required()).toMatchObject({ ok: false, reason: 'cancelled' })
  })
})

test('a token that may not read is told which permission it needs', async () => {
  github.state.settings.private = true
  github.tokens.set('ghs_reader', { permissions: { contents: 'read' } })
  await expect(required()).rejects.toMatchObject({ code: 'github-permission', message: expect.stringContaining('statuses: read') })
})
