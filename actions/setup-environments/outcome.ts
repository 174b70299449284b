import type { Outcome } from '../../core/domain/outcome.js'

export const reasons = {
  planned: 'The differences were printed; nothing was changed.',
  'in-step': 'Everything that the file names is on GitHub as the file says it. Nothing was changed.',
  applied: 'GitHub has been made what the file says, and was read back.',
  drift: 'GitHub is not what the file says; every difference is in the table. Nothing was changed.',
  incomplete: 'The work stopped half-way: what was written stands, the message says what is left. Running it again finishes it.',
  unsettled: 'Everything was written, and reading it back still shows differences.',
  'secret-missing': 'GitHub is what the file says, but for secrets that it names and that are not there. Values can not come from the file.',
  'secret-unfit': 'GitHub is what the file says, but a secret is older than it may be, or its value is not of the shape that is wanted.',
  rotated: 'Every secret that was due has a new value that passed `verify`, and the old one is revoked where the recipe says so.',
  'rotated-unverified': 'Every secret that was due has a new value; of at least one there is no `verify` that could say whether it works.',
  'nothing-due': 'No secret was asked for by name, none with a recipe is older than it may be, and no rotation was interrupted. Nothing was changed.',
  'in-progress': 'Another run is rotating the same secret. Nothing was changed.',
  'shared-secret': 'The secret belongs to the repository or the organization, so that others use the same value. Nothing was changed.',
  'old-unknown': 'The old value would have to be revoked, and this job does not know it. Nothing was changed.',
  'make-failed': 'No new value came about, or one that can not be used. The secret was not changed.',
  'verify-failed-restored': 'The new value was not proven to work; the old one is back.',
  'verify-failed-not-restored': 'The new value was not proven to work and is stored: the old one could not be put back. Set it by hand.',
  'revoke-failed': 'The new value stands and works, but the old one was not seen to be revoked.',
  interrupted: 'An earlier rotation was interrupted, and this run can not finish it; the message says what it lacks.',
  compared: 'The settings of the application were checked in every environment and compared; nothing on GitHub was looked at.',
  'no-layers': 'There are no settings of the application to compare. That is never a pass.',
  permitted: 'Everything that the named actions need was seen to be permitted.',
  'permissions-missing': 'Something that the named actions need is not permitted; the table says what, and what to add. Nothing was changed.',
  'permissions-unknown': 'Nothing that is needed was seen to be missing, but of something nobody can tell before it is done. Unknown is not a pass.',
  cancelled: 'The run was cancelled. What was written stands; running it again finishes it.',
} as const satisfies Readonly<Record<string, string>>

export type Reason = keyof typeof reasons

export const outputs = ['differences', 'changed', 'unmanaged', 'rotated', 'missing'] as const

export type SetupOutcome = Outcome<Reason, (typeof outputs)[number]>
