/** Every reason that canary-promote can end with, reached by a story; a reason without one fails here. */
import { usualBackup } from '../../../core/domain/backup.js'
import { describe, expect, test } from '@jest/globals'
import { GREEN_REASONS } from './green.js'
import { outputs, reasons, type PromoteOutcome, type Reason } from '../../../actions/canary-promote/outcome.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { crash } from '../../support/fakes/platform.js'
import { openTriggers } from '../../../core/drivers/registry-alarms.js'
import type { Counted } from '../../../core/domain/slo.js'
import type { TriggerName } from '../../../core/domain/trigger.js'
import type { TriggerPolicy } from '../../../core/domain/trigger-policy.js'
import type { SloSource } from '../../../core/ports/slo-source.js'
import { freezeOf } from '../../../core/config/schema-freeze.js'
import { atRest, FlowLab, release, type Place } from '../../support/flow-lab.js'

interface Story {
  readonly name: string
  readonly lab?: () => Promise<FlowLab> | FlowLab
  readonly act?: (lab: FlowLab) => Promise<PromoteOutcome>
  /** The version that serves all in the end; v1 when absent. */
  readonly serves?: string | undefined
  readonly bad?: string
  /** Nothing was recorded, because nothing was begun. */
  readonly unrecorded?: true
  /** The candidate keeps its share. */
  readonly held?: true
}

const served = (): Promise<FlowLab> => new FlowLab().served('v0', 'v1')
const backup = usualBackup('postgres://db', { name: 'disk' as const, path: '/backups' })

async function receiptOf(lab: FlowLab, verified: Receipt['verified']): Promise<void> {
  const { ambient } = lab.process()
  const receipt: Receipt = {
    format: 1, id: 'r-1', app: 'shop', environment: 'production', version: 'v1', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '1' }, store: 'memory', object: 'o', bytes: 1, sha256: '', compression: 'none',
    takenAt: '', dumpMs: 1, clientVersion: '17', serverVersion: '17', schemaRevision: '', fingerprint: { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }, verified,
  }
  await fakeLedger(lab.store, ambient).record('production', { type: 'receipt', at: lab.time.now(), receipt })
}

/** Does something when the delivery comes to a place. */
function meanwhile(lab: FlowLab, place: string, act: () => void | Promise<void>, times = 1): Promise<PromoteOutcome> {
  const by = lab.process()
  let left = times
  by.at = async (point) => {
    if (point === place && left-- > 0) await act()
  }
  return lab.promote('v2', { by })
}

const slo: Place['slo'] = { objectives: [{ name: 'availability', target: 0.999 }], onSpent: 'refuse', onUnknown: 'refuse' }
const month = 30 * 24 * 3_600_000
const measured = (counted: Counted | { readonly detail: string }): SloSource => ({ name: 'fake', counted: async () => counted, covered: async () => month })
const source = (lab: FlowLab, counted: Parameters<typeof measured>[0]): void => void (lab.watching = () => ({ slo: measured(counted) }))

/** With the triggers of a policy, as the registry opens them. */
const watching = (lab: FlowLab, triggers: TriggerPolicy): void => {
  lab.place = { triggers }
  lab.watching = (by) => ({ triggers: openTriggers(lab.environment(), by.ambient) })
}

/** One trigger that fires at its second look. */
const firing = (lab: FlowLab, name: TriggerName): void => {
  let looks = 0
  const trigger = { name, everyMs: 1000, preflight: async () => undefined, look: async () => ({ kind: ++looks > 1 ? 'fired' as const : 'calm' as const, detail: 'too many' }) }
  lab.watching = () => ({ triggers: async () => [trigger] })
}

const weekend = freezeOf('Fri 16:00–Mon 08:00 Europe/Paris')
const asksWho: Place = { verify: [{ kind: 'key', key: 'cosign.pub' }] }
const refuse = (): never => {
  throw new RemoteError('platform-refused', { message: 'The platform refused.', service: 'fake', operation: 'verb' })
}

const { judge } = new FlowLab().environment()
const both: Place['judge'] = { ...judge, slowerThanMs: 300, checks: [...judge.checks, { ...judge.checks[0]!, metric: 'latency', name: 'latency' }] }

const ordered: Place['judge'] = { ...judge, checks: [...judge.checks, { metric: 'business', name: 'orders', wanted: true, fail: { relative: 1 / 0.9, absolute: 0 }, pass: { relative: 1 / 0.75, absolute: 0 }, warmupMs: 0 }] }

const stories: Readonly<Record<Reason, readonly Story[]>> = {
  promoted: [{ name: 'a good release', serves: 'v2' }, { name: 'with a verified backup', serves: 'v2', act: async (lab) => {
    await receiptOf(lab, { at: '', how: 'restored', restoreMs: 1 })
    return lab.promote('v2', { place: { backup }, receipt: 'r-1' })
  } }, { name: 'with a backup that nobody restored, where somebody said so', serves: 'v2', act: async (lab) => {
    await receiptOf(lab, null)
    return lab.promote('v2', { place: { backup: { ...backup, acceptUnverified: true } }, receipt: 'r-1' })
  } }],
  'promoted-unsuspected': [{ name: 'too few requests to decide, and none suspicious', serves: 'v2', act: (lab) => {
    lab.traffic.rps = 5
    return lab.promote('v2', { place: { rollout: { decideWithinMs: 30_000 } } })
  } }],
  'promoted-first': [{ name: 'nothing served before', lab: () => new FlowLab(), serves: 'v2' }],
  switched: [
    { name: 'blue-green', serves: 'v2', act: (lab) => lab.promote('v2', { place: { rollout: { strategy: 'blue-green' } } }) },
    { name: 'direct', serves: 'v2', act: (lab) => lab.promote('v2', { place: { rollout: { strategy: 'direct' } } }) },
  ],
  'already-live': [{ name: 'the same again', act: (lab) => lab.promote('v1') }],
  planned: [
    { name: 'a dry run', unrecorded: true, act: (lab) => lab.promote('v2', { dryRun: true }) },
    { name: 'a dry run while another delivers', unrecorded: true, act: async (lab) => {
      let dry: PromoteOutcome | undefined
      await meanwhile(lab, 'after platform shift 10', async () => void (dry = await lab.promote('v3', { dryRun: true })))
      expect(dry?.message).toContain('promote of v2 by run')
      return dry!
    }, serves: 'v2' },
  ],
  superseded: [{ name: 'asked for before the one that serves', unrecorded: true, act: (lab) => lab.promote('v2', { requestedAt: lab.time.now() - 3_600_000 }) }],
  'marked-bad': [{ name: 'failed before', unrecorded: true, act: async (lab) => {
    lab.traffic.errors['v2'] = 0.5
    expect((await lab.promote('v2')).reason).toBe('high-error-rate')
    return lab.promote('v2')
  } }],
  'budget-spent': [
    { name: 'nothing is left of it', unrecorded: true, act: (lab) => {
      source(lab, { requests: 1_000_000, bad: 1000 })
      return lab.promote('v2', { place: { slo } })
    } },
    { name: 'and a dry run says so, whatever is to be done when it is unknown', unrecorded: true, act: (lab) => {
      source(lab, { requests: 1_000_000, bad: 5000 })
      return lab.promote('v2', { place: { slo }, dryRun: true })
    } },
  ],
  'budget-unknown': [
    { name: 'nobody can be asked', unrecorded: true, act: (lab) => {
      source(lab, { detail: 'it does not answer' })
      return lab.promote('v2', { place: { slo } })
    } },
    { name: 'nothing measures it', unrecorded: true, act: (lab) => lab.promote('v2', { place: { slo } }) },
  ],
  frozen: [
    { name: 'it is the weekend', unrecorded: true, act: (lab) => lab.promote('v2', { place: { freeze: weekend } }) },
    { name: 'and nobody dry-runs around it', unrecorded: true, act: (lab) => lab.promote('v2', { place: { freeze: weekend }, dryRun: true }) },
    { name: 'no reason overrules it that is meant for the record', unrecorded: true, act: (lab) => lab.promote('v2', { place: { freeze: weekend }, force: 'superseded, but wanted' }) },
  ],
  unsigned: [
    { name: 'nobody signed it', unrecorded: true, act: (lab) => lab.promote('v2', { place: asksWho }) },
    { name: 'and a dry run says so', unrecorded: true, act: (lab) => lab.promote('v2', { place: asksWho, dryRun: true }) },
    { name: 'whatever reasons are given', unrecorded: true, act: (lab) => lab.promote('v2', { place: asksWho, force: 'hurry', breakGlass: 'hurry' }) },
  ],
  'foreign-signature': [{ name: 'somebody else signed it', unrecorded: true, act: (lab) => {
    lab.signatures = () => ({ kind: 'foreign', seen: 'its signature is by another key' })
    return lab.promote('v2', { place: asksWho })
  } }],
  'invalid-signature': [{ name: 'its signature is for another image', unrecorded: true, act: (lab) => {
    lab.signatures = () => ({ kind: 'invalid', seen: 'its signature is for another image' })
    return lab.promote('v2', { place: asksWho })
  } }],
  'lease-held': [{ name: 'another delivers', unrecorded: true, serves: 'v2', act: async (lab) => {
    let second: PromoteOutcome | undefined
    await meanwhile(lab, 'after platform shift 10', async () => void (second = await lab.promote('v3')))
    return second!
  } }],
  'no-backup': [
    { name: 'no receipt given', unrecorded: true, act: (lab) => lab.promote('v2', { place: { backup } }) },
    { name: 'a receipt nobody knows', unrecorded: true, act: (lab) => lab.promote('v2', { place: { backup }, receipt: 'r-2' }) },
    { name: 'a backup that was never restored', unrecorded: true, act: async (lab) => {
      await receiptOf(lab, null)
      return lab.promote('v2', { place: { backup }, receipt: 'r-1' })
    } },
  ],
  'no-metrics': [{ name: 'a canary without a source', unrecorded: true, act: (lab) => {
    lab.measured = false
    return lab.promote('v2')
  } }],
  'no-way-back': [{ name: 'nothing is kept', unrecorded: true, lab: () => new FlowLab({ keepsReleases: 0 }).served('v1') }],
  'weights-unsupported': [
    { name: 'all or nothing', unrecorded: true, lab: () => new FlowLab({ weights: 'none' }).served('v0', 'v1') },
    { name: 'nothing below 100 %', unrecorded: true, act: (lab) => lab.promote('v2', { place: { rollout: { weights: [100] } } }) },
  ],
  'migrate-failed': [{ name: 'the command fails', act: (lab) => {
    lab.script = (what) => (what === 'migrate the database' ? { exitCode: 3 } : {})
    return lab.promote('v2', { place: { migrate: { up: 'up', in: 'runner', backwardCompatible: true, withinMs: 1000 } } })
  } }],
  unhealthy: [{ name: 'does not come up', act: (lab) => {
    lab.world.behaviours['v2'] = { launch: 'crashes' }
    return lab.promote('v2')
  } }],
  'wrong-version': [
    { name: 'at weight 0', act: (lab) => {
      lab.names = (url, usual) => (url.includes('candidate') ? 'v9' : usual)
      return lab.promote('v2')
    } },
    { name: 'after the switch', act: (lab) => {
      lab.names = (url, usual) => (url.includes('candidate') || usual === 'v1' ? usual : 'v9')
      return lab.promote('v2')
    } },
  ],
  'checks-failed': [
    { name: 'at weight 0', bad: 'v2', act: (lab) => {
      lab.status = (url) => (url.includes('candidate') ? 500 : 200)
      return lab.promote('v2')
    } },
    { name: 'after the switch', bad: 'v2', act: (lab) => {
      lab.status = (url) => (url.includes('candidate') ? 200 : 500)
      return lab.promote('v2')
    } },
    { name: 'with all traffic, blue-green', bad: 'v2', act: (lab) => {
      lab.status = (url) => (url.includes('candidate') ? 200 : 500)
      return lab.promote('v2', { place: { rollout: { strategy: 'blue-green' } } })
    } },
  ],
  'high-error-rate': [{ name: 'half of its requests fail', bad: 'v2', act: (lab) => {
    lab.traffic.errors['v2'] = 0.5
    return lab.promote('v2')
  } }, { name: 'and are slow', bad: 'v2', act: (lab) => {
    Object.assign(lab.traffic, { errors: { v2: 0.9 }, slow: { v2: 0.5 } })
    return lab.promote('v2', { place: { judge: both } })
  } }],
  'high-response-time': [{ name: 'half of its requests are slow', bad: 'v2', act: (lab) => {
    lab.traffic.slow['v2'] = 0.5
    return lab.promote('v2', { place: { judge: both } })
  } }],
  'business-metric': [{ name: 'hardly any orders', bad: 'v2', act: async (lab) => {
    lab.traffic.orders = { v1: 0.05, v2: 0.01 }
    const outcome = await lab.promote('v2', { place: { judge: ordered } })
    expect(outcome.message).toMatch(/^At 10 % the judge failed the release after [\d.]+ s: orders: \d+ of \d+ \(1\.0\d %\) against \d+ of \d+ \(5\.00 %\) of stable, at least \d+\.\d would do\./)
    return outcome
  } }],
  failed: [{ name: 'by a check that has no name', bad: 'v2', act: (lab) => {
    lab.traffic.errors['v2'] = 0.5
    return lab.promote('v2', { place: { judge: { ...judge, checks: [{ ...judge.checks[0]!, name: 'orders' }] } } })
  } }],
  'health-check-failure': [{ name: 'its checks fail while it is on trial', bad: 'v2', act: (lab) => {
    watching(lab, { health: { after: 3, everyMs: 1000 }, sloBurn: false })
    return meanwhile(lab, 'after platform shift 10', () => void (lab.status = (url) => (url.includes('candidate') ? 500 : 200)))
  } }],
  'resource-exhaustion': [{ name: 'it was ended for want of memory', bad: 'v2', act: (lab) => {
    lab.world.vitals = () => [{ version: 'v2', instance: 'v2-1', restarts: 1, outOfMemory: lab.world.weight >= 10 ? 1 : 0 }]
    watching(lab, { resources: { restarts: 3, outOfMemory: true, written: true }, sloBurn: false })
    return lab.promote('v2', { place: { rollout: { stepAtLeastMs: 15_000 } } })
  } }],
  'slo-burn': [{ name: 'it fires', bad: 'v2', act: (lab) => {
    firing(lab, 'slo-burn')
    return lab.promote('v2')
  } }],
  'user-complaints': [{ name: 'it fires', bad: 'v2', act: (lab) => {
    firing(lab, 'user-complaints')
    return lab.promote('v2')
  } }],
  'candidate-died': [
    { name: 'seen at a poll', bad: 'v2', act: (lab) => meanwhile(lab, 'before platform observe', () => crash(lab.world, 'candidate'), 2) },
    { name: 'seen when it was to get more', bad: 'v2', act: (lab) => meanwhile(lab, 'before platform shift 50', () => crash(lab.world, 'candidate')) },
    { name: 'seen when it was to be promoted', bad: 'v2', act: (lab) => meanwhile(lab, 'before platform promote', () => crash(lab.world, 'candidate')) },
  ],
  'weight-changed': [{ name: 'somebody sets another', act: (lab) => meanwhile(lab, 'after platform shift 10', () => void (lab.world.weight = 20)) }],
  'no-data': [{ name: 'the source falls silent', act: (lab) => meanwhile(lab, 'after platform shift 50', () => void (lab.traffic.outage = 'unreachable')) }, { name: 'neither of them can be reached', act: (lab) => meanwhile(lab, 'before platform observe', () => {
    crash(lab.world, 'candidate')
    crash(lab.world, 'stable')
    // It is well again as soon as something is done about it.
    lab.world.before = (call) => void (call === 'observe' || Object.assign(lab.world.stable ?? {}, { alive: true }))
  }, 2) }],
  undecided: [{ name: 'out of time', act: (lab) => {
    lab.traffic.rps = 5
    return lab.promote('v2', { place: { rollout: { decideWithinMs: 20_000, onUndecided: 'rollback' } } })
  } }],
  held: [{ name: 'out of time', held: true, act: (lab) => {
    lab.traffic.rps = 5
    return lab.promote('v2', { place: { rollout: { decideWithinMs: 20_000, onUndecided: 'hold' } } })
  } }],
  preempted: [{ name: 'by a rollback', act: async (lab) => {
    let back: Promise<unknown> | undefined
    const outcome = await meanwhile(lab, 'after platform shift 10', () => void (back = lab.rollback()))
    await back
    return outcome
  } }],
  cancelled: [{ name: 'during a step', act: (lab) => {
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after platform shift 50') by.cancel()
    }
    return lab.promote('v2', { by })
  } }],
  error: [
    { name: 'the platform refuses a shift', act: (lab) => meanwhile(lab, 'before platform shift 50', refuse) },
    { name: 'the ledger refuses to record a step', act: (lab) => meanwhile(lab, 'before ledger doing shift 50', refuse) },
    { name: 'the ledger refuses to record the end', act: (lab) => meanwhile(lab, 'before ledger finish promoted', refuse) },
    { name: 'the source can not be used', act: (lab) => {
      lab.traffic.outage = 'malformed'
      return lab.promote('v2')
    } },
  ],
  stuck: [
    { name: 'the first release fails after its promotion', lab: () => new FlowLab(), serves: 'v2', bad: 'v2', act: (lab) => {
      lab.status = (url) => (url.includes('candidate') ? 200 : 500)
      return lab.promote('v2')
    } },
    { name: 'the one before is not kept', lab: () => new FlowLab({ keepsReleases: 0 }).served('v1'), serves: 'v2', bad: 'v2', act: (lab) => {
      lab.status = (url) => (url.includes('candidate') ? 200 : 500)
      return lab.promote('v2', { force: 'no way back, I know' })
    } },
    { name: 'stable died meanwhile', bad: 'v2', act: (lab) => {
      lab.traffic.errors['v2'] = 0.5
      return meanwhile(lab, 'before platform abandon', () => crash(lab.world, 'stable'))
    } },
  ],
}

test('every reason has a story', () => {
  expect(Object.keys(stories).toSorted()).toEqual(Object.keys(reasons).toSorted())
  expect(Object.entries(stories).filter(([, told]) => told.length === 0)).toEqual([])
})

describe.each(Object.entries(stories) as [Reason, readonly Story[]][])('%s', (reason, told) => {
  test.each(told.map((story) => [story.name, story] as const))('%s', async (_, { lab: begin = served, act = (lab) => lab.promote('v2'), serves = 'v1', bad, unrecorded, held }) => {
    const lab = await begin()
    const before = lab.deliveries.length
    const outcome = await act(lab)
    expect(outcome).toMatchObject({ reason, ok: GREEN_REASONS.has(reason) })
    expect(Object.keys(outcome.outputs).toSorted()).toEqual(outputs.toSorted())
    expect(outcome.summary.parts.length).toBeGreaterThan(1)
    expect(outcome.message).not.toBe('')
    // Whoever was preempted may record nothing but its end.
    if (reason !== 'preempted') expect(lab.unannounced).toEqual([])
    if (held) expect(lab.rest).toEqual({ ...atRest('v1'), candidate: 'v2', weight: 10 })
    else expect(lab.rest).toEqual(atRest(serves))
    if (unrecorded) {
      expect(outcome.outputs.deployment).toBe('')
      return
    }
    if (outcome.outputs.deployment === '') expect(reason).toBe('planned')
    else {
      const record = lab.deliveries.find(({ id }) => id === outcome.outputs.deployment)
      expect(lab.deliveries.length).toBeGreaterThan(before)
      expect(record?.result).toMatchObject({ ok: outcome.ok, reason, live: release(serves) })
      expect(record?.result?.bad).toEqual(bad === undefined ? undefined : release(bad))
      expect(outcome.outputs).toMatchObject({ version: serves, url: 'https://shop.example', previous: record?.intent.previous?.version ?? '' })
    }
  })
})
