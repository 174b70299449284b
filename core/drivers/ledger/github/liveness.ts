import type { RunInfo } from '../../../domain/history.js'
import { number, object, optional, text } from '../../../domain/local-control/decode.js'
import { EcluseError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'

const workflowRun = object<{ status: string; run_attempt: number | undefined }>({ status: text, run_attempt: optional(number) })

/** Who stands in the way of going back must be known soon. */
const ANSWER_MS = 5000
/** Those whose token may not look. */
const blind = new WeakSet<GitHub>()

/**
 * Whether the process of a run still lives: the process itself is asked on its own machine, and GitHub of a workflow's
 * run. `undefined` when neither can tell: then only the end of its lease does.
 */
export async function alive(owner: RunInfo, github: GitHub, { run, process }: Pick<Ambient, 'run' | 'process'>): Promise<boolean | undefined> {
  if (owner.host === run.host) return process.alive(owner.pid, owner.started)
  // An earlier step or job of our own run: on another machine, or this one started anew.
  if (!/^\d+$/.test(owner.id) || blind.has(github)) return undefined
  try {
    const { status, data } = await github.look({
      what: `read run ${owner.id}`, route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}', parameters: { run_id: Number(owner.id) }, permission: 'actions: read', accept: [404], timeoutMs: ANSWER_MS,
    })
    if (status === 404) return undefined
    const found = workflowRun(data, 'run')
    return found.status === 'completed' || (found.run_attempt ?? owner.attempt) > owner.attempt ? false : undefined
  } catch (fault) {
    // A part of GitHub may be down while the ledger's is not: nobody can tell then, and that keeps no rollback from its work.
    if (!(fault instanceof EcluseError) || fault.code === 'aborted') throw fault
    // It asks for no more than `deployments: write`; who may not look waits for the end of the lease.
    if (fault.code === 'github-permission') blind.add(github)
    return undefined
  }
}
