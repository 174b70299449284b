/** What people are told of that others forget, from the actions themselves: each failure, who has seen it, who is woken, and that it is over. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { load, type Load } from '../../support/load.mjs'
import type { SlackMessage } from '../../support/services/slack.js'
import type { Lab } from '../lab.js'
import { labWith, points, QUICK_JUDGE, QUICK_ROLLOUT, startPeople, type People } from './lab.js'

withEngines(['alertmanager', 'openssl'], 'alerts', (pathOf) => {
  let people: People
  let here: Lab
  let users: Load
  beforeAll(async () => {
    people = await startPeople({ alertmanager: pathOf('alertmanager'), openssl: pathOf('openssl') })
    const { slack, email, alertmanager } = people.notify as Readonly<Record<string, object>>
    here = await labWith({
      rollout: QUICK_ROLLOUT, judge: QUICK_JUDGE, notify: { slack, email, escalate: { after: '1s', to: { alertmanager } } },
    })
    await run('canary-promote', await here.release({ version: 'v1' }))
    users = load({ url: `${here.url}/`, rps: 100 })
  })
  afterAll(async () => {
    await users.stop()
    await here.close()
    await people.close()
  })

  const run = (action: string, inputs: Readonly<Record<string, string>> = {}): ReturnType<Lab['run']> => here.run(action, inputs, people.env)
  const messages = (): readonly SlackMessage[] => people.slack.messages.filter(({ thread }) => thread === undefined)
  const newest = (): string | undefined => messages().at(-1)?.shown
  /** A canary that something happens to on its way. */
  const interrupted = async (version: string, signal: NodeJS.Signals): Promise<void> => {
    const since = (await here.ledger()).length
    const started = await here.start('canary-promote', await here.release({ version }), people.env)
    await here.recorded((line, index) => index >= since && points[1]![1](line))
    started.kill(signal)
    await started.finished
  }

  test('one that fails before there is anything to measure is told of', async () => {
    const { image } = await here.release({ version: 'other' })
    const { code } = await run('canary-promote', { image, version: 'v2' })
    expect(code).toBe(1)
    expect(newest()).toMatch(/^:rotating_light: \*Promotion .*v2/)
  })

  test('what nobody has seen wakes the next channel with whichever run comes next, until somebody has, and a release that is well ends it', async () => {
    const woken = async (): Promise<readonly string[]> => (await people.alerts.alerts()).map(({ annotations }) => annotations['summary'] ?? '')
    // A fast machine has the next run within the second that somebody gets to see it.
    await sleep(1000)
    expect((await run('reconcile')).outputs['reason']).toBe('nothing-open')
    expect(await woken()).toEqual([expect.stringContaining('v2')])
    people.slack.react(messages().at(-1)!.ts, 'U024BE7LH')
    await run('reconcile')
    expect(newest()).toContain('U024BE7LH')
    expect((await run('canary-promote', await here.release({ version: 'v3' }))).code).toBe(0)
    expect(await woken()).toEqual([])
    expect(messages().map(({ shown }) => shown).filter((shown) => shown.startsWith(':rotating_light:'))).toEqual([])
  })

  test('a cancel is told of, and a runner that was lost by the next run', async () => {
    await interrupted('v4', 'SIGTERM')
    expect(newest()).toMatch(/^:rotating_light: \*Promotion failed: v4 in production/)
    await interrupted('v5', 'SIGKILL')
    expect((await run('reconcile')).outputs['reason']).toBe('healed')
    expect(newest()).toMatch(/Promotion lost its runner: v5 in production/)
  })

  test('an incident that ends while the chat is down is closed there by the next action that tells anybody anything', async () => {
    people.gates.slack.weather = 'refusing'
    expect((await run('canary-promote', await here.release({ version: 'v6' }))).code).toBe(0)
    expect(messages().some(({ shown }) => /^:rotating_light:.*(?:v4|v5)/.test(shown))).toBe(true)
    people.gates.slack.weather = 'fair'
    const told = await run('notify', { environment: 'production', title: 'Load test', status: 'failed' })
    expect(told.outputs).toMatchObject({ reason: 'told', told: 'slack,email' })
    expect(messages().filter(({ shown }) => /^:rotating_light:.*(?:v4|v5)/.test(shown))).toEqual([])
    expect(messages().some(({ shown }) => shown.startsWith(':white_check_mark: *Promoted: v6'))).toBe(true)
  })
})
