/** Who may go far back alone, and who may not. */
import { describe, expect, test } from '@jest/globals'
import { lastServed, secondPerson, tooOldForOne, type Said } from '../../../core/domain/four-eyes.js'
import { RemoteError } from '../../../core/errors/families.js'
import { FlowLab, release } from '../../support/flow-lab.js'

const DAY = 86_400_000
const run = { id: '7', attempt: 1, actor: 'ada', workflow: 'rollback' }
const said = (change: Partial<Said> = {}): Said => ({ by: 'bob', state: 'approved', comment: 'go', environments: ['production'], ...change })

describe('a second person', () => {
  test('is whoever approved the environment and did not start the run', () => {
    expect(secondPerson([said({ by: 'ada' }), said()], run, 'production')).toEqual({ found: true, by: 'bob', comment: 'go' })
  })

  test.each<[string, readonly Said[] | undefined, Partial<typeof run>, string]>([
    ['nobody', [], {}, 'nobody approved the run for `production`'],
    ['the same person, in other letters', [said({ by: 'ADA' })], {}, 'ada both started and approved the run'],
    ['a bot', [said({ by: 'shop[bot]' })], {}, 'nobody approved the run for `production`'],
    ['whoever said no', [said({ state: 'rejected' })], {}, 'nobody approved'],
    ['whoever approved another environment', [said({ environments: ['staging'] })], {}, 'nobody approved'],
    ['nobody that we may see', undefined, {}, 'grant `actions: read`'],
    ['nobody in a terminal', [said()], { workflow: '' }, 'outside a workflow run'],
    ['nobody in a second attempt', [said()], { attempt: 2 }, 'which attempt was approved'],
    ['nobody when a bot asked', [said()], { actor: 'shop[bot]' }, 'does not tell for whom'],
  ])('is not %s', (_, approvals, change, why) => {
    expect(secondPerson(approvals, { ...run, ...change }, 'production')).toEqual({ found: false, why: expect.stringContaining(why) })
  })
})

test('it counts when a release stopped serving, not when it began', async () => {
  const lab = await new FlowLab().served('v0')
  await lab.time.sleep(40 * DAY)
  await lab.served('v1')
  const history = { environment: 'production', deliveries: lab.deliveries, facts: [] }
  expect(lab.time.now() - (lastServed(history, release('v0')) ?? 0)).toBeLessThan(DAY)
  expect(lastServed(history, release('v1'))).toBe(Infinity)
  expect(lastServed(history, release('v7'))).toBeUndefined()
  expect(tooOldForOne(undefined, undefined, 0)).toBeUndefined()
  expect(tooOldForOne({ olderThanMs: DAY }, Infinity, 0)).toBeUndefined()
  expect(tooOldForOne({ olderThanMs: DAY }, 0, DAY)).toBeUndefined()
  expect(tooOldForOne({ olderThanMs: DAY }, 0, DAY + 1)).toContain('it last served')
  expect(tooOldForOne({ olderThanMs: DAY }, undefined, 0)).toContain('nobody knows')
})

describe('a rollback', () => {
  /** `v0` served for the last time 31 days ago, `v1` just now. */
  const lab = async (): Promise<FlowLab> => {
    const made = await new FlowLab().served('v0', 'v1')
    await made.time.sleep(31 * DAY)
    made.place = { fourEyes: { olderThanMs: 30 * DAY } }
    return made.served('v2')
  }

  test('to a release of long ago goes with a second person, who is recorded', async () => {
    const here = await lab()
    here.approvals = () => [said()]
    const outcome = await here.rollback({ to: 'v0' })
    expect(outcome).toMatchObject({ reason: 'rolled-back', outputs: { version: 'v0' } })
    expect(here.last?.intent.plan).toContain('Second person: bob, who approved the run.')
    expect(JSON.stringify(outcome.summary)).toContain('["Second person","bob"]')
  })

  test('says what is missing', async () => {
    const { message } = await (await lab()).rollback({ to: 'v0' })
    expect(message).toMatch(/^v0 needs a second person: it last served 31 days ago, and one person may go back 30 days at most\. None is to be seen: the token may not read .* grant `actions: read`\. Let somebody else approve the run of `production`, go back less far, or give `break-glass`/)
  })

  test('of another gate looks at who approved that one', async () => {
    const here = await lab()
    here.approvals = () => [said({ environments: ['production-rollback'] })]
    expect(await here.rollback({ to: 'v0' })).toMatchObject({ reason: 'needs-second-person' })
    expect(await here.rollback({ to: 'v0', gate: 'production-rollback' })).toMatchObject({ reason: 'rolled-back' })
  })

  test('goes alone when the glass is broken, and that is recorded', async () => {
    const here = await lab()
    expect(await here.rollback({ to: 'v0', breakGlass: 'nobody else is awake' })).toMatchObject({ reason: 'rolled-back' })
    expect(here.last?.intent.overruled).toEqual({ reason: 'nobody else is awake', what: ['needs-second-person'] })
  })

  test('without a target, to a recent one, or to the one that would come back anyway is never hindered', async () => {
    const asks = { count: 0 }
    const counting = async (): Promise<FlowLab> => {
      const here = await lab()
      here.approvals = () => {
        asks.count += 1
        return []
      }
      return here
    }
    expect(await (await counting()).rollback()).toMatchObject({ ok: true, outputs: { version: 'v1' } })
    expect(await (await counting()).rollback({ to: 'v1' })).toMatchObject({ ok: true })
    const idle = await counting()
    await idle.time.sleep(90 * DAY)
    expect(await idle.rollback({ to: 'v1' })).toMatchObject({ ok: true })
    expect(asks.count).toBe(0)
  })

  test('is refused, and says why, when GitHub can not be asked; a dry run says the same', async () => {
    const here = await lab()
    here.approvals = () => {
      throw new RemoteError('network-failed', { message: 'Nothing answers.', service: 'GitHub', operation: 'read' })
    }
    for (const dryRun of [true, false]) {
      const outcome = await here.rollback({ to: 'v0', dryRun })
      expect(outcome).toMatchObject({ ok: false, reason: 'needs-second-person' })
      expect(outcome.message).toContain('GitHub could not be asked who approved the run (Nothing answers.)')
    }
  })
})
