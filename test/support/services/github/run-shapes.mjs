import { stamp } from './completion.mjs'
import { userShape } from './people.mjs'

export function runShape(world, view, { id, attempt, status, conclusion, sha, branch, event, actor, workflow, createdAt, updatedAt }) {
  const url = `${world.links.api()}/actions/runs/${id}`
  const { id: workflowId, name } = world.workflows().find(({ file }) => file === workflow) ?? { id: 1, name: workflow }
  return {
    id, node_id: `WFR_${id}`, name, head_branch: branch, head_sha: sha, path: workflow, display_title: name, run_number: id, run_attempt: attempt, event, status, conclusion,
    workflow_id: workflowId, url, html_url: world.links.run(id), created_at: stamp(createdAt), updated_at: stamp(updatedAt), run_started_at: stamp(createdAt),
    actor: userShape(world, view, actor), triggering_actor: userShape(world, view, actor), jobs_url: `${url}/jobs`, artifacts_url: `${url}/artifacts`, pull_requests: [],
    repository: repositoryShape(world), head_repository: repositoryShape(world), head_commit: null,
  }
}

export function jobShape(world, view, { id, run, attempt, name, status, conclusion, startedAt, completedAt }) {
  const { sha } = view.get('runs', run)
  return {
    id, run_id: run, run_attempt: attempt, node_id: `CR_${id}`, head_sha: sha, url: `${world.links.api()}/actions/jobs/${id}`, html_url: world.links.job(run, id), status, conclusion,
    created_at: stamp(startedAt), started_at: stamp(startedAt), completed_at: completedAt === null ? null : stamp(completedAt), name, steps: [], labels: ['ubuntu-latest'],
    run_url: `${world.links.api()}/actions/runs/${run}`, check_run_url: `${world.links.api()}/check-runs/${id}`,
  }
}

export function repositoryShape(world) {
  return {
    id: 1, node_id: 'R_1', name: world.repository.split('/')[1], full_name: world.repository, private: world.settings.private, html_url: world.links.page(), url: world.links.api(),
    default_branch: world.settings.defaultBranch, visibility: world.settings.private ? 'private' : 'public',
  }
}
