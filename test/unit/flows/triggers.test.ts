/** Triggers beside a climb: looked at without keeping it waiting, told in plan and summary. */
import { expect, test } from '@jest/globals'
import { openTriggers } from '../../../core/drivers/registry-alarms.js'
import type { Finding, TriggerName } from '../../../core/domain/trigger.js'
import type { TriggerPolicy } from '../../../core/domain/trigger-policy.js'
import { InputError } from '../../../core/errors/families.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import { atRest, FlowLab } from '../../support/flow-lab.js'

const trigger = (name: TriggerName, look: Trigger['look'], preflight: Trigger['preflight'] = async () => undefined): Trigger => ({ name, everyMs: 1000, look, preflight })
const lab = async (...triggers: readonly Trigger[]): Promise<FlowLab> => {
  const made = await new FlowLab().served('v0', 'v1')
  made.watching = () => ({ triggers: async () => triggers })
  return made
}
const finding = (kind: Finding['kind'], detail: string) => async (): Promise<Finding> => ({ kind, detail })
const polls = ({ journal }: FlowLab): number => journal.filter((line) => line === 'metrics read').length

test('what can not be asked is found before the first weight', async () => {
  const here = await lab(trigger('slo-burn', finding('calm', ''), () => Promise.reject(new InputError([{ code: 'trigger-unusable', message: 'nobody answers', fix: 'Mend it.' }]))))
  expect(await here.promote('v2')).toMatchObject({ reason: 'error', message: expect.stringContaining('nobody answers Mend it.') })
  expect(here.journal.filter((line) => line.startsWith('platform shift 10'))).toEqual([])
  expect(here.rest).toEqual(atRest('v1'))
})

test('no poll waits for one that never answers', async () => {
  const alone = await lab()
  await alone.promote('v2')
  const here = await lab(trigger('slo-burn', () => new Promise(() => undefined)))
  expect(await here.promote('v2')).toMatchObject({ reason: 'promoted' })
  expect(polls(here)).toBe(polls(alone))
})

test('what is unknown neither promotes nor sends back, and is said', async () => {
  const here = await lab(trigger('slo-burn', finding('no-data', 'it does not answer')), trigger('resource-exhaustion', finding('calm', 'no restarts')))
  const { reason, summary } = await here.promote('v2')
  expect(reason).toBe('promoted')
  expect(summary.parts).toContainEqual({ kind: 'table', title: 'Triggers', columns: ['Trigger', 'State', 'Last seen'], rows: [['slo-burn', 'nothing is known', 'it does not answer'], ['resource-exhaustion', 'calm', 'no restarts']] })
  expect(here.told).toContain('Nothing is known of `slo-burn`: it does not answer')
  here.traffic.outage = undefined
  const silent = await lab(trigger('slo-burn', finding('no-data', 'it does not answer')))
  silent.traffic.rps = 5
  expect(await silent.promote('v2', { place: { rollout: { decideWithinMs: 20_000, onUndecided: 'rollback' } } })).toMatchObject({ reason: 'undecided' })
})

test('one that fires is told with what it saw, and the release is not let in again', async () => {
  let looks = 0
  const here = await lab(trigger('resource-exhaustion', async () => ({ kind: ++looks > 2 ? 'fired' : 'calm', detail: `look ${looks}.` })))
  expect(await here.promote('v2', { place: { rollout: { stepAtLeastMs: 10_000 } } })).toMatchObject({
    ok: false, reason: 'resource-exhaustion', outputs: { weight: '10', verdict: expect.any(String) }, message: expect.stringMatching(/^At 10 % the trigger `resource-exhaustion` fired after \d+\.\d s: look 3\. Went back: v1 serves 100 %\./),
  })
  expect(await here.promote('v2')).toMatchObject({ reason: 'marked-bad', message: expect.stringContaining('resource-exhaustion in delivery') })
})

test('one that fires between two polls is not kept waiting for the next', async () => {
  const here = await lab(trigger('health-check-failure', async () => ({ kind: 'fired', detail: 'three in a row' })))
  const { judge } = here.environment()
  const began = here.time.now()
  expect(await here.promote('v2', { place: { judge: { ...judge, pollMs: 30_000 } } })).toMatchObject({ reason: 'health-check-failure' })
  expect(here.time.now() - began).toBeLessThan(15_000)
})

test('each is asked by its own pace, also where polls are further apart', async () => {
  const at: number[] = []
  const here = await lab(trigger('slo-burn', async () => {
    at.push(here.time.now())
    return { kind: 'calm', detail: '' }
  }))
  const { judge } = here.environment()
  await here.promote('v2', { place: { judge: { ...judge, pollMs: 10_000 } } })
  const gaps = at.slice(1).map((moment, index) => moment - at[index]!)
  expect(Math.max(...gaps)).toBeLessThan(3000)
})

test('both checks of the judge that fail are told', async () => {
  const here = await new FlowLab().served('v0', 'v1')
  Object.assign(here.traffic, { errors: { v2: 0.9 }, slow: { v2: 0.9 } })
  const { judge } = here.environment()
  const { reason, message } = await here.promote('v2', { place: { judge: { ...judge, slowerThanMs: 300, checks: [...judge.checks, { ...judge.checks[0]!, metric: 'latency', name: 'latency' }] } } })
  expect(reason).toBe('high-error-rate')
  expect(message).toMatch(/the judge failed the release after .*: errors: \d+ of .* of stable; latency: \d+ of .* of stable\./)
})

const all: TriggerPolicy = { health: { after: 3, everyMs: 10_000 }, complaints: { moreThan: 5, source: { name: 'github-issues', label: 'complaint' } }, resources: { restarts: 3, outOfMemory: true, memory: { growth: 0.2, overMs: 600_000 }, written: false }, sloBurn: true }

test('the plan names those that are on', async () => {
  const here = await lab()
  const { summary } = await here.promote('v2', { dryRun: true, place: { triggers: all } })
  expect(JSON.stringify(summary)).toContain('Sent back as well by: health-check-failure (3 in a row, every 10 s); user-complaints (more than 5, by github-issues); resource-exhaustion (3 restarts, out of memory, memory +20 % in 10 min); slo-burn.')
  expect(JSON.stringify(await here.promote('v2', { dryRun: true, place: { triggers: { sloBurn: false } } }))).not.toContain('Sent back as well')
})

test('a platform that can not tell is left out, unless somebody wrote it down', async () => {
  const here = await new FlowLab().served('v0', 'v1')
  const resources = { restarts: 3, outOfMemory: true, written: false }
  const opened = (written: boolean): Promise<readonly Trigger[]> => {
    const by = here.process()
    const { platform } = by.ports()
    return openTriggers(here.environment({ triggers: { resources: { ...resources, written }, sloBurn: false } }), by.ambient)({ arm: { name: 'candidate', identity: 'v2', labels: {} }, url: 'https://shop.example', platform })
  }
  expect(await opened(false)).toEqual([])
  const [written] = await opened(true)
  await expect(written!.preflight()).rejects.toMatchObject({ code: 'trigger-unusable' })
})
