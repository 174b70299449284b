// Runs and jobs, and what GitHub does for them.
import { createDeployment, createStatus } from './deploying.mjs'
import { resolve } from './git.mjs'

export function addRun(world, { id, attempt = 1, status = 'in_progress', conclusion = null, sha, branch, event = 'workflow_dispatch', actor = 'octo-admin', workflow = '.github/workflows/deliver.yml', inputs = {}, at = world.now() } = {}) {
  const { store, settings } = world
  const on = branch ?? settings.defaultBranch
  const made = { id: id ?? store.nextId(), attempt, status, conclusion, sha: sha ?? resolve(world, store.head, on) ?? '0'.repeat(40), branch: on, event, actor, workflow, inputs, createdAt: at, updatedAt: at }
  store.put('runs', made)
  return made
}

export function addJob({ store, now }, { run, name, status = 'in_progress', conclusion = null, at = now() }) {
  const made = { id: store.nextId(), run, attempt: store.head.get('runs', run)?.attempt ?? 1, name, status, conclusion, startedAt: at, completedAt: conclusion === null ? null : at }
  store.put('jobs', made)
  return made
}

/** What `environment: name` makes GitHub do. */
export function jobDeployment(world, { run, job, environment, ref }) {
  const { store, links } = world
  const { sha, branch, actor } = store.head.get('runs', run)
  const deployment = createDeployment(world, {
    sha, ref: ref ?? branch, environment, task: 'deploy', payload: {}, description: null, creator: actor, transient: false, production: environment === 'production', job,
  })
  createStatus(world, deployment, { state: 'in_progress', logUrl: links.job(run, job), creator: 'github-actions[bot]' })
  return deployment
}

export function endJob(world, id, conclusion = 'success') {
  const { store, now, links } = world
  const { run } = store.head.get('jobs', id)
  store.change('jobs', id, { status: 'completed', conclusion, completedAt: now() })
  for (const deployment of store.head.all('deployments').filter(({ job }) => job === id)) {
    createStatus(world, deployment, { state: conclusion === 'success' ? 'success' : conclusion === 'skipped' ? 'inactive' : 'failure', logUrl: links.job(run, id), creator: 'github-actions[bot]' })
  }
}

export function endRun(world, id, conclusion = 'success') {
  const { store, now } = world
  for (const job of store.head.by('jobs', 'run', id)) if (job.status !== 'completed') endJob(world, job.id, conclusion)
  for (const { id: waiting } of store.head.by('waiting', 'run', id)) store.remove('waiting', waiting)
  store.change('runs', id, { status: 'completed', conclusion, updatedAt: now() })
}

export function waitFor({ store, now }, run, environment) {
  store.put('waiting', { id: `${run}/${environment}`, run, environment, since: now() })
  store.change('runs', run, { status: 'waiting', updatedAt: now() })
}

export function review(world, run, names, { user, state = 'approved', comment = '' }) {
  const { store, now } = world
  for (const name of names) store.remove('waiting', `${run}/${name}`)
  store.put('approvals', { id: store.nextId(), run, environments: names, state, user, comment, at: now() })
  if (state === 'rejected') endRun(world, run, 'failure')
  else if (store.head.by('waiting', 'run', run).length === 0) store.change('runs', run, { status: 'in_progress', updatedAt: now() })
}
