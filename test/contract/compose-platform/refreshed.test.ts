import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { decodeState, edgePlaces } from '../../../core/domain/edge-control/index.js'
import type { Release } from '../../../core/domain/release.js'
import { dockerEngine } from '../../../core/drivers/engines/docker/index.js'
import { madeOf } from '../../../core/drivers/platforms/compose/edge/index.js'
import type { Engine } from '../../../core/ports/engine.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { load } from '../../support/load.mjs'

withEngines(['docker'], 'an edge of another version of Ecluse', () => {
  let lab: ComposeLab
  let engine: Engine
  let v2: Release
  const plan = { strategy: 'canary', weights: [50, 100], healthyWithinMs: 30_000 } as const

  beforeAll(async () => {
    lab = await composeLab()
    engine = dockerEngine({ hostKeys: [] }, lab.ambient)
    v2 = await lab.release({ version: 'v2' })
    await lab.open().launch(await lab.release({ version: 'v1' }), plan)
    await lab.open().promote()
  })
  afterAll(() => lab.close())

  const runsBy = async (): Promise<string | undefined> => decodeState((await engine.read(lab.edge, edgePlaces.state)) ?? '')?.made
  const configuration = async (): Promise<string> => (await engine.read(lab.edge, edgePlaces.configuration)) ?? ''
  const restarted = async (text: string): Promise<void> => {
    await engine.write(lab.edge, edgePlaces.configuration, text)
    await lab.docker.docker(['restart', lab.edge])
    while ((await runsBy()) !== madeOf(text)) await lab.ambient.clock.sleep(100)
  }

  test('takes up the present one without a failed request, also after a run that was killed before it had told it to', async () => {
    const present = await configuration()
    const made = madeOf(present)!
    expect(await runsBy()).toBe(made)
    await restarted(present.replace(made, 'former'))
    await engine.write(lab.edge, edgePlaces.configuration, present)
    expect(await runsBy()).toBe('former')
    const running = load({ url: lab.url, rps: 20 })
    await lab.open().launch(v2, plan)
    expect(await runsBy()).toBe(made)
    expect((await running.stop()).failures).toEqual({})
    await lab.open().abandon()
  })
})
