import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Arms } from '../../../core/domain/platform.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { until } from '../../support/prometheus-lab.js'
import { plan } from '../platform/suite.js'
import { metricsContract } from './suite.js'

const ask = (lab: ComposeLab, path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => fetch(lab.url + path, { headers }).then((answer) => answer.text())

withEngines(['docker'], 'compose', () => {
  let lab: ComposeLab
  let arms: Arms
  /** Stable `v1` and candidate `v2` behind a real edge; what a test took away is there again. */
  const bothArms = async (): Promise<void> => {
    arms = (await lab.open().launch(await lab.release({ version: 'v2' }), plan)).arms
  }
  beforeAll(async () => {
    lab = await composeLab()
    await lab.open().launch(await lab.release({ version: 'v1' }), plan)
    await lab.open().promote()
  })
  beforeEach(bothArms, 60_000)
  afterAll(() => lab.close())

  metricsContract('haproxy', async () => ({
    // A machine that is busy can be slow by itself: slow is what takes longer than a second here, and is made to.
    open: (slowerThanMs) => lab.metrics(slowerThanMs === 300 ? 1000 : slowerThanMs),
    arms,
    uncountable: 333,
    traffic: async (arm, requests, errors, slow) => {
      await lab.open().shift(arm === 'stable' ? 0 : 100)
      for (let count = 0; count < requests; count += 1) await ask(lab, count < errors ? '/fail' : count < errors + slow ? '/slow?ms=1300' : '/')
      await lab.open().shift(0)
    },
    withdraw: () => lab.open().abandon(),
    unplug: async () => {
      await lab.docker.docker(['kill', lab.edge])
    },
    close: async () => undefined,
  }))

  test('requests that ask for an instance are not users', async () => {
    const source = lab.metrics()
    const before = await source.read(arms)
    for (const id of [arms.stable!.labels['instance']!, arms.candidate.labels['instance']!]) {
      for (let count = 0; count < 5; count += 1) await ask(lab, '/fail', { 'x-ecluse-instance': id })
    }
    await ask(lab, '/')
    const after = await lab.metrics().read(arms)
    expect([before, after]).toMatchObject([{ kind: 'sample' }, { kind: 'sample' }])
    if (before.kind !== 'sample' || after.kind !== 'sample') return
    expect(after.stable!.requests - before.stable!.requests).toBe(1)
    expect(after.candidate.requests - before.candidate.requests).toBe(0)
    expect([after.stable!.errors, after.candidate.errors]).toEqual([before.stable!.errors, before.candidate.errors])
  })

  test('an edge that was killed and started again counts on', async () => {
    await ask(lab, '/')
    const source = lab.metrics()
    const before = await source.read(arms)
    await lab.docker.docker(['kill', '--signal', 'KILL', lab.edge])
    expect(await lab.metrics().read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringContaining('does not run') })
    await lab.docker.docker(['start', lab.edge])
    await lab.open().shift(0)
    await ask(lab, '/')
    const after = await source.read(arms)
    const fresh = await lab.metrics().read(arms)
    expect([before, after, fresh].map(({ kind }) => kind)).toEqual(['sample', 'sample', 'sample'])
    if (before.kind !== 'sample' || fresh.kind !== 'sample') return
    expect(fresh.stable!.requests - before.stable!.requests).toBe(1)
  })

  test('an edge that stands still is not believed', async () => {
    const source = lab.metrics()
    await source.read(arms)
    await lab.docker.docker(['pause', lab.edge])
    try {
      expect(await lab.metrics().read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: expect.stringContaining('it is paused') })
    } finally {
      await lab.docker.docker(['unpause', lab.edge])
    }
    // It writes several times a second, and may not have written yet.
    await until(async () => (await source.read(arms)).kind === 'sample', 'the edge to be believed again')
  })
})
