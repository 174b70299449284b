/** What every count of complaints must do. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Suspect } from '../../../core/domain/trigger.js'
import type { Trigger } from '../../../core/ports/trigger.js'
import { NOON } from '../../support/cloud-lab.js'

export interface ComplaintsLab {
  /** With nothing in its memory; two are borne. */
  open(): Promise<Trigger>
  /** So many more complaints, now. */
  complain(times: number): Promise<void>
  pass(ms: number): void
  /** The source refuses us for what our credentials lack; `said`: what the fix names. */
  forbid(): { readonly said: string }
  /** Nothing answers any more. */
  unplug(): Promise<void>
  close(): Promise<void>
}

export const suspect: Suspect = { version: '1.5.0', since: NOON + 30_000, alone: false }

export function complaintsContract(name: string, make: () => Promise<ComplaintsLab>): void {
  describe(`complaints by ${name}`, () => {
    let lab: ComplaintsLab
    beforeEach(async () => {
      lab = await make()
    })
    afterEach(() => lab.close())

    test('what came before the release does not count; it fires with one more than is borne', async () => {
      await lab.complain(9)
      const trigger = await lab.open()
      await trigger.preflight()
      expect(trigger).toMatchObject({ name: 'user-complaints' })
      lab.pass(60_000)
      expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm', detail: expect.stringMatching(/^0 .*; 2 are borne$/) })
      await lab.complain(2)
      lab.pass(60_000)
      expect(await trigger.look(suspect)).toMatchObject({ kind: 'calm', detail: expect.stringMatching(/^2 /) })
      await lab.complain(1)
      lab.pass(60_000)
      expect(await trigger.look(suspect)).toMatchObject({ kind: 'fired', detail: expect.stringMatching(/^3 .*since 2026-11-22 12:0\d UTC.*; 2 are borne$/) })
    })

    test('credentials that may not are found before traffic moves, and say what they lack', async () => {
      const { said } = lab.forbid()
      const trigger = await lab.open()
      await expect(trigger.preflight()).rejects.toMatchObject({ family: 'input', code: 'trigger-unusable', fix: expect.stringContaining(said) })
      const finding = await trigger.look(suspect)
      expect(finding.kind).toBe('no-data')
      expect(JSON.stringify(finding)).not.toMatch(/planted/)
    })

    test('a source that does not answer is neither calm nor an alarm', async () => {
      const trigger = await lab.open()
      await lab.unplug()
      expect(await trigger.look(suspect)).toMatchObject({ kind: 'no-data', detail: expect.stringMatching(/ECONNREFUSED/) })
      await expect(trigger.preflight()).rejects.toMatchObject({ code: 'trigger-unusable' })
    })
  })
}
