/** The edge of `compose`, and the engine that it is asked through, break at each point of a canary: nothing is promoted unseen, and nothing waits for ever. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { until } from '../../support/prometheus-lab.js'
import type { ActionResult } from '../../support/runner.mjs'
import type { LedgerLine } from '../lab.js'
import { edgeLab, stackOf, type EdgeLab } from './edge-lab.js'
import { startGate, type Gate } from './gate.js'
import { deliverAnd, points } from './lab.js'

withEngines(['docker'], 'the edge of `compose`', () => {
  let here: EdgeLab
  let engine: Gate
  beforeAll(async () => {
    const stack = await stackOf()
    engine = await startGate(stack.docker.socket)
    here = await edgeLab(stack)
    await here.run('canary-promote', { ...(await here.release({ version: 'v1' })) })
    here.users(50)
  })
  afterAll(async () => {
    await here.close()
    await engine.close()
  })

  const docker = (...argv: readonly string[]): Promise<string> => here.compose.docker.docker([...argv, here.compose.edge])
  const breaking = async (version: string, at: (line: LedgerLine) => boolean, breaks: () => unknown, env: Readonly<Record<string, string>> = {}): Promise<ActionResult> =>
    deliverAnd(here, { release: await here.release({ version }), env, at, breaks })
  const finish = async (): Promise<LedgerLine['result'] & { readonly bad?: string }> => ({ ok: true, reason: '', ...(await here.ledger()).findLast(({ type }) => type === 'finish')?.result })
  const served = async (): Promise<readonly string[]> => {
    await until(async () => (await fetch(here.compose.url).catch(() => undefined))?.ok === true, 'the edge to answer')
    return [...new Set(await here.served())]
  }
  const [start, climb, end] = points

  test('that is killed before the first weight is started again, and then it counts', async () => {
    const { outputs } = await breaking('early', start![1], () => docker('kill'))
    // Killed just before a word of it was waited for, it is an error.
    if (outputs['reason'] === 'promoted') expect(outputs).toMatchObject({ verdict: 'pass', version: 'early' })
    else expect(outputs).toMatchObject({ reason: expect.stringMatching(/^(error|unhealthy|no-data)$/), version: 'v1' })
    expect(await served()).toEqual([outputs['version']])
  })

  test.each<readonly [string, NonNullable<typeof climb>, () => Promise<unknown>]>([
    ['is killed', climb!, () => docker('kill')],
    ['crashes', end!, async () => process.kill(Number(await docker('inspect', '--format', '{{.State.Pid}}')), 'SIGKILL')],
  ])('that %s under traffic promotes nothing that was not counted, and nothing is held against the release', async (how, [, at], breaks) => {
    const before = await served()
    const version = how.replaceAll(' ', '-')
    const { outputs, code } = await breaking(version, at, breaks)
    // An edge that its engine has started again before anybody looked counts on from what it had written.
    if (how === 'crashes' && outputs['reason'] === 'promoted') {
      expect(outputs).toMatchObject({ verdict: 'pass', version })
      expect(await served()).toEqual([version])
      return
    }
    expect({ code, outputs }).toMatchObject({ code: 1, outputs: { reason: expect.stringMatching(/^(no-data|weight-changed|error)$/), version: before[0] } })
    expect(await served()).toEqual(before)
    expect(await finish()).toMatchObject({ ok: false })
    expect(await finish()).not.toHaveProperty('bad')
  })

  test('that stands still promotes nothing; what could not be seen is finished by the next run', async () => {
    const before = await served()
    const { outputs, code } = await breaking('frozen', climb![1], () => docker('pause'))
    expect({ code, outputs }).toMatchObject({ code: 1, outputs: { reason: 'stuck', version: before[0] } })
    await docker('unpause')
    expect((await here.run('reconcile')).outputs['reason']).toBe('healed')
    expect(await served()).toEqual(before)
  })

  test('whose engine can not be asked promotes nothing; the next run finishes it, and the next release goes up', async () => {
    const before = await served()
    const { outputs, code } = await breaking('unasked', climb![1], () => void (engine.weather = 'refusing'), { DOCKER_HOST: `tcp://127.0.0.1:${engine.port}` })
    expect({ code, outputs }).toMatchObject({ code: 1, outputs: { reason: 'stuck', version: before[0] } })
    expect(engine.came()).toBeGreaterThan(0)
    const { outputs: next } = await here.run('canary-promote', { ...(await here.release({ version: 'next' })) })
    expect(next).toMatchObject({ reason: 'promoted', verdict: 'pass', version: 'next' })
    expect(await served()).toEqual(['next'])
  })
})
