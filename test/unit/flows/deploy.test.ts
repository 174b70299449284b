/** Every reason that deploy-staging can end with, reached by a story. */
import { describe, expect, test } from '@jest/globals'
import { outputs, reasons, type DeployOutcome, type Reason } from '../../../actions/deploy-staging/outcome.js'
import { RemoteError } from '../../../core/errors/families.js'
import { crash } from '../../support/fakes/platform.js'
import { freezeOf } from '../../../core/config/schema-freeze.js'
import { atRest, FlowLab, release, type Place } from '../../support/flow-lab.js'
import { GREEN_REASONS } from './green.js'

interface Story {
  readonly name: string
  readonly lab?: () => Promise<FlowLab> | FlowLab
  readonly act?: (lab: FlowLab) => Promise<DeployOutcome>
  readonly serves?: string
  readonly unrecorded?: true
}

const migrates: Place = { migrate: { up: 'up', revision: 'revision', in: 'runner', backwardCompatible: true, withinMs: 1000 } }
const weekend = freezeOf('Fri 16:00–Mon 08:00 Europe/Paris')
const asksWho: Place = { verify: [{ kind: 'key', key: 'cosign.pub' }] }
const refuse = (): never => {
  throw new RemoteError('platform-refused', { message: 'The platform refused.', service: 'fake', operation: 'verb' })
}

function at(lab: FlowLab, place: string, act: () => void | Promise<void>): Promise<DeployOutcome> {
  const by = lab.process()
  by.at = (point) => (point === place ? act() : undefined)
  return lab.deploy('v2', { by })
}

const stories: Readonly<Record<Reason, readonly Story[]>> = {
  deployed: [
    { name: 'beside what serves', serves: 'v2' },
    { name: 'where nothing served', serves: 'v2', lab: () => new FlowLab() },
    { name: 'in the place of what has died', serves: 'v2', act: (lab) => {
      crash(lab.world, 'stable')
      return lab.deploy('v2')
    } },
    { name: 'where a candidate was left', serves: 'v2', act: async (lab) => {
      lab.traffic.rps = 1
      await lab.promote('v3', { place: { rollout: { onUndecided: 'hold', decideWithinMs: 5000 } } })
      return lab.deploy('v2', { force: 'the held one is not wanted' })
    } },
  ],
  'already-live': [{ name: 'the same again', act: (lab) => lab.deploy('v1') }],
  planned: [{ name: 'a dry run', unrecorded: true, act: (lab) => lab.deploy('v2', { dryRun: true }) }],
  superseded: [{ name: 'asked for before the one that serves', unrecorded: true, act: (lab) => lab.deploy('v2', { requestedAt: lab.time.now() - 3_600_000 }) }],
  'marked-bad': [{ name: 'rolled back before', unrecorded: true, act: async (lab) => {
    await lab.deploy('v2')
    await lab.rollback()
    return lab.deploy('v2')
  } }],
  frozen: [
    { name: 'it is the weekend', unrecorded: true, act: (lab) => lab.deploy('v2', { place: { freeze: weekend } }) },
    { name: 'and nobody dry-runs around it', unrecorded: true, act: (lab) => lab.deploy('v2', { place: { freeze: weekend }, dryRun: true }) },
    { name: 'no reason overrules it that is meant for the record', unrecorded: true, act: (lab) => lab.deploy('v2', { place: { freeze: weekend }, force: 'superseded, but wanted' }) },
  ],
  unsigned: [
    { name: 'nobody signed it', unrecorded: true, act: (lab) => lab.deploy('v2', { place: asksWho }) },
    { name: 'and a dry run says so', unrecorded: true, act: (lab) => lab.deploy('v2', { place: asksWho, dryRun: true }) },
    { name: 'whatever reasons are given', unrecorded: true, act: (lab) => lab.deploy('v2', { place: asksWho, force: 'hurry', breakGlass: 'hurry' }) },
  ],
  'foreign-signature': [{ name: 'somebody else signed it', unrecorded: true, act: (lab) => {
    lab.signatures = () => ({ kind: 'foreign', seen: 'its signature is by another key' })
    return lab.deploy('v2', { place: asksWho })
  } }],
  'invalid-signature': [{ name: 'its signature is for another image', unrecorded: true, act: (lab) => {
    lab.signatures = () => ({ kind: 'invalid', seen: 'its signature is for another image' })
    return lab.deploy('v2', { place: asksWho })
  } }],
  'lease-held': [{ name: 'another delivers', unrecorded: true, serves: 'v2', act: async (lab) => {
    let second: DeployOutcome | undefined
    await at(lab, 'after platform launch v2', async () => void (second = await lab.deploy('v3')))
    return second!
  } }],
  'migrate-failed': [
    { name: 'the command fails', act: (lab) => {
      lab.script = (what) => (what === 'migrate the database' ? { exitCode: 3, lastLines: ['no such column'] } : {})
      return lab.deploy('v2', { place: migrates })
    } },
    { name: 'the revision can not be read', act: (lab) => {
      lab.script = (what) => (what === 'read the schema revision' ? { timedOut: true } : {})
      return lab.deploy('v2', { place: migrates })
    } },
  ],
  unhealthy: [
    { name: 'does not come up', act: (lab) => {
      lab.world.behaviours['v2'] = { launch: 'unhealthy' }
      return lab.deploy('v2')
    } },
    { name: 'dies before it gets traffic', act: (lab) => at(lab, 'before platform promote', () => crash(lab.world, 'candidate')) },
  ],
  'wrong-version': [
    { name: 'at weight 0', act: (lab) => {
      lab.names = (url, usual) => (url.includes('candidate') ? 'v9' : usual)
      return lab.deploy('v2')
    } },
    { name: 'after the switch', act: (lab) => {
      lab.names = (url, usual) => (url.includes('candidate') || usual === 'v1' ? usual : 'v9')
      return lab.deploy('v2')
    } },
  ],
  preempted: [{ name: 'by a rollback', act: async (lab) => {
    let back: Promise<unknown> | undefined
    const outcome = await at(lab, 'after platform launch v2', () => void (back ??= lab.rollback()))
    await back
    return outcome
  } }],
  cancelled: [{ name: 'before the switch', act: (lab) => {
    const by = lab.process()
    by.at = (point) => {
      if (point === 'before platform promote') by.cancel()
    }
    return lab.deploy('v2', { by })
  } }],
  error: [{ name: 'the platform refuses', act: (lab) => at(lab, 'before platform promote', refuse) }],
  stuck: [
    { name: 'the first release names itself wrongly after the switch', lab: () => new FlowLab(), serves: 'v2', act: (lab) => {
      lab.names = (url, usual) => (url.includes('candidate') ? usual : 'v9')
      return lab.deploy('v2')
    } },
  ],
}

test('every reason has a story', () => {
  expect(Object.keys(stories).toSorted()).toEqual(Object.keys(reasons).toSorted())
})

describe.each(Object.entries(stories) as [Reason, readonly Story[]][])('%s', (reason, told) => {
  test.each(told.map((story) => [story.name, story] as const))('%s', async (_, { lab: begin = () => new FlowLab().served('v0', 'v1'), act = (lab) => lab.deploy('v2'), serves = 'v1', unrecorded }) => {
    const lab = await begin()
    const outcome = await act(lab)
    expect(outcome).toMatchObject({ reason, ok: GREEN_REASONS.has(reason) })
    expect(Object.keys(outcome.outputs).toSorted()).toEqual(outputs.toSorted())
    // Whoever may not look takes no guess.
    expect(outcome.outputs.version).toBe(reason === 'lease-held' ? '' : serves)
    expect(lab.rest).toEqual(atRest(serves))
    if (unrecorded) {
      expect(outcome.outputs.deployment).toBe('')
      return
    }
    const record = lab.deliveries.find(({ id }) => id === outcome.outputs.deployment)
    expect(record?.result).toMatchObject({ ok: outcome.ok, reason })
    expect(record?.result?.bad).toBeUndefined()
    expect(outcome.outputs.previous).toBe(record?.intent.previous?.version ?? '')
    if (outcome.ok) expect(record?.result?.live).toEqual(release(serves))
  })
})

describe('a deploy', () => {
  test('that failed after its migration records what became of the schema', async () => {
    const lab = await new FlowLab().served('v1')
    let revision = 'r1'
    lab.script = (what) => {
      if (what === 'migrate the database') revision = 'r2'
      return { lastLines: [revision] }
    }
    lab.world.behaviours['v2'] = { launch: 'crashes' }
    expect(await lab.deploy('v2', { place: migrates })).toMatchObject({ reason: 'unhealthy' })
    expect(lab.last?.result?.schema).toEqual({ before: 'r1', after: 'r2' })
  })

  test('shows the last lines of a command that failed, and of a release that did not come up', async () => {
    const lab = await new FlowLab().served('v1')
    lab.script = () => ({ exitCode: 1, lastLines: ['no such column'] })
    expect(JSON.stringify((await lab.deploy('v2', { place: migrates })).summary)).toContain('no such column')
    lab.world.behaviours['v3'] = { launch: 'crashes' }
    expect(JSON.stringify((await lab.deploy('v3')).summary)).toContain('exited with code 1')
  })

  test('says so when the end of going back could not be recorded, and the next one closes it', async () => {
    const lab = await new FlowLab().served('v1')
    lab.world.behaviours['v2'] = { launch: 'crashes' }
    const by = lab.process()
    by.at = (point) => (point.startsWith('before ledger finish') ? refuse() : undefined)
    const outcome = await lab.deploy('v2', { by })
    expect(outcome).toMatchObject({ reason: 'unhealthy', outputs: { version: 'v1' } })
    expect(outcome.message).toContain('The record stays open')
    expect(lab.rest).toEqual({ ...atRest('v1'), open: 1 })
    expect(await lab.deploy('v3')).toMatchObject({ reason: 'deployed' })
    expect(lab.rest).toEqual(atRest('v3'))
  })

  test('that can not ask the platform any more is stuck, and its post step goes on as soon as it can', async () => {
    const lab = await new FlowLab().served('v1')
    const by = lab.process()
    by.at = (point) => (/(?:promote|abandon|observe|shift)/.test(point) && by.points.includes('after platform launch v2') ? refuse() : undefined)
    const outcome = await lab.deploy('v2', { by })
    expect(outcome).toMatchObject({ ok: false, reason: 'stuck' })
    expect(outcome.message).toContain('The record stays open')
    expect(lab.rest).toEqual({ ...atRest('v1'), candidate: 'v2', open: 1 })
    await lab.mend(by)
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('stays green when only its lease could not be given back', async () => {
    const lab = await new FlowLab().served('v1')
    const by = lab.process()
    by.at = (point) => (point === 'before ledger release' ? refuse() : undefined)
    expect(await lab.deploy('v2', { by })).toMatchObject({ ok: true, reason: 'deployed' })
    expect(lab.told).toContainEqual(expect.stringContaining('was not given back and ends by itself'))
    await lab.time.sleep(31_000)
    expect(await lab.deploy('v3')).toMatchObject({ ok: true })
  })
})
