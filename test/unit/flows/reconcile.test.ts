import { describe, expect, test } from '@jest/globals'
import { reconcile, type ReconcileRequest } from '../../../actions/reconcile/flow.js'
import { reasons, type ReconcileOutcome } from '../../../actions/reconcile/outcome.js'
import type { Grounds } from '../../../core/delivery/work.js'
import { RemoteError } from '../../../core/errors/families.js'
import { FlowLab, atRest } from '../../support/flow-lab.js'
import { Died, type FlowProcess } from '../../support/flow-process.js'

/** Which places were reached, so that the last test can say that all reasons were. */
const reached = new Set<string>()

interface Asked {
  readonly by?: FlowProcess
  readonly environments?: readonly string[]
  readonly dryRun?: boolean
  /** What opening an environment rejects with. */
  readonly broken?: (environment: string) => Error | undefined
}

async function reconciled(lab: FlowLab, { by = lab.process(), environments = ['production'], dryRun = false, broken = () => undefined }: Asked = {}): Promise<ReconcileOutcome> {
  const request: ReconcileRequest = { environments: environments.map((name) => ({ ...lab.environment(), name })), dryRun }
  const open = async ({ name }: { readonly name: string }): Promise<Grounds> => {
    const fault = broken(name)
    if (fault !== undefined) throw fault
    return by.ports()
  }
  const outcome = await by.life(reconcile(request, open, by.ambient))
  reached.add(outcome.reason)
  return outcome
}

/** A canary whose process was killed at a point of its way: `after platform shift 50`. */
async function killedAt(point: string, lab: FlowLab, run: (by: FlowProcess) => Promise<unknown> = (by) => lab.promote('v2', { by })): Promise<FlowLab> {
  const by = lab.process()
  by.at = (here) => {
    if (here === point) by.die()
  }
  await expect(run(by)).rejects.toBeInstanceOf(Died)
  return lab
}

const shop = (): Promise<FlowLab> => new FlowLab().served('v0', 'v1')

describe('an environment in which every delivery has ended', () => {
  test('is left as it is, and nothing is taken there', async () => {
    const lab = await shop()
    const { ok, reason, outputs } = await reconciled(lab)
    expect({ ok, reason, outputs }).toEqual({ ok: true, reason: 'nothing-open', outputs: { healed: '', open: '' } })
    expect(lab.journal).toEqual([])
  })

  test('that nobody ever delivered to is no fault', async () => {
    expect((await reconciled(new FlowLab(), { environments: ['staging', 'production'] })).reason).toBe('nothing-open')
  })
})

describe('a delivery whose run is dead', () => {
  test('and whose candidate has part of the traffic goes back', async () => {
    const lab = await killedAt('after platform shift 50', await shop())
    expect(lab.rest).toMatchObject({ serves: 'v1', candidate: 'v2', weight: 50, open: 1 })
    const { ok, reason, outputs, message } = await reconciled(lab)
    expect({ ok, reason, outputs }).toEqual({ ok: true, reason: 'healed', outputs: { healed: lab.last!.id, open: '' } })
    expect(message).toContain('v1 serves 100 %')
    expect(lab.rest).toEqual(atRest('v1'))
    expect(lab.last?.result).toMatchObject({ ok: false, reason: 'healed-went-back', live: { version: 'v1' } })
    expect(lab.unannounced).toEqual([])
  })

  test('and whose release serves all is finished', async () => {
    const lab = await killedAt('after platform promote', await shop())
    expect((await reconciled(lab)).reason).toBe('healed')
    expect(lab.rest).toEqual(atRest('v2'))
    expect(lab.last?.result).toMatchObject({ ok: false, reason: 'healed-finished', live: { version: 'v2' } })
  })

  test('and that was a rollback is carried to its end', async () => {
    const lab = await new FlowLab().served('v0', 'v1', 'v2')
    await killedAt('after ledger doing restore', lab, (by) => lab.rollback({ by }))
    expect(lab.rest).toMatchObject({ serves: 'v2', open: 1 })
    expect((await reconciled(lab)).reason).toBe('healed')
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('stays marked bad where the judge had spoken', async () => {
    const lab = await shop()
    lab.traffic.errors['v2'] = 0.5
    await killedAt('after ledger verdict', lab)
    await reconciled(lab)
    expect(lab.last?.result).toMatchObject({ bad: { version: 'v2' } })
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('is only told of by a dry run', async () => {
    const lab = await killedAt('after platform shift 10', await shop())
    const before = [...lab.journal]
    const { ok, reason, outputs, summary } = await reconciled(lab, { dryRun: true })
    expect({ ok, reason, outputs }).toEqual({ ok: true, reason: 'planned', outputs: { healed: '', open: lab.last!.id } })
    expect(JSON.stringify(summary)).toContain('has ended')
    expect(lab.journal).toEqual(before)
    expect(lab.rest).toMatchObject({ candidate: 'v2', weight: 10, open: 1 })
  })

  test('is healed once by two that come at the same time', async () => {
    const lab = await killedAt('after platform shift 50', await shop())
    const outcomes = await Promise.all([reconciled(lab), reconciled(lab)])
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, true])
    expect(lab.rest).toEqual(atRest('v1'))
    expect(lab.journal.filter((line) => line.startsWith('ledger finish healed'))).toHaveLength(1)
  })

  test('is healed by the next one, when the one that healed it dies anywhere', async () => {
    const places = async (): Promise<readonly string[]> => {
      const lab = await killedAt('after platform shift 50', await shop())
      const by = lab.process()
      await reconciled(lab, { by })
      return by.points
    }
    for (const [index, place] of (await places()).entries()) {
      const lab = await killedAt('after platform shift 50', await shop())
      const by = lab.process()
      by.at = (_, count) => {
        if (count === index + 1) by.die()
      }
      await expect(reconciled(lab, { by })).rejects.toBeInstanceOf(Died)
      await reconciled(lab)
      expect({ ...lab.rest, place }).toEqual({ ...atRest('v1'), holder: lab.rest.holder, place })
      await expect(lab.promote('v3')).resolves.toMatchObject({ reason: 'promoted' })
    }
  })
})

describe('a delivery whose run lives', () => {
  test('is left alone, and goes on', async () => {
    const lab = await shop()
    let found: ReconcileOutcome | undefined
    const by = lab.process()
    by.at = async (point) => {
      if (point === 'after platform shift 50') found = await reconciled(lab)
    }
    const { reason } = await lab.promote('v2', { by })
    expect(reason).toBe('promoted')
    expect(found).toMatchObject({ ok: true, reason: 'in-flight', outputs: { healed: '', open: lab.last!.id } })
    expect(JSON.stringify(found?.summary)).toContain('its run lives')
  })

  test('that healed the dead one in the meantime is not taken from', async () => {
    const lab = await killedAt('after platform shift 50', await shop())
    const other = lab.process()
    let found: ReconcileOutcome | undefined
    other.at = async (point) => {
      if (point === 'after ledger take') found = await reconciled(lab)
    }
    await expect(lab.promote('v3', { by: other })).resolves.toMatchObject({ reason: 'promoted' })
    expect(found).toMatchObject({ ok: true, reason: 'in-flight' })
    expect(JSON.stringify(found?.summary)).toContain('is held by run')
  })
})

describe('an environment that can not be healed', () => {
  const unreachable = new RemoteError('network-failed', { message: 'Could not ask the platform.', service: 'platform', operation: 'observe' })

  test('does not keep the others from it, and fails the step with what to do', async () => {
    const lab = await killedAt('after platform shift 50', await shop())
    const { ok, reason, outputs, message } = await reconciled(lab, { environments: ['staging', 'production', 'other'], broken: (name) => (name === 'production' ? undefined : unreachable) })
    expect({ ok, reason, outputs }).toEqual({ ok: false, reason: 'not-healed', outputs: { healed: lab.last!.id, open: '' } })
    for (const name of ['staging', 'other']) expect(message).toContain(`\`${name}\`: Could not ask the platform.`)
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('because its platform refuses stays open, and is healed by the next run', async () => {
    const lab = await killedAt('after platform shift 50', await shop())
    lab.world.before = (call) => {
      if (call !== 'observe') throw unreachable
    }
    const { ok, reason, outputs, message } = await reconciled(lab)
    expect({ ok, reason, outputs }).toEqual({ ok: false, reason: 'not-healed', outputs: { healed: '', open: lab.last!.id } })
    expect(message).toMatch(/production/)
    expect(lab.rest).toMatchObject({ open: 1, holder: false })
    delete lab.world.before
    expect((await reconciled(lab)).reason).toBe('healed')
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('because the run is cancelled ends at once', async () => {
    const lab = await killedAt('after platform shift 50', await shop())
    const by = lab.process()
    by.cancel()
    await expect(reconciled(lab, { by, environments: ['production', 'other'] })).rejects.toThrow('cancelled')
    expect(lab.rest).toMatchObject({ open: 1 })
  })
})

test('every reason was reached', () => {
  expect([...reached].toSorted()).toEqual(Object.keys(reasons).toSorted())
})
