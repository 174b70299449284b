/** Every reason that rollback can end with, reached by a story. */
import { describe, expect, test } from '@jest/globals'
import { outputs, reasons, type Reason, type RollbackOutcome } from '../../../actions/rollback/outcome.js'
import { RemoteError, StateError } from '../../../core/errors/families.js'
import { pinnedImage, servingImage, type Release } from '../../../core/domain/release.js'
import { crash } from '../../support/fakes/platform.js'
import { atRest, FlowLab, release } from '../../support/flow-lab.js'
import { GREEN_REASONS } from './green.js'

interface Story {
  readonly name: string
  readonly lab?: () => Promise<FlowLab> | FlowLab
  readonly act?: (lab: FlowLab) => Promise<RollbackOutcome>
  /** The version that serves all in the end; v1 when absent. */
  readonly serves?: string
  readonly bad?: string | undefined
  readonly unrecorded?: true
}

const served = (): Promise<FlowLab> => new FlowLab().served('v0', 'v1', 'v2')

/** `v0` served for the last time more than a month ago. */
const long = async (): Promise<FlowLab> => {
  const lab = await new FlowLab().served('v0', 'v1')
  await lab.time.sleep(31 * 86_400_000)
  lab.place = { fourEyes: { olderThanMs: 30 * 86_400_000 } }
  return lab.served('v2')
}

const held = async (): Promise<FlowLab> => (await new FlowLab().served('v0', 'v1')).held('v2')

function at(lab: FlowLab, place: string, act: () => void): Promise<RollbackOutcome> {
  const by = lab.process()
  let done = false
  by.at = (point) => {
    if (point !== place || done) return
    done = true
    act()
  }
  return lab.rollback({ by })
}

const refuse = (): never => {
  throw new RemoteError('platform-refused', { message: 'The platform refused.', service: 'fake', operation: 'verb' })
}

const failing = (what: string) => (lab: FlowLab): Promise<RollbackOutcome> => {
  lab.script = (script) => (script === what ? { exitCode: 1 } : {})
  return lab.rollback({ migrateDown: 'down', flushCache: 'flush' })
}

const stories: Readonly<Record<Reason, readonly Story[]>> = {
  'rolled-back': [
    { name: 'to the one before', bad: 'v2' },
    { name: 'to a version', serves: 'v0', bad: 'v2', act: (lab) => lab.rollback({ to: 'v0' }) },
    { name: 'to a digest', serves: 'v0', bad: 'v2', act: (lab) => lab.rollback({ to: digest(release('v0')) }) },
    { name: 'to a digest that is cut', serves: 'v0', bad: 'v2', act: (lab) => lab.rollback({ to: digest(release('v0')).slice(7, 20) }) },
    { name: 'to a deployment', serves: 'v0', bad: 'v2', act: (lab) => lab.rollback({ to: lab.deliveries[0]!.id }) },
    { name: 'although what serves has died', bad: 'v2', act: (lab) => {
      crash(lab.world, 'stable')
      return lab.rollback()
    } },
    { name: 'to a bad one by force', serves: 'v2', bad: 'v1', act: async (lab) => {
      await lab.rollback()
      return lab.rollback({ to: 'v2', force: 'it was not the release' })
    } },
    { name: 'to another than the one that serves beside a held candidate', serves: 'v0', bad: 'v1', lab: held, act: (lab) => lab.rollback({ to: 'v0' }) },
  ],
  'candidate-abandoned': [
    { name: 'held before', bad: 'v2', lab: held },
    { name: 'held before, and what serves is named', bad: 'v2', lab: held, act: (lab) => lab.rollback({ to: 'v1' }) },
  ],
  planned: [
    { name: 'a dry run', serves: 'v2', unrecorded: true, act: async (lab) => {
      const outcome = await lab.rollback({ dryRun: true })
      expect(outcome.message).toBe('v2 serves; v1 would be brought back.')
      expect(lab.journal.filter((line) => !/observe|releases/.test(line))).toEqual([])
      return outcome
    } },
  ],
  'nothing-to-roll-back': [
    { name: 'only one has ever served', unrecorded: true, lab: () => new FlowLab().served('v1') },
    { name: 'the others are bad', serves: 'v0', unrecorded: true, lab: () => new FlowLab().served('v0', 'v1'), act: async (lab) => {
      await lab.rollback()
      return lab.rollback({ force: 'it was not far enough' })
    } },
  ],
  'just-rolled-back': [
    { name: 'two people press at one alarm', unrecorded: true, act: async (lab) => {
      await lab.rollback()
      return lab.rollback()
    } },
  ],
  'target-unknown': [
    { name: 'nobody knows it', serves: 'v2', unrecorded: true, act: (lab) => lab.rollback({ to: 'v7' }) },
    { name: 'it fits two', serves: 'v2', unrecorded: true, act: async (lab) => {
      const twin = { ...release('v0'), settingsHash: 'other' }
      lab.world.past.push({ id: 'twin', release: twin, servedAt: 1 })
      const outcome = await lab.rollback({ to: 'v0' })
      expect(outcome.message).toContain('fits 2 releases')
      return outcome
    } },
  ],
  'target-ineligible': [
    { name: 'no longer kept', serves: 'v2', unrecorded: true, lab: () => new FlowLab({ keepsReleases: 1 }).served('v0', 'v1', 'v2'), act: (lab) => lab.rollback({ to: 'v0' }) },
    { name: 'bad, and no force', unrecorded: true, act: async (lab) => {
      await lab.rollback()
      return lab.rollback({ to: 'v2' })
    } },
  ],
  'schema-incompatible': [
    { name: 'the schema has changed since', serves: 'v2', unrecorded: true, lab: async () => {
      const lab = new FlowLab()
      let revision = 0
      lab.place = { migrate: { up: 'up', revision: 'revision', in: 'runner', backwardCompatible: false, withinMs: 1000 } }
      lab.script = (what) => (what === 'migrate the database' ? { exitCode: revision++ && 0 } : { lastLines: [`r${revision}`] })
      return lab.served('v0', 'v1', 'v2')
    }, act: (lab) => lab.rollback({ to: 'v0' }) },
  ],
  'needs-second-person': [
    { name: 'so far back that one person may not', serves: 'v2', unrecorded: true, lab: long, act: (lab) => lab.rollback({ to: 'v0' }) },
    { name: 'whoever started the run approved it too', serves: 'v2', unrecorded: true, lab: long, act: (lab) => {
      lab.approvals = () => [{ by: 'Ada', state: 'approved', comment: 'me', environments: ['production'] }]
      return lab.rollback({ to: 'v0' })
    } },
  ],
  'already-there': [{ name: 'it serves', serves: 'v2', unrecorded: true, act: (lab) => lab.rollback({ to: 'v2' }) }],
  'receipt-unknown': [{ name: 'no such backup', serves: 'v2', unrecorded: true, act: (lab) => lab.rollback({ restoreReceipt: 'r-9' }) }],
  unhealthy: [{ name: 'the target does not come up', serves: 'v2', act: (lab) => at(lab, 'before platform restore v1', () => {
    throw new StateError('candidate-unhealthy', { message: 'Release v1 did not come up.' })
  }) }],
  'wrong-version': [{ name: 'answers name another', bad: 'v2', act: (lab) => {
    lab.names = () => 'v9'
    return lab.rollback()
  } }],
  'checks-failed': [{ name: 'after the switch', bad: 'v2', act: (lab) => {
    lab.status = () => 500
    return lab.rollback()
  } }],
  'migrate-down-failed': [{ name: 'the command fails', bad: 'v2', act: failing('take the database schema back') }],
  'flush-failed': [{ name: 'the command fails', bad: 'v2', act: failing('empty the caches') }],
  'restore-failed': [{ name: 'the copy differs', bad: 'v2', act: (lab) => {
    lab.backups.add('r-1')
    lab.restoreFails = true
    return lab.rollback({ restoreReceipt: 'r-1' })
  } }],
  preempted: [{ name: 'by another rollback', bad: 'v2', act: async (lab) => {
    let second: Promise<RollbackOutcome> | undefined
    const first = await at(lab, 'after platform restore v1', () => void (second = lab.rollback()))
    await second
    return first
  } }],
  cancelled: [{ name: 'carried to its end all the same', bad: 'v2', act: async (lab) => {
    const by = lab.process()
    by.at = (point) => {
      if (point === 'before platform restore v1') by.cancel()
    }
    return lab.rollback({ by })
  } }],
  error: [{ name: 'the platform refuses once', bad: 'v2', act: (lab) => at(lab, 'before platform restore v1', refuse) }],
  stuck: [{ name: 'the platform refuses always', serves: 'v2', act: (lab) => {
    const by = lab.process()
    by.at = (point) => (point === 'before platform restore v1' ? refuse() : undefined)
    return lab.rollback({ by })
  } }],
}

function digest(of: Release): string {
  return pinnedImage(servingImage(of))!.digest
}

test('every reason has a story', () => {
  expect(Object.keys(stories).toSorted()).toEqual(Object.keys(reasons).toSorted())
})

describe.each(Object.entries(stories) as [Reason, readonly Story[]][])('%s', (reason, told) => {
  test.each(told.map((story) => [story.name, story] as const))('%s', async (_, { lab: begin = served, act = (lab) => lab.rollback(), serves = 'v1', bad, unrecorded }) => {
    const lab = await begin()
    const outcome = await act(lab)
    expect(outcome).toMatchObject({ reason, ok: GREEN_REASONS.has(reason) })
    expect(Object.keys(outcome.outputs).toSorted()).toEqual(outputs.toSorted())
    expect(outcome.outputs.version).toBe(serves)
    expect(lab.unannounced).toEqual([])
    if (reason === 'stuck') {
      // Open, so that the post step goes on with it as soon as the platform can be asked again.
      expect(lab.rest).toEqual({ ...atRest(serves), open: 1 })
      const again = await lab.rollback()
      expect(again).toMatchObject({ ok: true, outputs: { version: 'v1' } })
      return
    }
    expect(lab.rest).toEqual(atRest(serves))
    if (unrecorded) {
      expect(outcome.outputs).toMatchObject({ deployment: '', seconds: '' })
      return
    }
    const record = lab.deliveries.find(({ id }) => id === outcome.outputs.deployment)
    expect(record?.result).toMatchObject({ ok: outcome.ok, reason, live: release(serves) })
    expect(record?.result?.bad?.version).toBe(bad)
    if (outcome.ok) expect(outcome.outputs.seconds).toMatch(/^\d+\.\d{3}$/)
  })
})
