import type { FakeGitHub } from './services/github/github.mjs'

/** Fails a test that asked GitHub for what it does not have, or otherwise than its description says. */
export function noFaults({ faults }: FakeGitHub): void {
  if (faults.length > 0) throw new Error(`GitHub was asked wrongly:\n${faults.join('\n')}`)
}
