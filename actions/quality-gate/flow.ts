import { everyReport, type QualityCommand } from '../../core/domain/quality/settings.js'
import type { Measured } from '../../core/domain/quality/criteria.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Reports } from '../../core/ports/reports.js'
import type { Repository } from '../../core/ports/repository.js'
import { annotate } from './annotations.js'
import { lookAtCheckout, shownFiles, type Checkout } from './checkout.js'
import { folderOf, runOne, runSideBySide, type Limits, type Ran } from './commands.js'
import { judged, readEvidence, type WantedReport } from './evidence.js'
import type { QualityOutcome, Reason } from './outcome.js'
import { coverageBefore, description, Recording } from './record.js'
import { outcome, verdict, type Facts } from './report.js'
import type { QualityRequest } from './request.js'

export interface QualityPorts {
  readonly reports: Reports
  /** Where the result is recorded; absent: nowhere. */
  readonly repository?: Pick<Repository, 'status' | 'setStatus'>
  /** The same after a cancel. */
  readonly shielded?: () => Promise<Pick<Repository, 'setStatus'>>
}

/** Runs what the user wants run for the commit that is checked out, judges what it says, and records that with the commit. */
export async function qualityGate(request: QualityRequest, ports: QualityPorts, ambient: Ambient): Promise<QualityOutcome> {
  const { commands, prepare } = request.settings
  // 1. Is there anything to run, and is it the commit that is meant?
  if (commands.length === 0 && everyReport(request.settings).length === 0) {
    return outcome('nothing-to-run', 'Name commands with the input `commands`, or under `quality` in the configuration.', {})
  }
  const before = await lookAtCheckout(ambient)
  const refused = refusal(request, before, ports.repository !== undefined)
  const facts: Facts = 'commit' in before ? { commit: before.commit } : {}
  if (refused !== undefined) return outcome(refused.reason, refused.message, facts)

  // 2. From here on the commit is pending: whatever ends this process, that is no success.
  const commit = facts.commit ?? request.commit ?? ''
  const recording = ports.repository === undefined ? undefined : new Recording(ports.repository, commit, request.context, ambient)
  await recording?.set('pending', `running ${[...(prepare === undefined ? [] : [prepare]), ...commands].map(({ name }) => name).join(', ')}`)
  try {
    const found = await measured(request, { commit, before }, ports, ambient)
    return await recorded(request, found, recording, ambient)
  } catch (fault) {
    await givenUp(commit, request, ports, ambient)
    if (!ambient.signal.aborted) throw fault
    return outcome('cancelled', 'Not everything was run.', { ...facts, ...(recording === undefined ? {} : { status: 'error' }) })
  }
}

/** A result for another commit, or for files that no commit holds, would be a result for nothing. */
function refusal({ commit }: QualityRequest, found: Checkout | { readonly unknown: string }, recording: boolean): { readonly reason: Reason; readonly message: string } | undefined {
  if ('unknown' in found) {
    if (!recording) return undefined
    return { reason: 'wrong-commit', message: `${found.unknown} Check the commit out first, with \`actions/checkout\`.` }
  }
  if (commit !== undefined && found.commit !== commit) {
    return { reason: 'wrong-commit', message: `Commit ${found.commit} is checked out, and ${commit} is meant. Check that one out (\`ref\` of \`actions/checkout\`), or name the other with the input \`commit\`.` }
  }
  if (!recording || found.changed.length === 0) return undefined
  return { reason: 'tree-dirty', message: `These files differ from commit ${found.commit}: ${shownFiles(found.changed)}. Let no step before this one change them.` }
}

/** What is measured for a commit. */
interface Subject {
  readonly commit: string
  readonly before: Checkout | { readonly unknown: string }
}

async function measured(request: QualityRequest, { commit, before }: Subject, ports: QualityPorts, ambient: Ambient): Promise<Facts> {
  const { settings } = request
  const limits: Limits = { parallel: request.parallel, withinMs: request.withinMs, commit }
  // 3. What all others need, then all others side by side.
  const prepared = settings.prepare === undefined ? undefined : await prepareWith(settings.prepare, limits, ambient)
  if (prepared?.ok === false) return { commit, ran: [prepared], unprepared: true }
  if (settings.commands.length > 0) ambient.log.step(`Run ${settings.commands.map(({ name }) => name).join(', ')}, ${Math.min(request.parallel, settings.commands.length)} at a time`)
  const ran = await runSideBySide(settings.commands, limits, ambient)

  // 4. Every report that was named, and what it says against what is wanted.
  ambient.log.step('Read the reports')
  const evidence = await readEvidence(wantedReports(ran, settings.reports, ambient), ports.reports, ambient)
  const earlier = (): Promise<Measured['before']> => coverageBefore(ports.repository, request.context, ambient)
  const criteria = await judged(settings.thresholds, evidence, earlier)

  // 5. Is it still the same commit?
  const after = await lookAtCheckout(ambient)
  const changed = 'commit' in before ? changesSince(before, after) : []
  ambient.signal.throwIfAborted()
  return { commit, ran: [...(prepared === undefined ? [] : [prepared]), ...ran], evidence, criteria, changed }
}

async function prepareWith(command: QualityCommand, limits: Limits, ambient: Ambient): Promise<Ran> {
  ambient.log.step(`Run ${command.name}`)
  const ran = await runOne(command, limits, command.name.length, ambient)
  ambient.signal.throwIfAborted()
  return ran
}

function wantedReports(ran: readonly Ran[], others: QualityRequest['settings']['reports'], ambient: Ambient): readonly WantedReport[] {
  const own = ran.flatMap(({ command, startedAt }) => command.reports.map((report) => ({ report, folder: folderOf(command, ambient), since: startedAt })))
  return [...own, ...others.map((report) => ({ report, folder: ambient.paths.work }))]
}

function changesSince(before: Checkout, after: Checkout | { readonly unknown: string }): readonly string[] {
  if ('unknown' in after) return ['the checkout']
  return [...(after.commit === before.commit ? [] : [`the commit, now ${after.commit}`]), ...after.changed.filter((file) => !before.changed.includes(file))]
}

/** 6. A pass that nobody can look up later is none; a failure is told as what it is. */
async function recorded(request: QualityRequest, facts: Facts, recording: Recording | undefined, ambient: Ambient): Promise<QualityOutcome> {
  const { reason, message } = verdict(facts, recording !== undefined)
  annotate(facts, request.settings.thresholds, ambient.log)
  const ok = reason === 'passed' || reason === 'passed-unrecorded'
  const failed = (facts.ran ?? []).filter((one) => !one.ok).map(({ command }) => command.name)
  const state = ok ? 'success' : 'failure'
  try {
    await recording?.set(state, description(reason, { all: facts.ran?.length ?? 0, failed }, facts.evidence?.measured ?? {}))
  } catch (fault) {
    if (ok) throw fault
    ambient.log.warn(`The result was not recorded: ${messageOf(fault)}`)
    return outcome(reason, message, { ...facts, status: 'pending' })
  }
  return outcome(reason, message, { ...facts, ...(recording === undefined ? {} : { status: state, url: ambient.run.url }) })
}

/** Best effort: what stays pending is no success either, only slower to tell. */
async function givenUp(commit: string, { context }: QualityRequest, { shielded }: QualityPorts, ambient: Ambient): Promise<void> {
  if (shielded === undefined) return
  try {
    const repository = await shielded()
    await new Recording(repository, commit, context, ambient).set('error', ambient.signal.aborted ? 'cancelled' : 'the run could not be carried to its end')
  } catch (fault) {
    ambient.log.warn(`The commit stays pending: ${messageOf(fault)}`)
  }
}
