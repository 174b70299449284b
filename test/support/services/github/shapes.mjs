// Records as GitHub shows them; what is missing to a whole answer is filled in from the description.
import { stamp } from './completion.mjs'
import { reviewerShape, userShape } from './people.mjs'

export function deploymentShape(world, view, { id, sha, ref, task, environment, payload, description, creator, transient, production, createdAt, updatedAt }) {
  const url = `${world.links.api()}/deployments/${id}`
  return {
    id, node_id: `DE_${id}`, sha, ref, task, environment, original_environment: environment, payload, description, creator: userShape(world, view, creator),
    transient_environment: transient, production_environment: production, created_at: stamp(createdAt), updated_at: stamp(updatedAt),
    url, statuses_url: `${url}/statuses`, repository_url: world.links.api(), performed_via_github_app: null,
  }
}

export function statusShape(world, view, { id, deployment, state, description, logUrl, environmentUrl, environment, creator, createdAt }) {
  const url = `${world.links.api()}/deployments/${deployment}`
  return {
    id, node_id: `DES_${id}`, state, description, environment, environment_url: environmentUrl, log_url: logUrl, target_url: logUrl, creator: userShape(world, view, creator),
    created_at: stamp(createdAt), updated_at: stamp(createdAt), url: `${url}/statuses/${id}`, deployment_url: url, repository_url: world.links.api(), performed_via_github_app: null,
  }
}

export function environmentShape(world, view, { id, number, waitTimer, preventSelfReview, reviewers, branchPolicy, createdAt, updatedAt }) {
  const rule = (kind, more) => ({ id: number * 10 + kind.length, node_id: `GA_${number}_${kind}`, type: kind, ...more })
  return {
    ...environmentName(world, view, id), created_at: stamp(createdAt), updated_at: stamp(updatedAt), deployment_branch_policy: branchPolicy,
    protection_rules: [
      ...(waitTimer > 0 ? [rule('wait_timer', { wait_timer: waitTimer })] : []),
      ...(reviewers.length > 0 ? [rule('required_reviewers', { prevent_self_review: preventSelfReview, reviewers: reviewers.map((reviewer) => reviewerShape(world, view, reviewer)) })] : []),
      ...(branchPolicy === null ? [] : [rule('branch_policy', {})]),
    ],
  }
}

/** As other answers name one. */
export function environmentName(world, view, name) {
  const number = view.get('environments', name)?.number ?? 0
  return {
    id: number, node_id: `EN_${number}`, name, url: `${world.links.api()}/environments/${encodeURIComponent(name)}`,
    html_url: `${world.links.page()}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
  }
}
