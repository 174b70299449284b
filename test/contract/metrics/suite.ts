/** What every source of metrics must do. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Arms } from '../../../core/domain/platform.js'
import type { Sample } from '../../../core/domain/sample.js'
import type { Metrics } from '../../../core/ports/metrics.js'

export interface MetricsLab {
  /** A source with nothing in its memory. */
  open(slowerThanMs?: number): Metrics
  /** Stable `v1` and candidate `v2`, both with traffic possible. */
  readonly arms: Arms
  /** So many requests of each arm, so many of them answered with 5xx, so many slow (over 300 ms). */
  traffic(arm: 'stable' | 'candidate', requests: number, errors: number, slow: number, source: Metrics): Promise<void>
  /** The source makes requests of its own: there are more than a test wants, and they are marked. */
  readonly asksItself?: true
  /** The candidate is taken back. */
  withdraw(): Promise<void>
  /** What counts begins anew; absent where nothing but the source itself counts. */
  forget?(): Promise<void>
  /** A source for which what it reads is old. */
  aged?(): Promise<Metrics>
  /** Nothing answers any more. */
  unplug(): Promise<void>
  /** A threshold that this source can't count by; absent when it can count by any. */
  readonly uncountable?: number
  close(): Promise<void>
}

/** `age`: what it reads can be old, and its lab has `aged`. */
export function metricsContract(name: string, make: () => Promise<MetricsLab>, can: { readonly age?: true } = {}): void {
  describe(`metrics ${name}`, () => {
    let lab: MetricsLab
    beforeEach(async () => {
      lab = await make()
    })
    afterEach(() => lab.close())

    test('both arms are counted apart, each under its identity', async () => {
      const source = lab.open()
      const before = await sample(source, lab)
      await lab.traffic('stable', 12, 1, 0, source)
      await lab.traffic('candidate', 7, 3, 0, source)
      const after = await sample(source, lab)
      expect(after.stable?.identity).toBe('v1')
      expect(after.candidate.identity).toBe('v2')
      expect(after.at).toBeGreaterThanOrEqual(before.at)
      expect([after.stable!.errors - before.stable!.errors, after.candidate.errors - before.candidate.errors]).toEqual([1, 3])
      const requests = [after.stable!.requests - before.stable!.requests, after.candidate.requests - before.candidate.requests]
      if (lab.asksItself) for (const [index, least] of [12, 7].entries()) expect(requests[index]).toBeGreaterThanOrEqual(least)
      else expect(requests).toEqual([12, 7])
      expect(after.synthetic).toBe(lab.asksItself)
      expect(after.candidate.slow).toBeUndefined()
    })

    test('slow requests are counted when a threshold is given', async () => {
      const source = lab.open(300)
      const before = await sample(source, lab)
      await lab.traffic('candidate', 5, 0, 2, source)
      const after = await sample(source, lab)
      expect(after.candidate.slow! - before.candidate.slow!).toBe(2)
    })

    test('what was counted is never taken back: counters that begin anew are added up, or no data', async () => {
      const source = lab.open()
      await lab.traffic('candidate', 9, 2, 0, source)
      const before = await sample(source, lab)
      await lab.forget?.()
      const between = await source.read(lab.arms)
      if (between.kind === 'no-data') expect(between.cause).toBe('went-backwards')
      else expect(between.candidate.requests).toBeGreaterThanOrEqual(before.candidate.requests)
      await lab.traffic('candidate', 1, 1, 0, source)
      const after = await sample(source, lab)
      expect(after.candidate.requests).toBeGreaterThan(before.candidate.requests)
      expect(after.candidate.errors).toBeGreaterThan(before.candidate.errors)
    })

    if (can.age) {
      test('old counters are no samples', async () => {
        expect(await (await lab.aged!()).read(lab.arms)).toMatchObject({ kind: 'no-data', cause: 'stale' })
      })
    }

    test('samples of another release are no samples', async () => {
      const arms = { ...lab.arms, candidate: { ...lab.arms.candidate, identity: 'v9' } }
      expect(await lab.open().read(arms)).toMatchObject({ kind: 'no-data', cause: 'wrong-release' })
    })

    test('a candidate that is not there has no samples, not zeros', async () => {
      await lab.withdraw()
      expect(await lab.open().read(lab.arms)).toMatchObject({ kind: 'no-data', cause: 'empty' })
    })

    test('a source that does not answer says so', async () => {
      await lab.unplug()
      expect(await lab.open().read(lab.arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable' })
      await expect(lab.open().preflight(lab.arms)).rejects.toMatchObject({ family: 'input', code: 'metrics-unusable' })
    })

    test('preflight accepts what can be counted and refuses what can not', async () => {
      await lab.open().preflight(lab.arms)
      await lab.open(300).preflight(lab.arms)
      const stranger = { ...lab.arms, stable: { ...lab.arms.stable!, identity: 'v9' } }
      await expect(lab.open().preflight(stranger)).rejects.toMatchObject({ family: 'input', code: 'metrics-unusable' })
      const uncountable = lab.uncountable === undefined ? Promise.reject(Object.assign(new Error(''), { code: 'metrics-unusable' })) : lab.open(lab.uncountable).preflight(lab.arms)
      await expect(uncountable).rejects.toMatchObject({ code: 'metrics-unusable' })
    })
  })
}

async function sample(source: Metrics, { arms }: MetricsLab): Promise<Sample> {
  const read = await source.read(arms)
  if (read.kind !== 'sample') throw new Error(`no sample: ${read.cause}, ${read.detail}`)
  return read
}
