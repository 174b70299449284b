/** What people read of a release that was watched. */
import { describe, expect, test } from '@jest/globals'
import type { WatchRequest } from '../../../actions/watch-release/session.js'
import { gravityOf } from '../../../core/domain/telling/gravity.js'
import { runEnded } from '../../../core/domain/telling/runs.js'
import { watchSubject } from '../../../core/domain/telling/subjects.js'
import { TellingLab } from '../../support/telling-lab.js'

const released = async (): Promise<TellingLab> => {
  const lab = new TellingLab()
  lab.place = { watch: { forMs: 3_600_000, everyMs: 30_000, onFail: 'rollback' } }
  await lab.served('v0')
  await lab.delivered('v1')
  return lab
}

const watched = async (lab: TellingLab, asked: Partial<WatchRequest> = {}): Promise<string> => {
  const by = lab.process()
  const ended = await lab.run(() => lab.watch({ by, ...asked }), { by, subject: watchSubject(lab.environment(), by.ambient.run) })
  return ended.reason
}

describe('a release that turned bad and was taken back', () => {
  test('is told of to those who hear of failures only, though going back went well', async () => {
    const lab = await released()
    lab.traffic.errors = { v1: 0.2 }
    expect(await watched(lab)).toBe('rolled-back')
    expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'failed', severity: 'warning', title: 'Watch in production failed: rolled-back', text: expect.stringContaining('high-error-rate of v1') })
    expect(lab.kept.find(({ topic }) => topic === 'watch')).toMatchObject({ notice: { key: 'watch:production' }, count: 1 })
  })

  test('stays told of when the next look finds nothing to watch, and is over with the next release', async () => {
    const lab = await released()
    lab.traffic.errors = { v1: 0.2 }
    await watched(lab)
    expect(await watched(lab, { mode: 'look' })).toBe('nothing-to-watch')
    expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'failed' })
    expect((await lab.delivered('v2')).reason).toBe('promoted')
    expect(lab.channels.shows('mail-1')).toMatchObject({ state: 'succeeded', title: 'Over: Watch in production failed: rolled-back' })
  })
})

test('a look that nothing was looked at in mends nothing, and a newer release is no failure', () => {
  const subject = watchSubject({ app: 'shop', name: 'production' }, new TellingLab().process().ambient.run)
  for (const reason of ['nothing-to-watch', 'watched-elsewhere']) expect(runEnded(subject, { ok: true, reason, message: '' }, 0)).toBeUndefined()
  expect(runEnded(subject, { ok: true, reason: 'still-watching', message: '' }, 0)).toMatchObject({ quiet: true, topic: 'watch', notice: { key: 'watch:production' } })
  expect(gravityOf('watch-release', false, 'released-again')).toEqual({ state: 'failed', severity: 'info' })
})
