/** What people are told of a watch: its looks are many, and only what one of them saw is news. */
import { expect, test } from '@jest/globals'
import type { WatchPolicy } from '../../../core/domain/watch-facts.js'
import { deliverySubject, watchSubject } from '../../../core/domain/telling/subjects.js'
import { TellingLab } from '../../support/telling-lab.js'

const MINUTE = 60_000

/** `v1` has all traffic since a moment ago and is to be watched; nobody has been told anything that is open. */
async function released(onFail: WatchPolicy['onFail']): Promise<TellingLab> {
  const lab = new TellingLab()
  lab.place = { watch: { forMs: 60 * MINUTE, everyMs: 30_000, onFail } }
  await lab.served('v0')
  await lab.delivered('v1')
  lab.channels.said.length = 0
  return lab
}
const looked = (lab: TellingLab) => lab.run((by) => lab.watch({ by, mode: 'look' }), { subject: watchSubject(lab.environment(), lab.process().ambient.run) })

test('an alert stands until another release serves, however often the watch that it ended is looked at', async () => {
  const lab = await released('alert')
  lab.traffic.errors['v1'] = 0.2
  while ((await looked(lab)).reason === 'still-watching') await lab.time.sleep(MINUTE)
  expect(lab.channels.lines.slice(-2)).toEqual(['post chat-2 failed', 'post mail-1 failed'])
  expect(lab.channels.shows('mail-1')).toMatchObject({ severity: 'critical', title: 'Watch in production failed: alerted, high-error-rate' })
  await lab.time.sleep(5 * MINUTE)
  expect(await looked(lab)).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
  expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'failed', severity: 'critical' })
  await lab.run((by) => lab.rollback({ by }), { subject: deliverySubject('rollback', lab.environment(), lab.process().ambient.run) })
  expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'succeeded', title: 'Over: Watch in production failed: alerted, high-error-rate' })
})

test('a release that was taken back at night is told of as what it is, beside the rollback that went well', async () => {
  const lab = await released('rollback')
  lab.traffic.errors['v1'] = 0.2
  let reason = ''
  while ((reason = (await looked(lab)).reason) === 'still-watching') await lab.time.sleep(MINUTE)
  expect(reason).toBe('rolled-back')
  expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'failed', severity: 'warning', title: 'Watch in production failed: rolled-back, high-error-rate', text: expect.stringContaining('high-error-rate of v1') })
})
