/** Freeze and break-glass as the flows see them. */
import { describe, expect, test } from '@jest/globals'
import { freezeOf } from '../../../core/config/schema-freeze.js'
import { intent } from '../../../core/domain/history-decode.js'
import { readInputs } from '../../../core/inputs/fields.js'
import { spokenReason } from '../../../core/inputs/spoken-reason.js'
import { FlowLab } from '../../support/flow-lab.js'

// The lab's time begins on Saturday 2026-03-14, 14:05 UTC.
const weekend = freezeOf('Fri 16:00–Mon 08:00 Europe/Paris')
const direct = { rollout: { strategy: 'direct' } } as const
const why = 'payments are down since noon'
const served = async (): Promise<FlowLab> => new FlowLab().served('v0', 'v1')

describe('in a freeze', () => {
  test('nothing goes forward, and the message says which window, until when and how to go on all the same', async () => {
    const lab = await served()
    const { message } = await lab.promote('v2', { place: { freeze: weekend } })
    expect(message).toBe(
      '`production` is frozen by `Fri 16:00–Mon 08:00 Europe/Paris`, until Mon 2026-03-16 08:00 Europe/Paris (2026-03-16T07:00:00Z). Deliver when that is over, or give `break-glass` with a reason that is recorded. A rollback is never frozen.',
    )
    expect(lab.last?.intent.release.version).toBe('v1')
  })

  test('breaking the glass lets it through: planned, recorded and shown with its reason', async () => {
    const lab = await served()
    lab.place = { freeze: weekend }
    const dry = await lab.promote('v2', { place: direct, breakGlass: why, dryRun: true })
    expect(dry).toMatchObject({ reason: 'planned' })
    expect(JSON.stringify(dry.summary)).toContain(`It would be refused as frozen, and is overruled: \\"${why}\\"`)
    for (const outcome of [await lab.promote('v2', { place: direct, breakGlass: why }), await lab.deploy('v3', { breakGlass: why })]) {
      expect(outcome.ok).toBe(true)
      expect(JSON.stringify(outcome.summary)).toContain(`["Overruled","frozen: \\"${why}\\""]`)
      expect(lab.last?.intent.overruled).toEqual({ reason: why, what: ['frozen'] })
      // A ledger keeps it.
      expect(intent(JSON.parse(JSON.stringify(lab.last?.intent)), 'intent')).toEqual(lab.last?.intent)
    }
  })

  test('a rollback goes as ever', async () => {
    const lab = await served()
    lab.place = { freeze: weekend }
    expect(await lab.rollback()).toMatchObject({ ok: true, reason: 'rolled-back' })
    expect(lab.last?.intent.overruled).toBeUndefined()
  })

  test('what it does not apply to goes on', async () => {
    const lab = await served()
    lab.place = { freeze: freezeOf({ windows: ['Sat'], 'applies-to': ['promote'] }) }
    expect(await lab.deploy('v2')).toMatchObject({ reason: 'deployed' })
    expect(await lab.promote('v3')).toMatchObject({ reason: 'frozen' })
  })

  test('what the record says comes first, because it lasts', async () => {
    const lab = await served()
    expect(await lab.promote('v2', { place: { freeze: weekend }, requestedAt: 0 })).toMatchObject({ reason: 'superseded' })
    const { message, reason } = await lab.promote('v2', { place: { ...direct, freeze: weekend }, requestedAt: 0, force: 'the newer one is not wanted' })
    expect([reason, message]).toEqual(['frozen', expect.stringContaining('is frozen by')])
    await lab.promote('v2', { place: { ...direct, freeze: weekend }, requestedAt: 0, force: 'the newer one is not wanted', breakGlass: why })
    expect(lab.last?.intent.overruled).toEqual({ reason: `the newer one is not wanted; ${why}`, what: ['superseded', 'frozen'] })
  })
})

test('a freeze that begins while the run looks around counts', async () => {
  const lab = await served()
  const by = lab.process()
  by.at = (point) => (point === 'after platform observe' ? lab.time.sleep(30 * 60_000) : undefined)
  lab.place = { freeze: freezeOf('Sat 14:30–15:00') }
  expect(await lab.promote('v2', { by })).toMatchObject({ reason: 'frozen' })
  await lab.time.sleep(3_600_000)
  expect(await lab.promote('v2')).toMatchObject({ ok: true })
})

test('outside of a freeze a reason to break the glass changes nothing and is not recorded', async () => {
  const lab = await served()
  expect(await lab.promote('v2', { place: { ...direct, freeze: freezeOf('Sun') }, breakGlass: why })).toMatchObject({ reason: 'switched' })
  expect(lab.last?.intent.overruled).toBeUndefined()
})

test('what force overrules is recorded too', async () => {
  const lab = await served()
  await lab.deploy('v2', { requestedAt: 0, force: 'the newer one is not wanted' })
  expect(lab.last?.intent.overruled).toEqual({ reason: 'the newer one is not wanted', what: ['superseded'] })
})

test.each(['urgent', 'hotfix!!!', 'aaaaaaaaaaaaaa', '. . . . . . . .'])('"%s" is no reason', (said) => {
  expect(() => readInputs({ 'break-glass': spokenReason() }, { 'break-glass': said })).toThrow('Input `break-glass` is')
})
