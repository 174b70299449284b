import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { activeIn, statusThat, tasks, told, toldThat } from '../../support/github-record.js'
import type { FakeGitHub } from '../../support/services/github/github.mjs'
import { noFaults } from '../../support/no-faults.js'
import { githubBundles, type GitHubBundles } from './lab.js'

type Case = readonly [string, (github: FakeGitHub) => unknown, readonly [string, string]]

describe('two runs that deliver to one environment', () => {
  let here: GitHubBundles
  let go: string

  beforeAll(async () => {
    // Whoever is let in holds the environment until the file is there.
    here = await githubBundles({ production: "    rollout: { strategy: direct }\n    migrate: { up: 'until test -e go; do sleep 0.05; done' }\n" })
    go = path.join(here.work, 'go')
    await writeFile(go, '')
    await here.newRun().run('canary-promote', await here.release({ version: '1' }))
    await rm(go)
  })
  afterEach(async () => {
    noFaults(here.github)
    here.github.calm()
    await rm(go, { force: true })
  })
  afterAll(() => here?.close())

  test.each<Case>([
    ['at the same time', () => undefined, ['2', '3']],
    ['where GitHub shows each of them another, older list', (github) => github.lag({ match: { method: 'GET', route: /\/deployments/ }, replicas: 2, ms: 800 }), ['4', '5']],
  ])('%s: one delivers, the other is told who does', async (_, weather, [a, b]) => {
    weather(here.github)
    const runs = [here.newRun(), here.newRun()]
    const before = told(here.github, tasks.delivery).length
    const racing = await Promise.all([a, b].map(async (version, index) => runs[index]!.start('canary-promote', await here.release({ version }))))
    const first = await Promise.race(racing.map(async ({ finished }, index) => ({ index, result: await finished })))
    expect(first.result.outputs).toMatchObject({ reason: 'lease-held', version: '' })
    expect(first.result.code).toBe(1)
    const [winner, holder] = [racing[1 - first.index]!, runs[1 - first.index]!]
    expect(first.result.stdout).toContain(`held by run ${holder.id} of ada (deliver)`)
    expect(first.result.summary).toContain(`run ${holder.id}`)
    await writeFile(go, '')
    const won = await winner.finished
    const version = [a, b][1 - first.index]!
    expect(won.outputs).toMatchObject({ reason: 'switched', version })
    for (const one of racing) expect((await one.post())?.code).toBe(0)
    expect(await here.served()).toEqual(Array.from({ length: 20 }, () => version))
    const deliveries = told(here.github, tasks.delivery)
    expect(deliveries).toHaveLength(before + 1)
    expect(activeIn(here.github, 'production')).toEqual([deliveries.at(-1)?.id])
    expect(told(here.github, tasks.lease)).toEqual([])
  })
})

describe('a rollback while a canary is under way', () => {
  let here: GitHubBundles
  beforeAll(async () => {
    here = await githubBundles({ production: '    rollout: { step: { at-least: 60s } }\n' })
    await here.newRun().run('canary-promote', await here.release({ version: '1' }))
  })
  afterEach(() => noFaults(here.github))
  afterAll(() => here?.close())

  test('has the environment at once; the delivery sees it, gives way within 10 s and says so', async () => {
    const { github } = here
    const load = here.loaded()
    const delivery = await here.newRun().start('canary-promote', await here.release({ version: '2' }))
    await toldThat(github, 'production', / shift w=5$/)
    const back = await here.newRun('rollback').run('rollback', { because: 'it looks wrong' })
    const yielded = await delivery.finished
    expect((await delivery.post())?.code).toBe(0)
    const counts = await load.stop()
    expect(back.outputs).toMatchObject({ reason: 'candidate-abandoned', version: '1', previous: '2' })
    expect(yielded.outputs).toMatchObject({ reason: 'preempted', version: '1' })
    expect(yielded.code).toBe(1)
    // Both times are the server's.
    const asked = github.calls.find(({ method, body }) => method === 'POST' && JSON.stringify(body ?? '').includes('"preempt":true'))
    const gaveWay = statusThat(github, 'production', / why=preempted /)
    expect(gaveWay).toMatchObject({ state: 'failure', logUrl: expect.stringContaining('https://') })
    expect((gaveWay?.createdAt ?? Number.NaN) - (asked?.at ?? Number.NaN)).toBeLessThanOrEqual(10_000)
    expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: '1' } } })
    expect(new Set(await here.served())).toEqual(new Set(['1']))
    expect(counts.failures).toEqual({})
    expect(told(github, tasks.delivery).map(({ description, state }) => `${description}: ${state}`)).toEqual(['promote 1 by ada: inactive', 'promote 2 by ada: failure', 'rollback 1 by ada: success'])
    expect(told(github, tasks.lease)).toEqual([])
  })
})
