/** What every platform must do. Run against each driver with its real engine, and against the fake that flows are tested with. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Observed, Task } from '../../../core/domain/platform.js'
import type { Release } from '../../../core/domain/release.js'
import type { RolloutPlan } from '../../../core/domain/rollout.js'
import type { Platform } from '../../../core/ports/platform.js'

export interface Lab {
  /** A driver with nothing in its memory, as in a process of its own. */
  open(): Platform
  readonly releases: {
    readonly v1: Release
    readonly v2: Release
    readonly v3: Release
    /** Ends as soon as it is started. */
    readonly crashing: Release
    /** Runs and never becomes healthy. */
    readonly unhealthy: Release
    /** Its image does not exist. */
    readonly missing: Release
  }
  /** Makes so many requests as users do; says how many each version answered, and `` how many failed. */
  traffic(requests: number): Promise<Readonly<Record<string, number>>>
  /** Ends the candidate's process behind the platform's back. */
  crashCandidate(): Promise<void>
  /** How much slower than processes on this machine it is: times that matter are so much longer. Default 1. */
  readonly pace?: number
  /** Lets time pass, real or not. */
  wait(ms: number): Promise<void>
  now(): number
  readonly tasks: { exit(code: number): readonly string[]; sleep(ms: number): readonly string[] }
  close(): Promise<void>
}

export function platformContract(name: string, make: () => Promise<Lab>): void {
  describe(`platform ${name}`, () => {
    let lab: Lab
    beforeEach(async () => {
      lab = await make()
    })
    afterEach(() => lab.close())
    describe('a launch', () => launching(() => lab))
    describe('a weight', () => weighing(() => lab))
    describe('the end of a trial', () => ending(() => lab))
    describe('what is kept', () => keeping(() => lab))
    describe('the way back', () => wayBack(() => lab))
    describe('a release that fails', () => failing(() => lab))
    describe('a candidate that ends', () => ended(() => lab))
    describe('the dead-man\'s switch', () => deadMan(() => lab))
    describe('a task', () => tasks(() => lab))
  })
}

export const plan: RolloutPlan = { strategy: 'canary', weights: [5, 25, 50, 100], healthyWithinMs: 10_000 }

/** Brings a release to 100 %. */
export async function live(lab: Pick<Lab, 'open'>, release: Release): Promise<void> {
  await lab.open().launch(release, plan)
  await lab.open().promote()
}

function task(argv: readonly string[], timeoutMs: number, env: Readonly<Record<string, string>> = {}): Task {
  return { name: 'try', argv, env, timeoutMs }
}

/** Milliseconds that mean the same on a slower platform. */
function paced({ pace = 1 }: Lab, ms: number): number {
  return ms * pace
}

/** What the platform says once it is as wanted, or at last. */
async function seenAs(lab: Lab, wanted: (seen: Observed) => boolean): Promise<Observed> {
  for (let tries = 50; tries > 0; tries -= 1) {
    const seen = await lab.open().observe()
    if (wanted(seen)) return seen
    await lab.wait(paced(lab, 50))
  }
  return lab.open().observe()
}

function launching(given: () => Lab): void {
  test('an environment that was never used is empty, and looking does no harm', async () => {
    const lab = given()
    expect(await lab.open().observe()).toEqual({ weight: 0 })
    expect(await lab.open().releases()).toEqual([])
    await lab.open().abandon()
    await lab.open().returnAt(0)
    expect((await lab.open().diagnose(0)).stopReasons).toEqual([])
  })

  test('launch brings a candidate up beside stable, healthy and without traffic', async () => {
    const lab = given()
    const { v1, v2 } = lab.releases
    await live(lab, v1)
    const launched = await lab.open().launch(v2, plan)
    expect(launched.arms.stable?.identity).toBe('v1')
    expect(launched.arms.candidate.identity).toBe('v2')
    const seen = await lab.open().observe()
    expect(seen).toMatchObject({ stable: { release: v1, healthy: true }, candidate: { release: v2, healthy: true, id: launched.id }, weight: 0 })
    expect(await lab.traffic(40)).toEqual({ v1: 40 })
  })

  test('launch again, from anywhere, is the same trial at weight 0', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    const first = await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(25)
    const again = await lab.open().launch(lab.releases.v2, plan)
    expect(again).toEqual(first)
    expect((await lab.open().observe()).weight).toBe(0)
  })

  test('two launches of the same release at once are one', async () => {
    const lab = given()
    const [one, other] = await Promise.all([lab.open().launch(lab.releases.v1, plan), lab.open().launch(lab.releases.v1, plan)])
    expect(one.id).toBe(other.id)
  })

  test('launch of another release takes the place of the trial before', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(50)
    await lab.open().launch(lab.releases.v3, plan)
    expect(await lab.open().observe()).toMatchObject({ candidate: { release: { version: 'v3' } }, weight: 0 })
    expect(await lab.traffic(20)).toEqual({ v1: 20 })
  })
}

function weighing(given: () => Lab): void {
  test.each([5, 25, 50])('at %i %% the candidate gets its share, exactly', async (weight) => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(weight)
    await lab.open().shift(weight)
    expect((await lab.open().observe()).weight).toBe(weight)
    const seen = await lab.traffic(200)
    expect(seen).toEqual({ v1: 200 - weight * 2, v2: weight * 2 })
  })

  test('0 and 100 % are all or nothing', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(100)
    expect(await lab.traffic(30)).toEqual({ v2: 30 })
    await lab.open().shift(0)
    expect(await lab.traffic(30)).toEqual({ v1: 30 })
  })
}

function ending(given: () => Lab): void {
  test('promote makes the candidate stable, and keeps the one before', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(50)
    await lab.open().promote()
    await lab.open().promote()
    const seen = await lab.open().observe()
    expect(seen).toMatchObject({ stable: { release: { version: 'v2' }, healthy: true }, weight: 0 })
    expect(seen.candidate).toBeUndefined()
    expect(await lab.traffic(20)).toEqual({ v2: 20 })
    expect((await lab.open().releases()).map((past) => past.release)).toEqual([lab.releases.v1])
  })

  test('abandon gives stable everything', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(50)
    await lab.open().abandon()
    await lab.open().abandon()
    const seen = await lab.open().observe()
    expect(seen).toMatchObject({ stable: { release: { version: 'v1' } }, weight: 0 })
    expect(seen.candidate).toBeUndefined()
    expect(await lab.traffic(20)).toEqual({ v1: 20 })
  })

  test('what needs a trial says that there is none', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().abandon()
    await expect(lab.open().shift(5)).rejects.toMatchObject({ family: 'state', code: 'no-candidate' })
    await expect(lab.open().promote()).rejects.toMatchObject({ family: 'state', code: 'no-candidate' })
    await expect(lab.open().returnAt(lab.now() + paced(lab, 1000))).rejects.toMatchObject({ family: 'state', code: 'no-candidate' })
    await lab.open().shift(0)
  })
}

function keeping(given: () => Lab): void {
  test('releases come newest first, without the one that serves', async () => {
    const lab = given()
    const { v1, v2, v3 } = lab.releases
    for (const release of [v1, v2, v3]) {
      await live(lab, release)
      await lab.wait(5)
    }
    const past = await lab.open().releases()
    expect(past.map(({ release }) => release.version)).toEqual(['v2', 'v1'])
    expect(past[0]!.servedAt).toBeGreaterThan(past[1]!.servedAt)
  })

  test('no more releases are kept than the platform says', async () => {
    const lab = given()
    const { v1, v2, v3 } = lab.releases
    const { keepsReleases } = lab.open().capabilities
    for (const release of [v1, v2, v3, v1, v2]) await live(lab, release)
    const past = await lab.open().releases()
    expect(past.length).toBeLessThanOrEqual(keepsReleases)
    expect(past.map(({ release }) => release.version)).toEqual(['v1', 'v3'].slice(0, keepsReleases))
  })
}

function wayBack(given: () => Lab): void {
  test('restore brings a past release back with its settings, and the one before stays restorable', async () => {
    const lab = given()
    const { v1, v2, v3 } = lab.releases
    for (const release of [v1, v2, v3]) await live(lab, release)
    const oldest = (await lab.open().releases()).find(({ release }) => release.version === 'v1')!
    await lab.open().restore(oldest)
    await lab.open().restore(oldest)
    const seen = await lab.open().observe()
    expect(seen).toMatchObject({ stable: { release: v1, healthy: true }, weight: 0 })
    expect(seen.stable?.release.settings).toEqual(v1.settings)
    expect(await lab.traffic(20)).toEqual({ v1: 20 })
    expect((await lab.open().releases()).map(({ release }) => release.version)).toEqual(['v3', 'v2'])
  })

  test('restore ends a trial', async () => {
    const lab = given()
    const { v1, v2, v3 } = lab.releases
    await live(lab, v1)
    await live(lab, v2)
    await lab.open().launch(v3, plan)
    await lab.open().shift(50)
    const [past] = await lab.open().releases()
    await lab.open().restore(past!)
    const seen = await lab.open().observe()
    expect(seen.stable?.release.version).toBe('v1')
    expect(seen.candidate).toBeUndefined()
    expect(await lab.traffic(20)).toEqual({ v1: 20 })
  })

  test('a release that is not kept is gone', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    const nothing = { id: 'nothing', release: lab.releases.v2, servedAt: 1 }
    await expect(lab.open().restore(nothing)).rejects.toMatchObject({ family: 'state', code: 'release-gone' })
    expect(await lab.traffic(10)).toEqual({ v1: 10 })
  })
}

function failing(given: () => Lab): void {
  test.each(['crashing', 'unhealthy'] as const)('a %s one is refused, diagnosed and gone', async (kind) => {
    const lab = given()
    await live(lab, lab.releases.v1)
    const since = lab.now()
    // Long enough for its first words on a busy machine.
    await expect(lab.open().launch(lab.releases[kind], { ...plan, healthyWithinMs: Math.max(3000, paced(lab, 700)) })).rejects.toMatchObject({ family: 'state', code: 'candidate-unhealthy' })
    const seen = await lab.open().observe()
    expect(seen.candidate).toBeUndefined()
    expect(await lab.traffic(10)).toEqual({ v1: 10 })
    const diagnosis = await lab.open().diagnose(since)
    expect(diagnosis.stopReasons.join('\n')).toContain(lab.releases[kind].version)
    expect(diagnosis.lastLines.length).toBeGreaterThan(0)
  })

  test('one whose image is not there is refused', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await expect(lab.open().launch(lab.releases.missing, plan)).rejects.toMatchObject({ family: 'state', code: 'image-not-found' })
    expect((await lab.open().observe()).candidate).toBeUndefined()
  })
}

function ended(given: () => Lab): void {
  test('when a candidate that has traffic ends, stable gets everything at once', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    const since = lab.now()
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(50)
    await lab.crashCandidate()
    expect(await seenAs(lab, ({ candidate, weight }) => candidate?.healthy === false && weight === 0)).toMatchObject({ candidate: { healthy: false }, weight: 0 })
    expect(await lab.traffic(30)).toEqual({ v1: 30 })
    await expect(lab.open().shift(50)).rejects.toMatchObject({ family: 'state', code: 'candidate-unhealthy' })
    await expect(lab.open().promote()).rejects.toMatchObject({ family: 'state', code: 'candidate-unhealthy' })
    expect((await lab.open().diagnose(since)).stopReasons.join('\n')).toContain('v2')
    await lab.open().abandon()
    expect((await lab.open().observe()).candidate).toBeUndefined()
  })

  test('after a failed launch the next one works', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await expect(lab.open().launch(lab.releases.crashing, plan)).rejects.toThrow('')
    await live(lab, lab.releases.v2)
    expect(await lab.traffic(10)).toEqual({ v2: 10 })
  })
}

function deadMan(given: () => Lab): void {
  test('traffic goes back by itself at the deadline', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(50)
    const deadline = lab.now() + paced(lab, 1000)
    await lab.open().returnAt(deadline)
    expect((await lab.open().observe()).returnsAt).toBe(deadline)
    await lab.wait(deadline - lab.now())
    const seen = await seenAs(lab, ({ weight, returnsAt }) => weight === 0 && returnsAt === undefined)
    expect(seen).toMatchObject({ stable: { release: { version: 'v1' } }, candidate: { release: { version: 'v2' } }, weight: 0 })
    expect(seen.returnsAt).toBeUndefined()
    expect(await lab.traffic(20)).toEqual({ v1: 20 })
  })

  test('called again it extends, and 0 switches it off', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().shift(50)
    await lab.open().returnAt(lab.now() + paced(lab, 800))
    await lab.open().returnAt(lab.now() + 600_000)
    await lab.wait(paced(lab, 1000))
    expect((await lab.open().observe()).weight).toBe(50)
    await lab.open().returnAt(lab.now() + paced(lab, 800))
    await lab.open().returnAt(0)
    await lab.wait(paced(lab, 1000))
    const seen = await lab.open().observe()
    expect(seen.weight).toBe(50)
    expect(seen.returnsAt).toBeUndefined()
  })

  test('a promotion ends it', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().launch(lab.releases.v2, plan)
    await lab.open().returnAt(lab.now() + paced(lab, 800))
    await lab.open().promote()
    await lab.wait(paced(lab, 1000))
    expect(await lab.traffic(10)).toEqual({ v2: 10 })
  })
}

function tasks(given: () => Lab): void {
  test('its exit code and last lines are the answer', async () => {
    const lab = given()
    const good = await lab.open().runTask(lab.releases.v1, task(lab.tasks.exit(0), 10_000, { TASK_WORD: 'gravel' }))
    expect(good).toMatchObject({ exitCode: 0, timedOut: false })
    expect(good.lastLines.join('\n')).toContain('gravel')
    expect(await lab.open().runTask(lab.releases.v1, task(lab.tasks.exit(4), 10_000))).toMatchObject({ exitCode: 4, timedOut: false })
  })

  test('its time limit ends it', async () => {
    const lab = given()
    const late = await lab.open().runTask(lab.releases.v1, task(lab.tasks.sleep(30_000), paced(lab, 400)))
    expect(late.timedOut).toBe(true)
    expect(late.exitCode).toBeUndefined()
  })

  test('it changes nothing about what serves', async () => {
    const lab = given()
    await live(lab, lab.releases.v1)
    await lab.open().runTask(lab.releases.v2, task(lab.tasks.exit(0), 10_000))
    expect(await lab.open().observe()).toMatchObject({ stable: { release: { version: 'v1' } }, weight: 0 })
  })
}
