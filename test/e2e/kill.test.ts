import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { lab, type Lab, type LedgerLine } from './lab.js'

/** Records of one run, in the order they are written: the intent of each verb stands before the verb. */
const points: readonly (readonly [string, (line: LedgerLine) => boolean])[] = [
  ['the lease', (line) => line.type === 'take'],
  ['the intent', (line) => line.type === 'begin'],
  ['the migration', (line) => line.event?.verb === 'migrate'],
  ['the launch', (line) => line.event?.verb === 'launch'],
  ['its identification', (line) => line.event?.type === 'observed'],
  ['the first weight', (line) => line.event?.verb === 'shift' && line.event.weight === 40],
  ['the second weight', (line) => line.event?.verb === 'shift' && line.event.weight === 60],
  ['the promotion', (line) => line.event?.verb === 'promote'],
]

const STEPS = `    migrate: { up: 'true' }
    rollout: { weights: [40, 60, 100], step: { at-least: 200ms } }
    judge: { every: 100ms, min-requests: 20, errors: { fail-above: +10%, pass-below: +50% +30pp } }
`

describe.each([['at once', 0], ['a moment later', 40]] as const)('kill -9 %s after', (_, delayMs) => {
  let here: Lab

  beforeAll(async () => {
    here = await lab({ production: STEPS })
    await here.run('canary-promote', await here.release({ version: '1' }))
  })

  afterAll(() => here.close())

  test.each(points)('%s was recorded: users are served all the time, and the next run heals and delivers', async (name, at) => {
    const load = here.loaded(200)
    const before = new Set(await here.served())
    const since = (await here.ledger()).length
    const next = await here.release({ version: `${delayMs}-${name.replaceAll(' ', '-')}` })
    const killed = await here.start('canary-promote', next)
    await here.recorded((line, index) => index >= since && at(line))
    await new Promise((resolve) => { setTimeout(resolve, delayMs) })
    killed.kill('SIGKILL')
    await killed.finished
    const served = new Set(await here.served())
    for (const version of served) expect([...before, next.version]).toContain(version)

    const again = await here.run('canary-promote', next)
    expect(again.outputs).toMatchObject({ version: next.version, reason: expect.stringMatching(/^(promoted|already-live)$/) })
    expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: next.version }, healthy: true } })
    expect(new Set(await here.served())).toEqual(new Set([next.version]))
    const lines = await here.ledger()
    const begun = lines.filter((line) => line.type === 'begin').length
    expect(lines.filter((line) => line.type === 'finish')).toHaveLength(begun)
    expect((await load.stop()).failures).toEqual({})
  })

  test('in the middle of it, and only the post step is left: it gives stable everything', async () => {
    const [live] = await here.served()
    const since = (await here.ledger()).length
    const load = here.loaded(200)
    const killed = await here.start('canary-promote', await here.release({ version: `${delayMs}-post` }))
    await here.recorded((line, index) => index >= since && line.event?.weight === 60)
    killed.kill('SIGKILL')
    const post = await killed.post()
    expect(post).toMatchObject({ code: 0, stdout: expect.stringContaining('Healed delivery') })
    expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: live } } })
    expect((await here.ledger()).at(-2)).toMatchObject({ type: 'finish', result: { ok: false, reason: 'healed-went-back' } })
    expect((await load.stop()).failures).toEqual({})
  })
})

test('a rollback that was killed is finished by the next one', async () => {
  const here = await lab({ production: `    rollout: { strategy: direct }\n` })
  try {
    await here.run('canary-promote', await here.release({ version: '1' }))
    await here.run('canary-promote', await here.release({ version: '2' }))
    const load = here.loaded(200)
    const killed = await here.start('rollback')
    await here.recorded((line) => line.event?.verb === 'restore')
    killed.kill('SIGKILL')
    await killed.finished
    await killed.post()
    expect(new Set(await here.served())).toEqual(new Set(['1']))
    expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: '1' } } })
    expect((await load.stop()).failures).toEqual({})
  } finally {
    await here.close()
  }
})
