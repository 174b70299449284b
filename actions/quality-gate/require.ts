import { readableDuration } from '../../core/domain/duration.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { CommitStatus, Repository } from '../../core/ports/repository.js'
import { reasons, type QualityOutcome, type Reason } from './outcome.js'
import type { Requirement } from './request.js'

/** Each look is a call: soon at first, then seldom. */
const LOOKS_MS = [5000, 10_000, 20_000, 30_000]

/** Passes only when a success is recorded for exactly this commit; waits for one that is on its way. */
export async function requireQuality(required: Requirement, repository: Pick<Repository, 'status'>, ambient: Ambient): Promise<QualityOutcome> {
  const { commit, context } = required
  ambient.log.step(`Look for \`${context}\` of commit ${commit}`)
  let seen: CommitStatus | undefined
  try {
    seen = await settled(required, repository, ambient)
  } catch (fault) {
    if (!ambient.signal.aborted) throw fault
    return ended(required, 'cancelled', 'What is recorded was not waited for.', undefined)
  }
  if (seen === undefined) {
    return ended(required, 'quality-missing', `Nothing is recorded under \`${context}\` for commit ${commit}, and nothing appeared within ${readableDuration(required.appearWithinMs)}. Run quality-gate for it, as \`quality.yml\` does.`, seen)
  }
  if (seen.state === 'pending') {
    return ended(required, 'quality-pending-timeout', `\`${context}\` of commit ${commit} is still pending after ${readableDuration(required.withinMs)}: "${seen.description}". Look at its run${seen.url === undefined ? '' : `, ${seen.url}`}; when it was killed, start it again.`, seen)
  }
  if (seen.state !== 'success') return ended(required, 'quality-failed', `\`${context}\` of commit ${commit} is ${seen.state}: "${seen.description}".`, seen)
  const age = seen.at === undefined ? undefined : ambient.clock.now() - seen.at
  if (required.maxAgeMs !== undefined && (age === undefined || age > required.maxAgeMs)) {
    const observed = age === undefined ? 'of unknown age' : `${readableDuration(age)} old`
    return ended(required, 'quality-outdated', `\`${context}\` of commit ${commit} is a success, and ${observed}; at most ${readableDuration(required.maxAgeMs)} is wanted. Run quality-gate for it again.`, seen)
  }
  return ended(required, 'passed', `\`${context}\` of commit ${commit} is a success: "${seen.description}".`, seen)
}

/** What is recorded once it is decided, or when the time is over. */
async function settled({ commit, context, withinMs, appearWithinMs }: Requirement, repository: Pick<Repository, 'status'>, ambient: Ambient): Promise<CommitStatus | undefined> {
  const start = ambient.clock.now()
  for (let look = 0; ; look += 1) {
    ambient.signal.throwIfAborted()
    const found = await repository.status(commit, context)
    if (found !== undefined && found.state !== 'pending') return found
    const passed = ambient.clock.now() - start
    const limit = found === undefined ? Math.min(appearWithinMs, withinMs) : withinMs
    if (passed >= limit) return found
    ambient.log.progress(`${found === undefined ? 'Nothing is recorded yet' : `Pending: ${found.description}`} (${readableDuration(passed)} of ${readableDuration(limit)})`)
    await ambient.clock.sleep(Math.min(LOOKS_MS[Math.min(look, LOOKS_MS.length - 1)]!, limit - passed), ambient.signal)
  }
}

function ended({ commit, context }: Requirement, reason: Reason, message: string, seen: CommitStatus | undefined): QualityOutcome {
  const recorded = seen?.at === undefined ? 'not told' : new Date(seen.at).toISOString()
  return {
    ok: reason === 'passed',
    reason,
    message,
    outputs: { commit, status: seen?.state ?? '', url: seen?.url ?? '', tests: '', 'failed-tests': '', coverage: '', findings: '' },
    summary: {
      title: `Quality required: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        { kind: 'table', columns: ['What', 'Observed'], rows: [['Commit', commit], [context, seen?.state ?? 'not recorded'], ['What it says', seen?.description ?? ''], ['Recorded at', recorded], ['Run', seen?.url ?? '']] },
      ],
    },
  }
}
