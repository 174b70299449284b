import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { dockerLab, type PrivateEngine } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { asked, containersIn, inShort, live, onTrial, seenAs } from './hands.js'

withEngines(['docker'], 'an engine that goes away in the middle of a roll', () => {
  let engine: PrivateEngine
  let lab: ComposeLab

  beforeAll(async () => {
    engine = await (await dockerLab()).privateEngine()
    lab = await composeLab({ engine })
    await live(lab, await lab.release({ version: 'v1' }))
    await onTrial(lab, await lab.release({ version: 'v2' }), 25)
  })
  afterAll(async () => {
    await engine.end()
    await lab.close()
  })

  test('stopped and started again, it does what was wished, and the dead-man\'s switch fires by the host\'s clock', async () => {
    const deadline = Date.now() + 20_000
    await lab.open().returnAt(deadline)
    await engine.stop()
    await expect(lab.open().observe()).rejects.toMatchObject({ code: 'docker-unreachable' })
    await engine.start()
    const seen = await seenAs(lab.open(), ({ stable, candidate }) => stable?.healthy === true && candidate?.healthy === true)
    // On a machine that is this slow, its time may have come already.
    if (Date.now() < deadline) {
      expect([...inShort(seen), seen.returnsAt]).toEqual(['v1 well', 'v2 well', 25, deadline])
      const answers = await asked(lab.url, 20)
      if (Date.now() < deadline) expect(answers).toEqual({ v1: 15, v2: 5 })
    }
    const returned = await seenAs(lab.open(), ({ weight }) => weight === 0, 40_000)
    expect(Date.now()).toBeGreaterThanOrEqual(deadline)
    expect([...inShort(returned), returned.returnsAt]).toEqual(['v1 well', 'v2 well', 0, undefined])
    expect(await asked(lab.url, 20)).toEqual({ v1: 20 })
  })

  test('a switch whose time came while the engine was away has fired when it is back', async () => {
    // What fired holds until somebody is there to hold it again.
    await expect(lab.open().shift(25)).rejects.toMatchObject({ code: 'platform-refused', message: expect.stringContaining('dead-man') })
    await lab.open().returnAt(Date.now() + 60_000)
    await lab.open().shift(25)
    const deadline = Date.now() + 3000
    await lab.open().returnAt(deadline)
    await engine.stop()
    await lab.ambient.clock.sleep(Math.max(0, deadline - Date.now()), lab.ambient.signal)
    await engine.start()
    const seen = await seenAs(lab.open(), ({ stable, candidate }) => stable?.healthy === true && candidate?.healthy === true)
    expect(inShort(seen)).toEqual(['v1 well', 'v2 well', 0])
    expect(await asked(lab.url, 20)).toEqual({ v1: 20 })
  })

  test('killed and started again, the roll goes on to its end', async () => {
    await lab.open().returnAt(0)
    await lab.open().shift(25)
    await engine.kill()
    await expect(lab.open().shift(50)).rejects.toMatchObject({ code: 'docker-unreachable' })
    await engine.start()
    const seen = await seenAs(lab.open(), ({ stable, candidate }) => stable?.healthy === true && candidate?.healthy === true)
    expect(inShort(seen)).toEqual(['v1 well', 'v2 well', 25])
    await lab.open().shift(50)
    await lab.open().promote()
    expect(inShort(await lab.open().observe())).toEqual(['v2 well', 'none', 0])
    expect(await asked(lab.url, 20)).toEqual({ v2: 20 })
  })

  test('what was stopped on purpose stays so over a restart, and going back finds it', async () => {
    await onTrial(lab, await lab.release({ version: 'v3' }), 25)
    await engine.stop()
    await engine.start()
    await lab.open().abandon()
    expect(inShort(await lab.open().observe())).toEqual(['v2 well', 'none', 0])
    expect(await asked(lab.url, 20)).toEqual({ v2: 20 })
    expect(await containersIn(engine, lab.scope)).toEqual(['edge running', 'v1 exited', 'v2 running'])
    const [past] = await lab.open().releases()
    await lab.open().restore(past!)
    expect(await asked(lab.url, 20)).toEqual({ v1: 20 })
  })
})
