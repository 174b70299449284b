import { attemptCheck } from '../../core/delivery/check-attempt.js'
import type { ChecksRequest } from '../../core/delivery/checks.js'
import { hidden } from '../../core/delivery/hidden.js'
import { observeVersion } from '../../core/delivery/identity.js'
import type { Ambient } from '../../core/ports/ambient.js'

const ANSWER_WITHIN_MS = 10_000

export interface RoundResult {
  readonly name: string
  readonly ok: boolean
  readonly finding: string
}

/** Every check once, the version among them, without a second try. */
export async function runRound(request: ChecksRequest, ambient: Ambient): Promise<readonly RoundResult[]> {
  const tests = [...versionTest(request, ambient), ...request.checks.map((check) => async (): Promise<RoundResult> => {
    const { state, findings } = await attemptCheck(check, { ...request, withinMs: ANSWER_WITHIN_MS }, ambient)
    const ok = state === 'passed' || (state === 'degraded' && request.degraded === 'warn')
    return { name: check.name, ok, finding: findings.join(', ') }
  })]
  const results: RoundResult[] = []
  const queue = tests.entries()
  const work = async (): Promise<void> => {
    for (const [place, test] of queue) {
      results[place] = await test()
    }
  }
  await Promise.all(Array.from({ length: Math.min(request.concurrency, tests.length) }, work))
  return results
}

function versionTest({ identity, version, url, headers, hide }: ChecksRequest, ambient: Ambient): readonly (() => Promise<RoundResult>)[] {
  if (identity === undefined || version === undefined) return []
  return [async () => {
    const seen = await observeVersion(url, identity, headers, ambient)
    const ok = 'version' in seen && seen.version === version
    return { name: 'served version', ok, finding: 'version' in seen ? `${seen.version} instead of ${version}` : hidden(seen.missing, hide) }
  }]
}
