import { factsTable } from '../../core/delivery/report.js'
import { readableDays } from '../../core/domain/duration.js'
import { chooseTarget, rollbackTargets } from '../../core/domain/eligibility.js'
import { frozenAt, nextFreeze, shownTwice, shownUntil } from '../../core/domain/freeze.js'
import { lastLive } from '../../core/domain/history.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import { sameRelease, servingImage, type Release } from '../../core/domain/release.js'
import { counted, notesInShort } from '../../core/domain/release-notes.js'
import { newestVerified, stagingEvidence } from './evidence.js'
import { liveIn, type BriefRequest, type Gathered, type Known } from './gathering.js'
import { reasons, type BriefOutcome, type Reason } from './outcome.js'

/** So many commits are listed; the rest is behind the link. */
const LISTED = 30

export function outcome(request: BriefRequest, reason: Reason, found: Gathered, warnings: readonly string[]): BriefOutcome {
  const { environment, release } = request.delivery
  const unknown = unknowns(found)
  const message = `${release.version} for \`${environment.name}\`: ${warnings.length === 0 ? 'no warnings' : counted(warnings.length, 'warning')}${unknown.length === 0 ? '' : `, ${unknown.length} unknown`}.`
  return {
    ok: reason !== 'warned' && reason !== 'not-known',
    reason,
    message,
    outputs: {
      warnings: String(warnings.length),
      unknown: String(unknown.length),
      live: liveIn(found)?.version ?? '',
      'compare-url': 'value' in found.notes ? found.notes.value.notes.compareUrl : '',
    },
    summary: {
      title: `Approve ${release.version} for ${environment.name}?`,
      parts: [
        { kind: 'text', text: warnings.length === 0 ? reasons[reason] : `Warnings:\n\n${listed(warnings)}` },
        factsTable(rows(request, found)),
        ...changeParts(found),
        ...queueParts(found),
        ...(unknown.length === 0 ? [] : [{ kind: 'text' as const, text: `Not known:\n\n${listed(unknown)}` }]),
      ],
    },
  }
}

function rows(request: BriefRequest, found: Gathered): readonly (readonly [string, string])[] {
  const { environment, release } = request.delivery
  const live = liveIn(found)
  return [
    ['Environment', environment.name],
    ['Serves now', servesNow(found, live)],
    ['Would be delivered', `${release.version}${live !== undefined && sameRelease(live, release) ? ', which serves already' : ''}`],
    ['Its commit', release.commit === '' ? 'not told' : release.commit],
    ['Its image', servingImage(release)],
    ['Changes', told(found.notes, ({ notes }) => `${notesInShort(notes)}: ${notes.compareUrl}`)],
    ['Migrations', told(found.notes, ({ notes }) => (notes.migrations.length === 0 ? 'none among the changed files' : notes.migrations.map((path) => `\`${path}\``).join(', ')))],
    ['Staging', staging(request, found)],
    ['Newest verified backup', backup(request, found)],
    ['Way back now', wayBack(request, found, live)],
    ['Afterwards', live === undefined ? ('unknown' in found.observed ? 'unknown: what serves was not seen' : 'there would be nothing to go back to') : `back to ${live.version}, as long as it is kept${told(found.kept, ({ keeps }) => ` (the platform keeps ${keeps})`)}`],
    ['Freeze', freeze(request, found)],
    ['In flight', told(found.history, ({ deliveries }) => deliveries.filter(({ result }) => result === undefined).map(({ intent }) => `${intent.kind} of ${intent.release.version} by run ${intent.run.id} of ${intent.run.actor}`).join('; ') || 'nothing')],
    ['Before it in the queue', told(found.queue, ({ runs, unasked }) => before(runs.length, unasked))],
  ]
}

function before(runs: number, unasked: number): string {
  if (runs > 0) return counted(runs, 'run')
  return unasked === 0 ? 'nobody' : `nobody of those that were asked; ${counted(unasked, 'more run')} ${unasked === 1 ? 'was' : 'were'} not`
}

function servesNow({ history, observed, at }: Gathered, live: Release | undefined): string {
  if (live === undefined) return 'value' in observed ? 'nothing' : `unknown${'value' in history ? ': nothing on record, and the platform was not asked' : ''}`
  const by = 'value' in history ? history.value.deliveries.findLast(({ result }) => result?.ok === true && result.live !== undefined && sameRelease(result.live, live)) : undefined
  const since = by?.result === undefined ? ['since when is not on record'] : [`since ${time(by.result.at)} (${readableDays(Math.max(0, at - by.result.at))})`, `by ${by.intent.run.actor}`]
  const candidate = 'value' in observed && observed.value.candidate !== undefined ? [`${observed.value.candidate.release.version} is on trial with ${observed.value.weight} %`] : []
  return [live.version, ...(live.commit === '' ? [] : [`commit ${live.commit.slice(0, 12)}`]), ...since, ...('unknown' in observed ? ['by the record, the platform was not asked'] : []), ...candidate].join(', ')
}

function staging({ delivery, staging: stage }: BriefRequest, found: Gathered): string {
  if (stage === undefined || found.staging === undefined) return 'no such stage'
  return told(found.staging, (history) => {
    const { delivered, checked } = stagingEvidence(history, delivery.release)
    if (delivered === undefined) return `never delivered to \`${stage}\``
    const checks = checked === undefined ? 'not checked since' : `checked ${time(checked.at)}: ${checked.reason}`
    const serves = lastLive(history)?.result?.live
    const moved = serves !== undefined && servingImage(serves) !== servingImage(delivery.release) ? `; \`${stage}\` serves ${serves.version} by now` : ''
    return `\`${stage}\`: ${delivered.reason} ${time(delivered.at)}, ${checks}${moved}`
  })
}

function backup({ delivery: { environment } }: BriefRequest, { history, at }: Gathered): string {
  if (environment.backup === undefined) return 'no backup is configured'
  return told(history, (record) => {
    const newest = newestVerified(record)
    const rpoMs = environment.objectives?.rpoMs
    const limit = rpoMs === undefined ? '' : `, may be ${readableDays(rpoMs)}`
    return newest === undefined ? 'none on record' : `${readableDays(Math.max(0, at - newest.at))} old${limit} (${newest.receipt.id}); another one is taken before anything is changed`
  })
}

/** What a rollback without a target would bring back if it were asked for now. */
function wayBack({ delivery: { environment } }: BriefRequest, { history, kept, observed }: Gathered, live: Release | undefined): string {
  if ('unknown' in history || 'unknown' in kept) return 'unknown'
  if ('value' in observed && observed.value.candidate !== undefined && live !== undefined) return `${live.version}: the candidate would go`
  const choices = rollbackTargets(history.value, kept.value.releases, live, { backwardCompatible: environment.migrate?.backwardCompatible ?? true })
  const chosen = chooseTarget(choices, undefined, { force: false })
  return chosen.kind === 'chosen' ? chosen.past.release.version : chosen.message
}

function freeze({ delivery: { environment } }: BriefRequest, { at }: Gathered): string {
  const { freeze: windows } = environment
  if (windows === undefined || !windows.appliesTo.includes('promote')) return 'no windows'
  const now = frozenAt(windows, at)
  if (now !== undefined) return `frozen by \`${now.window.text}\` ${shownUntil(now)}`
  const next = nextFreeze(windows, at)
  return next === undefined ? 'not now, and none ahead' : `not now; the next one begins ${shownTwice(next.from, next.window.zone)}: \`${next.window.text}\``
}

function changeParts({ notes: found }: Gathered): readonly SummaryPart[] {
  if ('unknown' in found) return []
  const { pullRequests, commits, total, backwards } = found.value.notes
  const which = backwards ? ' that would be taken away' : ''
  const rest = total > LISTED ? [{ kind: 'text' as const, text: `The newest ${Math.min(LISTED, commits.length)} of ${counted(total, 'commit')}.` }] : []
  return [
    ...(pullRequests.length === 0 ? [] : [{ kind: 'table' as const, title: `Pull requests${which}`, columns: ['Number', 'Title', 'By', 'Where'], rows: pullRequests.map(({ number, title, author, url }) => [`#${number}`, title, author, url]) }]),
    ...(commits.length === 0 ? [] : [{ kind: 'table' as const, title: `Commits${which}`, columns: ['Commit', 'Title', 'By'], rows: commits.slice(0, LISTED).map(({ sha, title, author }) => [sha.slice(0, 12), title, author]) }]),
    ...rest,
  ]
}

const STATES = { approval: 'waits for an approval', turn: 'waits for its turn', working: 'is at work' } as const

function queueParts({ queue }: Gathered): readonly SummaryPart[] {
  if ('unknown' in queue) return []
  const { runs, unasked } = queue.value
  const table = runs.map(({ number, title, actor, state, createdAt, url }) => [`#${number}`, title, actor, STATES[state], time(createdAt), url])
  return [
    ...(runs.length === 0 ? [] : [{ kind: 'table' as const, title: 'Before it in the queue', columns: ['Run', 'What', 'By', 'State', 'Since', 'Where'], rows: table }]),
    ...(unasked === 0 ? [] : [{ kind: 'text' as const, text: `${counted(unasked, 'more run')} under way of which was not asked where they are going.` }]),
  ]
}

/** What could not be looked at, and why. */
export function unknowns(found: Gathered): readonly string[] {
  const names: readonly (readonly [string, Known<unknown> | undefined])[] = [
    ['the record', found.history], ['what serves, by the platform', found.observed], ['what the platform keeps', found.kept],
    ['the record of staging', found.staging], ['what changes', found.notes], ['the queue', found.queue],
  ]
  return names.flatMap(([name, one]) => (one !== undefined && 'unknown' in one ? [`${name}: ${one.unknown}`] : []))
}

function told<T>(known: Known<T>, tell: (value: T) => string): string {
  return 'value' in known ? tell(known.value) : `unknown (${known.unknown})`
}

function listed(lines: readonly string[]): string {
  return lines.map((line) => `- ${line.replaceAll('\n', ' ')}`).join('\n')
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`
}
