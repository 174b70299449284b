import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { stackLab, type StackLab } from './lab.js'
import { deeds, ended, figure, releaseOf } from './story.js'

const LIMIT_MS = 300_000

withEngines(['docker'], 'a delivery to Docker Compose that is cut off at 25 %', () => {
  let here: StackLab
  let read = 0
  const since = async (): Promise<readonly string[]> => {
    const lines = await here.ledger('production')
    const fresh = lines.slice(read)
    read = lines.length
    return deeds(fresh)
  }
  const deliver = async (version: string): ReturnType<StackLab['start']> => {
    const built = await here.build({ version })
    ended(built, 'built', 0)
    return here.start('canary-promote', { environment: 'production', ...releaseOf(built) })
  }
  /** By forty answers: of ten, other users may be given all that the candidate still has. */
  const served = async (): Promise<readonly string[]> => [...new Set((await Promise.all(Array.from({ length: 4 }, () => here.served('production')))).flat())]
  const onlyServed = async (version: string): Promise<void> => {
    for (let tries = 0; tries < 300 && (await served()).join() !== version; tries += 1) await new Promise((resolve) => { setTimeout(resolve, 200) })
    expect(await served()).toEqual([version])
  }
  const at25 = (): Promise<void> => here.recorded('production', ({ event }, index) => index >= read && event?.weight === 25)

  beforeAll(async () => {
    here = await stackLab({
      stack: 'node', service: 'web', base: 'node',
      production: { backup: undefined, rollout: { weights: [25, 100], step: { 'at-least': '60s' }, 'healthy-within': '60s', 'return-after': '10s' } },
    })
    const first = await deliver('2.0.0')
    ended({ ...(await first.finished), post: await first.post() }, 'promoted-first', 0)
    await since()
  }, LIMIT_MS)
  afterAll(() => here?.close(), 60_000)

  test('by SIGKILL: the edge gives stable everything by itself, and what comes next agrees', async () => {
    const load = here.loaded(25)
    const killed = await deliver('2.1.0')
    await at25()
    while ((load.counts().versions['2.1.0'] ?? 0) === 0) await new Promise((resolve) => { setTimeout(resolve, 20) })
    killed.kill('SIGKILL')
    const then = Date.now()
    await killed.finished
    // Nobody is there but the edge.
    await onlyServed('2.0.0')
    figure('back after SIGKILL', `${Date.now() - then} ms, with return-after 10 s`)
    const before = load.counts().versions['2.1.0'] ?? 0
    expect(await since()).toEqual(['launch', 'shift 25'])

    const healed = await here.run('reconcile', { environment: 'production' })
    ended(healed, 'healed', 0)
    expect(healed.outputs).toMatchObject({ open: '', healed: expect.stringMatching(/./) })
    expect((await since()).at(-1)).toBe('healed-went-back')
    expect(load.counts().versions['2.1.0']).toBe(before)
    ended(await here.run('reconcile', { environment: 'production' }), 'nothing-open', 0)
    expect((await load.stop()).failures).toEqual({})
  }, LIMIT_MS)

  test('by SIGTERM: it goes back itself before it ends, or its post step does', async () => {
    const load = here.loaded(25)
    const cut = await deliver('2.2.0')
    await at25()
    cut.kill('SIGTERM')
    const ran = { ...(await cut.finished), post: await cut.post() }
    // On a machine that is too slow for the seven seconds of a cancelled run, the post step sees to the end of it.
    const late = ran.outputs['reason'] === 'stuck'
    ended(ran, late ? 'stuck' : 'cancelled', 1)
    expect(await here.served('production')).toEqual(['2.0.0'])
    expect(deeds(await here.ledger('production')).at(-1)).toBe(late ? 'healed-went-back' : 'cancelled')
    await since()
    expect((await load.stop()).failures).toEqual({})
  }, LIMIT_MS)

  test('the next delivery is like any other', async () => {
    await here.configure({ rollout: { weights: [25, 100], step: { 'at-least': '500ms' }, 'healthy-within': '60s' } })
    const load = here.loaded(25)
    const next = await deliver('2.3.0')
    ended({ ...(await next.finished), post: await next.post() }, 'promoted', 0)
    expect(await here.served('production')).toEqual(['2.3.0'])
    expect((await load.stop()).failures).toEqual({})
  }, LIMIT_MS)
})
