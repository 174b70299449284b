import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { activeIn, tasks, told, toldThat } from '../../support/github-record.js'
import { noFaults } from '../../support/no-faults.js'
import type { StartedAction } from '../../support/runner.mjs'
import { githubBundles, type GitHubBundles, type Run } from './lab.js'

const MINUTE = 60_000

let here: GitHubBundles

beforeAll(async () => {
  here = await githubBundles({ production: '    rollout: { weights: [40, 100], step: { at-least: 60s } }\n' })
  await here.newRun().run('canary-promote', await here.release({ version: '1' }))
})
afterEach(() => noFaults(here.github))
afterAll(() => here?.close())

/** A canary that has 40 % of the traffic when its process, and nothing else of it, ends. */
async function killed(version: string): Promise<{ readonly run: Run; readonly started: StartedAction; readonly delivery: number }> {
  const run = here.newRun()
  const started = await run.start('canary-promote', await here.release({ version }))
  const { of } = await toldThat(here.github, 'production', new RegExp(` launch \\| ${version}$`))
  await until(() => story(of.id).some((line) => line.endsWith('shift w=40')))
  await until(async () => (await here.observe()).weight === 40)
  started.kill('SIGKILL')
  await started.finished
  return { run, started, delivery: of.id }
}

const story = (delivery: number): readonly string[] => told(here.github, tasks.delivery).find(({ id }) => id === delivery)?.story ?? []

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await met()); tries += 1) {
    if (tries > 1000) throw new Error('it did not happen in time')
    await new Promise((resolve) => { setTimeout(resolve, 10) })
  }
}

async function backAtOne(): Promise<void> {
  expect(await here.observe()).toMatchObject({ weight: 0, stable: { release: { version: '1' } } })
  expect((await here.observe()).candidate).toBeUndefined()
  expect(new Set(await here.served())).toEqual(new Set(['1']))
  expect(activeIn(here.github, 'production')).toEqual([told(here.github, tasks.delivery)[0]?.id])
  expect(told(here.github, tasks.lease)).toEqual([])
}

test('kill -9 in the middle of a canary: reconcile leaves it alone while its run may live, and heals it when GitHub says that it ended', async () => {
  const load = here.loaded(100)
  const { run, started, delivery } = await killed('2')
  const other = here.newRun('reconcile')
  const first = await other.run('reconcile')
  expect(first.outputs).toMatchObject({ reason: 'in-flight', healed: '', open: String(delivery) })
  expect(first.code).toBe(0)
  expect(first.summary).toContain(`${run.id} lives`)
  expect(story(delivery).at(-1)).toBe('in_progress: shift w=40')
  // Somebody who wants to deliver is not let in, either.
  expect((await here.newRun().run('canary-promote', await here.release({ version: '3' }))).outputs['reason']).toBe('lease-held')

  here.github.endRun(run.id, 'cancelled')
  const next = await here.newRun('reconcile').run('reconcile')
  expect(next.outputs).toMatchObject({ reason: 'healed', healed: String(delivery), open: '' })
  expect(next.code).toBe(0)
  expect(story(delivery).at(-1)).toMatch(/^failure: ended ok=0 why=healed-went-back live=previous bad=none by=\d+ \| /)
  await backAtOne()
  // Its post step, which comes late, finds nothing to do.
  expect(await started.post()).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Healed') })
  expect((await here.newRun('reconcile').run('reconcile')).outputs).toMatchObject({ reason: 'nothing-open', healed: '', open: '' })
  expect((await load.stop()).failures).toEqual({})
})

test('kill -9 while GitHub takes the run for a living one: its own post step heals it', async () => {
  const load = here.loaded(100)
  const { started, delivery } = await killed('4')
  expect((await here.newRun('reconcile').run('reconcile')).outputs).toMatchObject({ reason: 'in-flight', open: String(delivery) })
  expect(await started.post()).toMatchObject({ code: 0, stdout: expect.stringContaining(`Healed delivery ${delivery}`) })
  expect(story(delivery).at(-1)).toMatch(/^failure: ended ok=0 why=healed-went-back live=previous bad=none by=\d+ \| /)
  await backAtOne()
  expect((await load.stop()).failures).toEqual({})
})

test('kill -9 and nobody ever says that the run has ended: when its lease is over, the next delivery heals it and goes on', async () => {
  const load = here.loaded(100)
  const { delivery } = await killed('5')
  const next = here.newRun()
  const inputs = { ...(await here.release({ version: '6' })), environment: 'production' }
  here.later(14 * MINUTE)
  expect((await next.run('deploy-staging', inputs)).outputs['reason']).toBe('lease-held')
  here.later(2 * MINUTE)
  expect((await next.run('deploy-staging', inputs)).outputs).toMatchObject({ reason: 'deployed', version: '6', previous: '1' })
  expect(story(delivery).at(-1)).toMatch(/ why=healed-went-back /)
  expect(new Set(await here.served())).toEqual(new Set(['6']))
  const deliveries = told(here.github, tasks.delivery)
  expect(activeIn(here.github, 'production')).toEqual([deliveries.at(-1)?.id])
  expect(deliveries[0]?.story.at(-1)).toMatch(/^inactive: gone \| 6 serves/)
  expect(told(here.github, tasks.lease)).toEqual([])
  expect((await load.stop()).failures).toEqual({})
})
