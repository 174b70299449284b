/** Where a Prometheus comes in, if it may: the counters of the proxy, and the processes behind it. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createServer } from 'node:http'
import { localPlatform } from '../../../core/drivers/platforms/local/index.js'
import { withEngines } from '../../support/engines/index.js'
import { localLab, unusedPort, type LocalLab } from '../../support/local-lab.js'
import { startPrometheus, until } from '../../support/prometheus-lab.js'
import { scrapesOfLocal } from '../../support/prometheus-recipe.js'
import { live, plan } from './suite.js'

let lab: LocalLab
let port: number
beforeEach(async () => {
  port = await unusedPort()
  lab = await localLab({ metricsPort: port })
})
afterEach(() => lab.close())

const at = { open: () => lab.open() }
const ask = (route: string, method = 'GET'): Promise<Response> => fetch(`http://127.0.0.1:${port}${route}`, { method })
const asked = async (times: number): Promise<void> => {
  for (let count = 0; count < times; count += 1) await (await fetch(lab.url)).text()
}

test('what is counted stays one series when a candidate becomes stable, and nothing else is to be had', async () => {
  await live(at, await lab.release({ version: 'v1' }))
  const { id } = await lab.open().launch(await lab.release({ version: 'v2' }), plan)
  await lab.open().shift(100)
  await asked(3)
  const series = `ecluse_requests_total{environment="staging",version="v2",instance="${id}"}`
  expect(await (await ask('/metrics')).text()).toContain(`${series} 3\n`)
  await lab.open().promote()
  await asked(2)
  expect(await (await ask('/metrics')).text()).toContain(`${series} 5\n`)
  expect(await (await ask('/metrics')).text()).toContain(`ecluse_arm{environment="staging",version="v2",instance="${id}",arm="stable"} 1\n`)
  const { stable } = await lab.open().observe()
  expect(await (await ask('/targets')).json()).toEqual([{ targets: [new URL(stable?.url ?? '').host], labels: { environment: 'staging', version: 'v2', instance: id } }])
  expect([(await ask('/stop', 'POST')).status, (await ask('/counters')).status]).toEqual([405, 404])
})

test('it is on another port when that is asked for, opened again by the next server, and closed for who does not want it', async () => {
  await live(at, await lab.release({ version: 'v1' }))
  const after = await unusedPort()
  await lab.open({ metricsPort: after }).observe()
  await expect(ask('/metrics')).rejects.toThrow('fetch failed')
  port = after
  expect((await ask('/metrics')).status).toBe(200)
  // A server that is killed opens it again.
  await lab.killServer()
  await lab.open({ metricsPort: after }).observe()
  expect((await ask('/metrics')).status).toBe(200)
  await localPlatform({ name: 'local', port: lab.port, sticky: false, drainMs: 1000, keep: 2, healthPath: '/health' }, { app: 'shop', environment: 'staging', state: lab.state }, lab.ambient).observe()
  await expect(ask('/metrics')).rejects.toThrow('fetch failed')
  expect((await fetch(lab.url)).status).toBe(200)
})

test('a port that is taken is said, with its number', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => { other.listen(port, '127.0.0.1', resolve) })
  try {
    await expect(lab.open().launch(await lab.release({ version: 'v1' }), plan)).rejects.toMatchObject({ code: 'port-taken', message: expect.stringContaining(`Port ${port}`) })
  } finally {
    other.close()
  }
})

withEngines(['prometheus'], 'a real Prometheus', (pathOf) => {
  test('finds the processes and their proxy as the page says', async () => {
    await live(at, await lab.release({ version: 'v1' }))
    await asked(5)
    const prometheus = await startPrometheus(pathOf('prometheus'), { targets: {}, scrapes: await scrapesOfLocal(port) })
    try {
      const counts = (): Promise<readonly (number | undefined)[]> => Promise.all(['http_requests_total{job="shop",version="v1",handler="/"}', 'ecluse_requests_total{job="edge",version="v1"}'].map((series) => prometheus.value(`sum(${series})`)))
      await until(async () => (await counts()).every((count) => count !== undefined), 'both to be scraped')
      expect(await counts()).toEqual([5, 5])
    } finally {
      await prometheus.stop()
    }
  })
})
