/** What a rollback does besides the traffic, and what an on-call person meets at night. */
import { describe, expect, test } from '@jest/globals'
import { confirmedReceipt } from '../../../actions/rollback/data.js'
import { RemoteError } from '../../../core/errors/families.js'
import { crash } from '../../support/fakes/platform.js'
import { atRest, FlowLab } from '../../support/flow-lab.js'
import { Died } from '../../support/flow-process.js'

const served = (): Promise<FlowLab> => new FlowLab().served('v0', 'v1', 'v2')
const held = async (): Promise<FlowLab> => (await new FlowLab().served('v0', 'v1')).held('v2')
const refuse = (): never => {
  throw new RemoteError('platform-refused', { message: 'The platform refused.', service: 'fake', operation: 'verb' })
}

describe('what comes after the traffic', () => {
  test('comes in its order: schema down, database, caches', async () => {
    const lab = await served()
    lab.backups.add('r-1')
    const outcome = await lab.rollback({ migrateDown: 'down', flushCache: 'flush', restoreReceipt: 'r-1' })
    expect(outcome).toMatchObject({ ok: true, reason: 'rolled-back', outputs: { database: 'shop_before' } })
    const order = ['platform restore v1', 'ledger doing migrate', 'script take the database schema back', 'database r-1', 'script empty the caches', 'ledger finish rolled-back']
    expect(lab.journal.filter((line) => order.includes(line))).toEqual(order)
  })

  test.each([
    ['take the database schema back', ['script take the database schema back']],
    ['empty the caches', ['script take the database schema back', 'database r-1', 'script empty the caches']],
  ])('ends with the first that fails: %s', async (what, done) => {
    const lab = await served()
    lab.backups.add('r-1')
    lab.script = (script) => (script === what ? { exitCode: 1 } : {})
    await lab.rollback({ migrateDown: 'down', flushCache: 'flush', restoreReceipt: 'r-1' })
    expect(lab.journal.filter((line) => /^(?:script|database)/.test(line))).toEqual(done)
  })

  test('a cache is emptied by its own name where no command is given, last of all', async () => {
    const lab = await served()
    lab.backups.add('r-1')
    const outcome = await lab.rollback({ flushCache: { redis: 'redis://cache/3' }, restoreReceipt: 'r-1' })
    expect(outcome).toMatchObject({ ok: true, reason: 'rolled-back' })
    expect(lab.journal.filter((line) => /^(?:script|database|cache)/.test(line))).toEqual(['database r-1', 'cache redis://cache/3'])
  })

  test('a cache that refuses to be emptied is told with what to do', async () => {
    const lab = await served()
    lab.cacheRefuses = true
    expect(await lab.rollback({ flushCache: { redis: 'redis://cache/3' } })).toMatchObject({ ok: false, reason: 'flush-failed', message: expect.stringContaining('NOPERM. Grant it.') })
  })

  test('is done too when only a candidate had to go', async () => {
    const lab = await held()
    lab.backups.add('r-1')
    const outcome = await lab.rollback({ restoreReceipt: 'r-1', flushCache: 'flush' })
    expect(outcome).toMatchObject({ reason: 'candidate-abandoned', outputs: { database: 'shop_before' } })
    expect(lab.restored).toEqual(['r-1'])
  })

  test('touches no database unless the receipt was typed twice', () => {
    expect(confirmedReceipt({})).toBeUndefined()
    expect(confirmedReceipt({ 'restore-receipt': 'r-1', 'confirm-restore-receipt': 'r-1' })).toBe('r-1')
    for (const [first, again] of [['r-1', undefined], [undefined, 'r-1'], ['r-1', 'r-2'], ['r-1', 'R-1']] as const) {
      expect(() => confirmedReceipt({ 'restore-receipt': first, 'confirm-restore-receipt': again })).toThrow(/give the same id in both/)
    }
  })
})

describe('at night', () => {
  test('a second rollback goes a second step back, and never to what was left', async () => {
    const lab = await served()
    await lab.rollback()
    const force = 'it was not far enough'
    expect(await lab.rollback({ force })).toMatchObject({ ok: true, outputs: { version: 'v0', previous: 'v1' } })
    expect(await lab.rollback({ force })).toMatchObject({ ok: false, reason: 'nothing-to-roll-back' })
    expect(await lab.promote('v2')).toMatchObject({ reason: 'marked-bad' })
  })

  test('a release that the judge had failed when its run died is not tried on users again', async () => {
    const lab = await new FlowLab().served('v0', 'v1')
    lab.traffic.errors['v2'] = 0.5
    const by = lab.process()
    by.at = (point) => {
      if (point === 'before ledger doing abandon') by.die()
    }
    await expect(lab.promote('v2', { by })).rejects.toBeInstanceOf(Died)
    expect(await lab.promote('v2')).toMatchObject({ ok: false, reason: 'marked-bad' })
    expect(lab.rest).toEqual(atRest('v1'))
    // Died while still climbing, a release has nothing spoken against it.
    lab.traffic.errors['v3'] = 0
    const early = lab.process()
    early.at = (point) => {
      if (point === 'after platform shift 50') early.die()
    }
    await expect(lab.promote('v3', { by: early })).rejects.toBeInstanceOf(Died)
    expect(await lab.promote('v3')).toMatchObject({ ok: true, reason: 'promoted' })
  })

  test('a dry run says that a held candidate would go', async () => {
    const lab = await held()
    expect(await lab.rollback({ dryRun: true })).toMatchObject({ reason: 'planned', message: 'v1 serves; v2 would go, and v1 would have all traffic.' })
    expect(lab.rest).toMatchObject({ candidate: 'v2', weight: 10 })
  })

  test('a dry run says what it would take over from', async () => {
    const lab = await new FlowLab().served('v0', 'v1')
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after platform shift 10') by.die()
    }
    await expect(lab.promote('v2', { by })).rejects.toBeInstanceOf(Died)
    expect((await lab.rollback({ dryRun: true })).message).toBe('The promote of v2 by run run-3 is in flight and would be taken over first. v1 serves; v2 would go, and v1 would have all traffic.')
    expect(lab.rest).toMatchObject({ open: 1, holder: true })
  })

  test('a delivery that died and a stable that died do not bar the way back', async () => {
    const lab = await new FlowLab().served('v0', 'v1', 'v2')
    const by = lab.process()
    by.at = (point) => {
      if (point === 'after platform shift 10') by.die()
    }
    await expect(lab.promote('v3', { by })).rejects.toBeInstanceOf(Died)
    crash(lab.world, 'stable')
    expect(await lab.rollback({ to: 'v1' })).toMatchObject({ ok: true, reason: 'rolled-back' })
    expect(lab.rest).toEqual(atRest('v1'))
  })

  test('a rollback that died on its way to a release that is gone does not bar the next one', async () => {
    const lab = await served()
    const by = lab.process()
    by.at = (point) => {
      if (point === 'before platform restore v1') by.die()
    }
    await expect(lab.rollback({ by })).rejects.toBeInstanceOf(Died)
    lab.world.past = lab.world.past.filter((past) => past.release.version !== 'v1')
    expect(await lab.rollback()).toMatchObject({ ok: true, outputs: { version: 'v0', previous: 'v2' } })
    expect(lab.rest).toEqual(atRest('v0'))
  })

  test('a record that can not be closed does not hide what was seen', async () => {
    const lab = await served()
    const by = lab.process()
    by.at = (point) => (point.startsWith('before ledger finish') ? refuse() : undefined)
    const outcome = await lab.rollback({ by })
    expect(outcome).toMatchObject({ ok: false, reason: 'error', outputs: { version: 'v1' } })
    expect(outcome.message).toContain('The record stays open')
    expect(await lab.rollback()).toMatchObject({ ok: true, outputs: { version: 'v1' } })
    expect(lab.rest).toEqual(atRest('v1'))
  })
})
