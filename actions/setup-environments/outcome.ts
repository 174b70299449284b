import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  planned: 'The differences were printed; nothing was changed.',
  'in-step': 'Everything that the file names is on GitHub as the file says it. Nothing was changed.',
  applied: 'GitHub has been made what the file says, and was read back.',
  drift: 'GitHub is not what the file says; every difference is in the table. Nothing was changed.',
  incomplete: 'The work stopped half-way: what was written stands, the message says what is left. Running it again finishes it.',
  unsettled: 'Everything was written, and reading it back still shows differences.',
  'secret-missing': 'GitHub is what the file says, but for secrets that it names and that are not there. Values can not come from the file.',
  cancelled: 'The run was cancelled. What was written stands; running it again finishes it.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['differences', 'changed', 'unmanaged'] as const

export type SetupOutcome = Outcome<Reason, (typeof outputs)[number]>
