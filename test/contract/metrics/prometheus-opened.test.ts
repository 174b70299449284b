/** From the lines of `ecluse.yml` to what must not be seen of them. */
import { expect, test } from '@jest/globals'
import { openMetrics } from '../../../core/drivers/registry.js'
import { openSlo } from '../../../core/drivers/registry-alarms.js'
import { turnedTime } from '../../support/cloud-lab.js'
import { environmentOf, production } from '../../unit/config/lab.js'

const ACCESS = 'bearer: "${env:ONE}", headers: { X-Scope-OrgID: shop-production, X-Api-Key: "${env:TWO}", X-Gate: "Bearer ${env:THREE}", X-Zone: eu }'
const file = production('platform: { local: {} }', `judge: { metrics: { prometheus: { url: "https://metrics.example", preset: go, ${ACCESS} } } }`, 'slo: { availability: 99.9% }')
const env = { ONE: 'planted-bearer', TWO: 'planted2', THREE: 'planted-gate-4711' }

test.each([
  ['the source of the judge', openMetrics],
  ['the source of the objectives', openSlo],
] as const)('%s hides its token and the values of headers, but not the name of a tenant', async (_, open) => {
  const { ambient, masked } = turnedTime()
  expect(await open(await environmentOf({ file, env }), ambient, {})).toBeDefined()
  expect(masked).toEqual(expect.arrayContaining(['planted-bearer', 'planted2', 'planted-gate-4711']))
  expect(masked.filter((text) => ['shop-production', 'eu', 'shop'].includes(text))).toEqual([])
})
