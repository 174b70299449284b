/** Deliveries as marks in Grafana: what is there after each, and that nothing of it touches a delivery. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, expect, test } from '@jest/globals'
import { deliveryMarks } from '../../../core/delivery/marks.js'
import { openAnnotations } from '../../../core/drivers/registry-annotations.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { FlowLab } from '../../support/flow-lab.js'
import { startGrafana, type Grafana } from '../../support/services/grafana.js'
import { realAmbient } from '../../support/surroundings.js'
import { environmentOf, problemsOf } from '../../unit/config/lab.js'

const real = realAmbient({ work: '', dist: '' })
const file = (more = ''): string => `environments: { production: { platform: { local: {} }, annotate: { grafana: { url: "https://grafana.shop.example/", token: "\${env:GRAFANA_TOKEN}"${more} } } } }`
let grafana: Grafana
afterEach(() => grafana?.stop())

/** A lab whose processes mark what they do; `settled`: all of it has been told. */
async function marked(status?: number): Promise<{ readonly lab: FlowLab; readonly settled: () => Promise<void> }> {
  grafana = await startGrafana(status)
  const lab = await new FlowLab().served('v0', 'v1')
  const open: (() => Promise<void>)[] = []
  const annotations = await openAnnotations({ annotate: { name: 'grafana', url: grafana.url, token: grafana.token, tags: ['payments'], dashboard: 'board' } }, real)
  lab.keeping = (ambient) => ({ ledger: fakeLedger(lab.store, ambient), marks: deliveryMarks(annotations!, { ...ambient, atEnd: (tidy) => void open.push(tidy) }) })
  return { lab, settled: async () => void (await Promise.all(open.map((tidy) => tidy()))) }
}

test('a delivery that goes well is a span of time, and the moment of all traffic a mark of its own', async () => {
  const { lab, settled } = await marked()
  expect(await lab.promote('v2')).toMatchObject({ reason: 'promoted' })
  await settled()
  const [delivery, turn] = [...grafana.annotations.values()]
  expect(delivery).toEqual({
    dashboardUID: 'board', time: lab.last!.begunAt, timeEnd: lab.last!.result!.at, text: expect.stringMatching(/^promote v2 to production: promoted\. v2 serves/),
    tags: ['ecluse', 'shop', 'production', 'promote', 'succeeded', 'payments'],
  })
  expect(turn).toMatchObject({ text: 'v2 gets all traffic', tags: ['ecluse', 'shop', 'production', 'promote', 'payments'] })
  expect(grafana.asked).toEqual(['POST /grafana/api/annotations', 'POST /grafana/api/annotations', 'PATCH /grafana/api/annotations/1'])
})

test('a release that is sent back, and a rollback, are told as that', async () => {
  const { lab, settled } = await marked()
  lab.traffic.errors['v2'] = 0.3
  await lab.promote('v2')
  await lab.rollback({ to: 'v0' })
  await settled()
  expect([...grafana.annotations.values()].map(({ text, tags }) => `${text.replace(/: .*/s, '')} ${tags.at(-2)}`)).toEqual(['promote v2 to production failed', 'v2 is taken back abandon', 'rollback v0 to production succeeded'])
})

test('the end of what a dead run began is marked by the run that heals it', async () => {
  const { lab, settled } = await marked()
  const by = lab.process()
  by.at = (point) => {
    if (point === 'after platform shift 10') by.die()
  }
  await lab.promote('v2', { by }).catch(() => undefined)
  await settled()
  await lab.promote('v3')
  await settled()
  const healed = [...grafana.annotations.values()].find(({ text }) => text.includes('healed'))
  expect(healed).toMatchObject({ time: lab.deliveries.at(-2)!.begunAt, timeEnd: lab.deliveries.at(-2)!.result!.at, text: expect.stringMatching(/^promote v2 to production: healed-went-back/) })
})

test.each([[403, /answered 403.*annotations:create/], [500, /answered 500/]] as const)('a Grafana that answers %i is one warning, and asked once', async (status, says) => {
  const { lab, settled } = await marked(status)
  expect(await lab.promote('v2')).toMatchObject({ reason: 'promoted' })
  await settled()
  expect(lab.told.filter((line) => line.includes('grafana'))).toEqual([expect.stringMatching(says)])
  expect(grafana.asked).toHaveLength(1)
  expect(lab.told.join()).not.toContain(grafana.token)
})

test('a Grafana that never answers is told as that, and not as a run that was cancelled', async () => {
  const server = createServer(() => undefined)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const annotations = await openAnnotations({ annotate: { name: 'grafana', url, token: 'glsa_x', tags: [] } }, real)
  await expect(annotations!.put({ at: 1, text: 'x', tags: [] })).rejects.toMatchObject({ code: 'network-timeout', message: expect.stringContaining('none came within 5 s') })
  server.closeAllConnections()
  server.close()
})

test('the configuration says where; a token that stands in the file is refused', async () => {
  grafana = await startGrafana()
  const env = { GRAFANA_TOKEN: grafana.token }
  expect(await environmentOf({ file: file(), env })).toMatchObject({ annotate: { name: 'grafana', url: 'https://grafana.shop.example/', token: grafana.token, tags: [] } })
  expect(await environmentOf({ file: file(', dashboard: board, tags: [a]'), env })).toMatchObject({ annotate: { dashboard: 'board', tags: ['a'] } })
  expect(await problemsOf({ file: file().replace('${env:GRAFANA_TOKEN}', grafana.token), env })).toEqual([expect.stringContaining('annotate.grafana.token` holds what its name calls a secret')])
})

test('without its token a delivery goes on unmarked, and one warning says why', async () => {
  const environment = await environmentOf({ file: file() })
  const told: string[] = []
  expect(await openAnnotations(environment, { ...real, log: { ...real.log, warn: (text) => void told.push(text) } })).toBeUndefined()
  expect(told).toEqual([expect.stringContaining('not marked in charts: `GRAFANA_TOKEN` is not set here')])
})
