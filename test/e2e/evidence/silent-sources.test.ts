/** Sources of counters that break at each point of a canary: nothing is promoted without them, and nothing waits for ever. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { withEngines } from '../../support/engines/index.js'
import type { Lab } from '../lab.js'
import { startGate, type Gate } from './gate.js'
import { countedBy } from '../../support/counters-door.mjs'
import { deliverAnd, evidenceLab, labWith, points, QUICK_JUDGE, QUICK_ROLLOUT, type EvidenceLab } from './lab.js'

withEngines(['prometheus'], 'Prometheus', (pathOf) => {
  let here: EvidenceLab
  beforeAll(async () => {
    here = await evidenceLab(pathOf('prometheus'), {})
    await here.run('canary-promote', await here.release({ version: 'v1' }), here.env)
    here.users(100)
    await here.counted('v1')
  })
  afterAll(() => here.close())

  const reasons = { 'before the first weight': 'error', 'in the climb': 'no-data', 'at the last weight': 'no-data' } as const

  test.each(points)('that is killed %s promotes nothing', async (name, at) => {
    const release = await here.release({ version: `killed-${name.replaceAll(' ', '-')}` })
    const { outputs, code } = await deliverAnd(here, { release, env: here.env, at, breaks: () => here.prometheus.kill() })
    expect({ code, outputs }).toMatchObject({ code: 1, outputs: { reason: Reflect.get(reasons, name), version: 'v1' } })
    expect(new Set(await here.served())).toEqual(new Set(['v1']))
    expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: 'v1' } } })
    // Unknown is no evidence against it: it may be delivered again.
    expect((await here.ledger()).at(-2)).toMatchObject({ type: 'finish', result: { ok: false } })
    expect((await here.ledger()).at(-2)?.result).not.toHaveProperty('bad')
    await here.prometheus.start()
    await here.counted('v1')
  })

  test('that takes questions and never answers promotes nothing', async () => {
    const gate: Gate = await startGate('127.0.0.1', Number(new URL(here.prometheus.url).port))
    try {
      const judge = JSON.stringify({ ...QUICK_JUDGE, metrics: countedBy(`http://127.0.0.1:${gate.port}`) })
      const release = { ...(await here.release({ version: 'unanswered' })), judge }
      const { outputs, code } = await deliverAnd(here, { release, env: here.env, at: points[1]![1], breaks: () => void (gate.weather = 'silent') })
      expect({ code, outputs }).toMatchObject({ code: 1, outputs: { reason: 'no-data', version: 'v1' } })
      expect(gate.came()).toBeGreaterThan(0)
    } finally {
      await gate.close()
    }
  })
})

describe("the proxy's own counters", () => {
  let here: Lab
  beforeAll(async () => {
    here = await labWith({ rollout: QUICK_ROLLOUT, judge: QUICK_JUDGE })
    await here.run('canary-promote', await here.release({ version: 'v1' }))
    here.loaded(100)
  })
  afterAll(() => here.close())

  test.each(points)('that are gone with their server %s pass nothing that was not counted', async (name, at) => {
    const release = await here.release({ version: `lost-${name.replaceAll(' ', '-')}` })
    const card = path.join(here.work, '.ecluse', 'local', 'production', 'server.json')
    const { outputs } = await deliverAnd(here, { release, env: {}, at, breaks: async () => process.kill((JSON.parse(await readFile(card, 'utf8')) as { pid: number }).pid, 'SIGKILL') })
    // The next server takes its place at once; whatever the release is then, it is what was observed.
    if (outputs['reason'] === 'promoted') expect(outputs).toMatchObject({ verdict: 'pass', version: release.version })
    else expect(outputs['reason']).toMatch(/^(no-data|candidate-died|weight-changed|error|stuck|undecided)$/)
    const again = await here.run('canary-promote', release)
    expect(again.outputs).toMatchObject({ version: release.version, reason: expect.stringMatching(/^(promoted|already-live)$/) })
    expect(new Set(await here.served())).toEqual(new Set([release.version]))
  })
})
