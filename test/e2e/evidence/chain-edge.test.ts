/** The same story where releases are containers: real HAProxy before them, a real Prometheus that finds them, and real servers that people hear by. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { NoData, Sample } from '../../../core/domain/sample.js'
import { withEngines } from '../../support/engines/index.js'
import type { Load } from '../../support/load.mjs'
import type { ActionResult } from '../../support/runner.mjs'
import { scrapedEdgeLab, type ScrapedEdgeLab } from './edge-lab.js'
import { startPeople, type People } from './lab.js'

withEngines(['docker', 'prometheus', 'alertmanager', 'openssl'], 'releases behind the edge of `compose`, scraped by their labels', (pathOf) => {
  let people: People
  let here: ScrapedEdgeLab
  let users: Load

  beforeAll(async () => {
    people = await startPeople({ alertmanager: pathOf('alertmanager'), openssl: pathOf('openssl') })
    here = await scrapedEdgeLab(pathOf('prometheus'), { keys: { notify: people.notify }, env: people.env })
    await deliver('v1')
    users = here.users(50)
    await here.counted('v1')
  })
  afterAll(async () => {
    await here.close()
    await people.close()
  })

  const deliver = async (version: string, errorRate = 0): Promise<ActionResult> => here.run('canary-promote', { ...(await here.release({ version, errorRate })) })
  const subjects = (): readonly (string | undefined)[] => people.mail.mails.map(({ headers }) => headers['subject'])
  const samples = async ({ outputs }: ActionResult): Promise<readonly Sample[]> => {
    const lines = (await readFile(path.join(here.work, outputs['evidence'] ?? ''), 'utf8')).split('\n').filter(Boolean)
    return lines.flatMap((line) => {
      const { sample } = JSON.parse(line) as { readonly sample?: Sample | NoData }
      return sample?.kind === 'sample' ? [sample] : []
    })
  }

  test('a good one goes up by what Prometheus has counted of it and of what serves', async () => {
    const result = await deliver('v2')
    expect({ code: result.code, outputs: result.outputs, told: result.code === 0 ? '' : result.stdout }).toMatchObject({ code: 0, outputs: { reason: 'promoted', verdict: 'pass', version: 'v2', previous: 'v1' } })
    expect(await here.served()).toEqual(Array.from({ length: 20 }, () => 'v2'))
    const seen = await samples(result)
    expect([...new Set(seen.map(({ candidate, stable, provenance }) => [candidate.identity, stable?.identity, provenance?.[0]?.query.includes('version=~"v2|v1"')].join(' ')))]).toEqual(['v2 v1 true'])
    // What the edge and Docker ask it for is not among it.
    expect(seen.at(-1)?.candidate.requests).toBeLessThanOrEqual(users.counts().versions['v2'] ?? 0)
    expect(people.slack.messages.findLast(({ thread }) => thread === undefined)?.shown).toMatch(/^:white_check_mark: \*Promoted: v2 in production\*/)
    expect([people.mail.mails, await people.alerts.alerts()]).toEqual([[], []])
  })

  test('one of whose requests 20 % fail goes back, and whoever is told hears of it', async () => {
    const { outputs, code, stdout } = await deliver('v3', 0.2)
    expect({ code, outputs, told: outputs['reason'] === 'high-error-rate' ? '' : stdout }).toMatchObject({ code: 1, outputs: { reason: 'high-error-rate', verdict: 'fail', version: 'v2' } })
    expect(await here.served()).not.toContain('v3')
    expect(people.slack.messages.findLast(({ thread }) => thread === undefined)?.shown).toMatch(/^:rotating_light: \*Promotion failed: v3 in production\*/)
    expect(subjects()).toMatchObject([expect.stringContaining('Promotion failed: v3 in production')])
    expect(await people.alerts.alerts()).toMatchObject([{ labels: { alertname: 'Ecluse', environment: 'production', key: outputs['deployment'] }, annotations: { version: 'v3' }, status: { state: 'active' } }])
  })

  test('the next good one ends the alarm everywhere', async () => {
    expect((await deliver('v4')).outputs['reason']).toBe('promoted')
    expect(await people.alerts.alerts()).toEqual([])
    expect(subjects()).toMatchObject([expect.anything(), expect.stringContaining('Promoted: v4 in production')])
    expect(people.slack.messages.findLast(({ thread }) => thread === undefined)?.shown).toMatch(/^:white_check_mark: \*Promoted: v4 in production\*/)
  })
})
