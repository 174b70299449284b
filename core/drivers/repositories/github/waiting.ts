import type { GitHub } from '../../../ports/github.js'
import type { Queue, WaitingRun } from '../../../ports/repository.js'
import { decodeJobs, decodePending, decodeRuns, waitingRun, type RawRun } from './decode.js'

const RUNS = 'GET /repos/{owner}/{repo}/actions/runs'
/** Each costs a call. */
const ASKED = 8

/**
 * GitHub has no list of an environment's queue. Runs that wait for an approval say for which environments; of the others
 * their jobs tell, which in the suite's workflows have the name of their environment.
 */
export async function waiting(github: GitHub, environment: string, own: string): Promise<Queue> {
  const list = async (parameters: Readonly<Record<string, unknown>>): Promise<ReturnType<typeof decodeRuns>> =>
    decodeRuns((await github.call({ what: `list the runs that wait for \`${environment}\``, route: RUNS, permission: 'actions: read', parameters: { per_page: 100, ...parameters } })).data, 'runs')
  // Whoever waits for an approval may have done so for weeks; the others are among the newest.
  const newest = await list({})
  const approving = newest.total > newest.runs.length ? (await list({ status: 'waiting' })).runs : []
  const active = new Map([...approving, ...newest.runs.filter(({ status }) => status !== 'completed')].map((run) => [run.id, run]))
  const others = [...active.values()].filter(({ id }) => String(id) !== own).toSorted((a, b) => a.created_at - b.created_at)
  const runs: WaitingRun[] = []
  for (const run of others.slice(0, ASKED)) {
    const state = run.status === 'waiting' ? await approvalFor(github, run, environment) : await placeOf(github, run, environment)
    if (state !== undefined) runs.push(waitingRun(run, state))
  }
  return { runs, unasked: Math.max(0, others.length - ASKED) }
}

async function approvalFor(github: GitHub, { id }: RawRun, environment: string): Promise<WaitingRun['state'] | undefined> {
  const { data, status } = await github.call({
    what: `read what run ${id} waits for`, route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments', parameters: { run_id: id }, permission: 'actions: read', accept: [404],
  })
  return status !== 404 && decodePending(data, 'pending').includes(environment) ? 'approval' : undefined
}

async function placeOf(github: GitHub, { id }: RawRun, environment: string): Promise<WaitingRun['state'] | undefined> {
  const { data, status } = await github.call({
    what: `read the jobs of run ${id}`, route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs', parameters: { run_id: id, per_page: 100 }, permission: 'actions: read', accept: [404],
  })
  const jobs = status === 404 ? [] : decodeJobs(data, 'jobs')
  const mine = jobs.find((job) => job.status !== 'completed' && job.name.split(' / ').at(-1) === environment)
  if (mine === undefined) return undefined
  if (mine.status === 'in_progress') return 'working'
  return mine.status === 'waiting' ? 'approval' : 'turn'
}
