/** Channels that break at each point of a canary: no delivery waits for them or fails by them, and its summary says what nobody heard. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { load, type Load } from '../../support/load.mjs'
import type { ActionResult } from '../../support/runner.mjs'
import type { Lab } from '../lab.js'
import { broken, busy, type Weather } from './gate.js'
import { deliverAnd, labWith, points, QUICK_JUDGE, QUICK_ROLLOUT, startPeople, type People } from './lab.js'

withEngines(['alertmanager', 'openssl'], 'channels', (pathOf) => {
  let people: People
  let here: Lab
  let users: Load
  beforeAll(async () => {
    people = await startPeople({ alertmanager: pathOf('alertmanager'), openssl: pathOf('openssl') })
    here = await labWith({ rollout: QUICK_ROLLOUT, judge: QUICK_JUDGE, notify: people.notify })
    await here.run('canary-promote', await here.release({ version: 'v1' }), people.env)
    users = load({ url: `${here.url}/`, rps: 100 })
  })
  afterAll(async () => {
    await users.stop()
    await here.close()
    await people.close()
  })
  beforeEach(() => weather('fair', 'fair'))

  const weather = (slack: Weather, others: Weather): void => {
    people.gates.slack.weather = slack
    people.gates.mail.weather = others
    people.gates.alerts.weather = others
    for (const gate of Object.values(people.gates)) gate.came()
  }
  const untold = ({ summary }: ActionResult): readonly (string | undefined)[] => {
    const [, table = ''] = summary.split('Not told')
    return [...table.matchAll(/^\| `?(slack|email|alertmanager)`? \|/gm)].map(([, channel]) => channel)
  }
  const [start, climb, end] = points

  test.each<[string, string, Weather, NonNullable<typeof start>]>([
    ['hangs', start![0], 'silent', start!], ['hangs', climb![0], 'silent', climb!], ['hangs', end![0], 'silent', end!],
    ['answers 429', climb![0], busy, climb!], ['answers 500', start![0], broken, start!],
  ])('a Slack that %s %s keeps no good release back', async (how, when, slack, [, at]) => {
    const release = await here.release({ version: `${how}-${when}`.replaceAll(' ', '-') })
    const result = await deliverAnd(here, { release, env: people.env, at, breaks: () => weather(slack, 'refusing') })
    expect(result).toMatchObject({ code: 0, outputs: { reason: 'promoted', version: release.version } })
    expect(people.gates.slack.came()).toBeGreaterThan(0)
    expect(untold(result)).toEqual(['slack'])
  })

  test('a bad release goes back though nobody can be told, and the next run tells what it can', async () => {
    const [before] = await here.served()
    const mails = people.mail.mails.length
    const release = await here.release({ version: 'bad', errorRate: 0.5 })
    const result = await deliverAnd(here, { release, env: people.env, at: climb![1], breaks: () => weather('silent', 'refusing') })
    expect(result).toMatchObject({ code: 1, outputs: { reason: 'high-error-rate', version: before } })
    expect(new Set(untold(result))).toEqual(new Set(['slack', 'email', 'alertmanager']))
    expect(people.gates.mail.came()).toBeGreaterThan(0)
    weather('fair', 'fair')
    expect((await here.run('reconcile', {}, people.env)).outputs['reason']).toBe('nothing-open')
    expect(people.mail.mails.slice(mails)).toMatchObject([{ headers: { subject: expect.stringContaining('Promotion failed: bad') } }])
    expect(await people.alerts.alerts()).toMatchObject([{ status: { state: 'active' } }])
  })
})
