import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { dockerEngine } from '../../../core/drivers/engines/docker/index.js'
import { composePlatform } from '../../../core/drivers/platforms/compose/index.js'
import type { Platform } from '../../../core/ports/platform.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'

withEngines(['docker'], 'a host whose clock is not ours', () => {
  let lab: ComposeLab

  beforeAll(async () => {
    lab = await composeLab()
    await lab.open().launch(await lab.release({ version: 'v1' }), { strategy: 'canary', weights: [50, 100], healthyWithinMs: 30_000 })
    await lab.open().promote()
  })
  afterAll(() => lab.close())

  /** The same host, for somebody whose clock is so much ahead of it. */
  const seenFrom = (aheadMs: number): { readonly platform: Platform; readonly now: () => number } => {
    const { clock } = lab.ambient
    const now = (): number => clock.now() + aheadMs
    const ambient = { ...lab.ambient, clock: { now, sleep: clock.sleep.bind(clock) } }
    return { now, platform: composePlatform(lab.options, { app: lab.app, environment: 'staging', url: lab.url, secretSettings: {} }, [dockerEngine({ hostKeys: [] }, ambient)], ambient) }
  }

  test.each([['behind', 120_000], ['ahead', -120_000]])('%s by two minutes, what ended there is told all the same, dated as we date', async (_, aheadMs) => {
    const { platform, now } = seenFrom(aheadMs)
    const since = now()
    const [container] = await lab.containers('v1')
    await lab.docker.docker(['restart', '--time', '0', container!])
    const { stopReasons, events, lastLines } = await platform.diagnose(since)
    expect(stopReasons.join('\n')).toContain('v1')
    expect(lastLines.length).toBeGreaterThan(0)
    const died = events.filter(({ text }) => text.includes('die'))
    expect(died).toHaveLength(1)
    expect(Math.abs(died[0]!.at - now())).toBeLessThan(60_000)
  })
})
