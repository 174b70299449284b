/** Every trigger that looks at a platform fires once for real: a crash loop, growing memory, failing checks. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openTriggers } from '../../../core/drivers/registry-alarms.js'
import type { Environment } from '../../../core/domain/environment.js'
import type { Launched } from '../../../core/domain/platform.js'
import type { Finding } from '../../../core/domain/trigger.js'
import type { TriggerPolicy } from '../../../core/domain/trigger-policy.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import { check, FlowLab } from '../../support/flow-lab.js'
import { localLab, type LocalLab } from '../../support/local-lab.js'
import { until } from '../../support/prometheus-lab.js'
import { plan } from './suite.js'

let lab: LocalLab
let launched: Launched
let since: number
beforeAll(async () => {
  lab = await localLab()
  const platform = lab.open()
  await platform.launch(await lab.release({ version: 'v1' }), plan)
  await platform.promote()
  since = Date.now()
  launched = await platform.launch(await lab.release({ version: 'v2' }), plan)
  await platform.shift(5)
})
afterAll(() => lab.close())

async function only(triggers: TriggerPolicy, changes: Partial<Environment> = {}): Promise<Trigger> {
  const environment: Environment = { ...new FlowLab().environment(), checks: [{ ...check, path: '/health' }], triggers, ...changes }
  const opened = await openTriggers(environment, lab.ambient)({ arm: launched.arms.candidate, url: lab.url, platform: lab.open(), ...(launched.reach === undefined ? {} : { reach: launched.reach }) })
  expect(opened).toHaveLength(1)
  await opened[0]!.preflight()
  return opened[0]!
}

const v2 = { version: 'v2', alone: false }
const candidate = async (): Promise<string> => (await lab.open().observe()).candidate!.url!

test('checks that fail at the candidate alone', async () => {
  const trigger = await only({ health: { after: 3, everyMs: 10 }, sloBurn: false })
  expect(await trigger.look({ ...v2, since })).toEqual({ kind: 'calm', detail: 'the checks passed' })
  const failing = await only({ health: { after: 2, everyMs: 10 }, sloBurn: false }, { checks: [{ ...check, name: 'GET /fail', path: '/fail' }] })
  expect(await failing.look({ ...v2, since })).toMatchObject({ kind: 'calm', detail: expect.stringContaining('failed once: GET /fail') })
  expect(await failing.look({ ...v2, since })).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^failed 2 times in a row: GET \/fail .*500/) })
})

test('memory that grows', async () => {
  const trigger = await only({ resources: { restarts: 3, outOfMemory: true, memory: { growth: 0.2, overMs: 4000 }, written: true }, sloBurn: false })
  const found: Finding[] = []
  const address = await candidate()
  await until(async () => {
    await fetch(`${address}/grow?bytes=${2 * 1024 * 1024}`)
    found.push(await trigger.look({ ...v2, since }))
    return found.at(-1)?.kind === 'fired'
  }, 'the memory to grow')
  expect(found[0]).toEqual({ kind: 'calm', detail: 'no restarts; the platform does not say whether it ran out of memory' })
  expect(found.at(-1)?.detail).toMatch(/^the memory of `v2-\w+` grows by \d+ % in 4\.0 s, and by more than \d+ % for sure$/)
})

test('a crash loop, told by the next server as well', async () => {
  await lab.open().promote()
  const trigger = await only({ resources: { restarts: 2, outOfMemory: true, written: false }, sloBurn: false })
  const look = (): Promise<Finding> => trigger.look({ version: 'v2', since, alone: true })
  expect(await look()).toMatchObject({ kind: 'calm' })
  for (const restarts of [1, 2]) {
    const { stable } = await lab.open().observe()
    await fetch(`${stable!.url!}/crash`)
    await until(async () => {
      const [one] = await lab.open().vitals!({ since, memory: false })
      return one?.restarts === restarts && (await lab.open().observe()).stable?.healthy === true
    }, 'the release to be started again')
  }
  await lab.killServer()
  expect(await look()).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^`v2-\w+` was started again 2 times$/) })
  expect(await lab.open().vitals!({ since: Date.now(), memory: false })).toMatchObject([{ version: 'v2', restarts: 0 }])
})
