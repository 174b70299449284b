import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { lab, type Lab, type LedgerLine } from './lab.js'

const shifted = (weight: number, since: number) => (line: LedgerLine, index: number): boolean =>
  index >= since && line.event?.type === 'doing' && line.event.verb === 'shift' && line.event.weight === weight

describe('a cancel during a canary', () => {
  let here: Lab

  beforeAll(async () => {
    here = await lab()
    await here.run('canary-promote', await here.release({ version: '1' }))
  })

  afterAll(() => here.close())

  test.each([
    [5, ['SIGINT']],
    [25, ['SIGINT', 'SIGTERM']],
    [50, ['SIGTERM']],
  ] as const)('at %i %% by %j: stable has everything, users notice nothing, the record says so', async (weight, signals) => {
    const load = here.loaded()
    const since = (await here.ledger()).length
    const run = await here.start('canary-promote', { ...(await here.release({ version: '2' })), force: 'again, to be cancelled' })
    await here.recorded(shifted(weight, since))
    for (const signal of signals) {
      run.kill(signal)
      await new Promise((resolve) => { setTimeout(resolve, 50) })
    }
    const ended = await run.finished
    expect(ended.outputs).toMatchObject({ reason: 'cancelled', version: '1' })
    expect(ended.code).not.toBe(0)
    expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: '1' } } })
    expect((await here.observe()).candidate).toBeUndefined()
    expect(new Set(await here.served())).toEqual(new Set(['1']))
    expect((await here.ledger()).at(-2)).toMatchObject({ type: 'finish', result: { ok: false, reason: 'cancelled' } })
    expect((await load.stop()).failures).toEqual({})
    expect((await run.post())?.code).toBe(0)
  })
})
