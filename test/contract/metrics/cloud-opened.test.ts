/** From the lines of `ecluse.yml` to a sample, by the registry that actions open their sources with. */
import { expect, test } from '@jest/globals'
import { openMetrics } from '../../../core/drivers/registry.js'
import { NOON, turnedTime } from '../../support/cloud-lab.js'
import { startCloudWatch } from '../../support/services/cloudwatch.js'
import { API_KEY, APPLICATION_KEY, startDatadog } from '../../support/services/datadog.js'
import { environmentOf, production } from '../../unit/config/lab.js'

const arms = { stable: { name: 'stable', identity: 'v1', labels: {} }, candidate: { name: 'candidate', identity: 'v2', labels: {} } } as const

test('CloudWatch, with the keys of the variables', async () => {
  const fake = await startCloudWatch('app/shop/50dc6c495c0c9188', 'eu-west-3')
  const time = turnedTime()
  const file = production('platform: { local: {} }', `judge: { metrics: { cloudwatch: { load-balancer: app/shop/50dc6c495c0c9188, stable: targetgroup/blue/73e2d6bc24d8a067, candidate: targetgroup/green/943f017f100becff, endpoint: "${fake.url}" } }, latency: { slower-than: 300ms } }`)
  fake.count('targetgroup/blue/73e2d6bc24d8a067', NOON - 60_000, { requests: 10, times: [0.1, 0.4] })
  fake.count('targetgroup/green/943f017f100becff', NOON - 60_000, { requests: 2 })
  const source = await openMetrics(await environmentOf({ file }), time.ambient, { AWS_ACCESS_KEY_ID: 'AKIDFAKE', AWS_SECRET_ACCESS_KEY: 'planted-secret', AWS_REGION: 'eu-west-3' })
  await source!.preflight(arms)
  expect(await source!.read(arms)).toMatchObject({ kind: 'sample', stable: { requests: 10, slow: 1 }, candidate: { requests: 2, slow: 0 } })
  expect(time.masked).toEqual(['planted-secret'])
  await fake.close()
})

test('Datadog, with the keys of the file', async () => {
  const fake = await startDatadog()
  const time = turnedTime()
  const file = production('platform: { local: {} }', `judge: { metrics: { datadog: { api-key: "\${env:DD_API_KEY}", application-key: "\${env:DD_APP_KEY}", requests: hits, errors: "{status_class:5xx}", latency: took, latency-in: milliseconds, endpoint: "${fake.url}" } }, latency: { slower-than: 300ms } }`)
  for (const [version, requests] of [['v1', 10], ['v2', 2]] as const) {
    fake.submit({ metric: 'hits', tags: [`version:${version}`, 'status_class:2xx'], at: NOON - 60_000, value: requests })
    fake.submit({ metric: 'took', tags: [`version:${version}`], at: NOON - 60_000, value: [100, 300, 400] })
  }
  fake.submit({ metric: 'hits', tags: ['version:v2', 'status_class:5xx'], at: NOON - 60_000, value: 1 })
  const source = await openMetrics(await environmentOf({ file, env: { DD_API_KEY: API_KEY, DD_APP_KEY: APPLICATION_KEY } }), time.ambient, {})
  await source!.preflight(arms)
  expect(await source!.read(arms)).toMatchObject({ kind: 'sample', stable: { requests: 10, errors: 0, slow: 1 }, candidate: { requests: 3, errors: 1, slow: 1 } })
  expect(time.masked).toEqual([API_KEY, APPLICATION_KEY])
  await fake.close()
})
