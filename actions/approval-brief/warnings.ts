import { admission } from '../../core/domain/admission.js'
import { readableDays } from '../../core/domain/duration.js'
import type { EnvironmentHistory } from '../../core/domain/history.js'
import { counted } from '../../core/domain/release-notes.js'
import { newestVerified, stagingEvidence } from './evidence.js'
import type { BriefRequest, Gathered } from './gathering.js'

/** What speaks against it, the gravest first. What could not be looked at counts where going on without it would be blind. */
export function warningsOf(request: BriefRequest, found: Gathered): readonly string[] {
  return [...recordWarnings(request, found), ...stagingWarnings(request, found), ...changeWarnings(request, found), ...returnWarnings(request, found)]
}

function recordWarnings({ delivery }: BriefRequest, { history, at }: Gathered): readonly string[] {
  const { environment, ...asked } = delivery
  const unread = 'value' in history ? [] : [`The record of \`${environment.name}\` could not be read: whether the release is marked bad or superseded is unknown.`]
  const empty: EnvironmentHistory = { environment: environment.name, deliveries: [], facts: [] }
  const { refused, overruled } = admission('value' in history ? history.value : empty, environment.freeze, { ...asked, kind: 'promote', environment: environment.name }, at)
  return [
    ...(refused === undefined ? [] : [`It would be refused as ${refused.reason}: ${refused.message}`]),
    ...(overruled === undefined ? [] : [`It would be refused as ${overruled.what.join(', ')}, and is overruled: "${overruled.reason}".`]),
    ...unread,
  ]
}

function stagingWarnings({ delivery, staging: stage }: BriefRequest, { staging }: Gathered): readonly string[] {
  if (staging === undefined || stage === undefined) return []
  if ('unknown' in staging) return [`The record of \`${stage}\` could not be read: there is no evidence that this image works.`]
  const { delivered, checked } = stagingEvidence(staging.value, delivery.release)
  if (delivered === undefined) return [`No delivery of this very image to \`${stage}\` is on record.`]
  if (!delivered.ok) return [`Its last delivery to \`${stage}\` did not go well: ${delivered.reason}.`]
  if (checked === undefined) return [`Nothing was checked in \`${stage}\` since it is there.`]
  return checked.ok ? [] : [`Its last smoke test in \`${stage}\` did not pass: ${checked.reason}.`]
}

function changeWarnings({ delivery: { environment } }: BriefRequest, { notes: found }: Gathered): readonly string[] {
  if ('unknown' in found) return []
  const { notes, relation, filesCut } = found.value
  const { migrate } = environment
  const migrations = counted(notes.migrations.length, 'migration')
  return [
    ...(notes.backwards ? [`It goes backwards: ${counted(notes.total, 'commit')} of what serves would be taken away.`] : []),
    ...(relation === 'diverged' ? ['What serves has commits that are not in it: they would be taken away.'] : []),
    ...(notes.migrations.length > 0 && notes.backwards ? [`${migrations} of what serves would not be in it, and no migration is taken back.`] : []),
    ...(notes.migrations.length > 0 && migrate?.backwardCompatible === false ? [`It brings ${migrations}, and they are not marked \`backward-compatible\`: afterwards the release that serves now can not be brought back.`] : []),
    ...(notes.migrations.length > 0 && !notes.backwards && migrate?.up === undefined ? [`It seems to bring ${migrations}, and no migration command is set.`] : []),
    ...(filesCut ? ['GitHub lists 300 changed files and no more: there may be migrations among the others.'] : []),
  ]
}

function returnWarnings({ delivery: { environment } }: BriefRequest, { history, kept, at }: Gathered): readonly string[] {
  const rpoMs = environment.objectives?.rpoMs
  const backup = environment.backup === undefined || 'unknown' in history ? undefined : { newest: newestVerified(history.value) }
  const age = backup?.newest === undefined ? undefined : at - backup.newest.at
  return [
    ...('value' in kept && kept.value.keeps === 0 ? ['The platform keeps no earlier release: there would be no way back.'] : []),
    ...(backup !== undefined && backup.newest === undefined ? ['No verified backup is on record.'] : []),
    ...(rpoMs !== undefined && age !== undefined && age > rpoMs ? [`The newest verified backup is ${readableDays(age)} old, and may be ${readableDays(rpoMs)}.`] : []),
  ]
}
