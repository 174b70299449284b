import type { ApprovalRecord } from '../domain/delivery-document.js'
import type { Ambient } from '../ports/ambient.js'
import type { Repository } from '../ports/repository.js'

/** Who let this run into an environment. Empty outside a workflow's run, and where the token may not look. */
export async function approvalsFor(environment: string, open: () => Promise<Repository>, { run, github, clock }: Pick<Ambient, 'run' | 'github' | 'clock'>): Promise<readonly ApprovalRecord[]> {
  if (github === undefined || github.token === '' || !/^\d+$/.test(run.id)) return []
  const found = (await (await open()).approvals(run.id)) ?? []
  // GitHub does not tell when: it is the time at which it was seen.
  return found.filter(({ environments }) => environments.includes(environment)).map(({ by, state, comment, at }) => ({ by, state, comment, at: at ?? clock.now() }))
}
