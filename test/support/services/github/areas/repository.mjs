import { stamp } from '../completion.mjs'
import { pullShape } from '../pull-shapes.mjs'
import { commitShape } from '../git-shapes.mjs'
import { userShape } from '../people.mjs'
import { found, refuse } from '../refusal.mjs'
import { repositoryShape } from '../run-shapes.mjs'

/** The repository itself, its people and pull requests, and the allowance. */
export const repository = {
  'repos/get': ({ world, view }) => ({ status: 200, body: { ...repositoryShape(world), owner: userShape(world, view, world.owner) } }),
  'rate-limit/get': ({ world, token }) => {
    const core = world.limits.facts(token)
    return { status: 200, body: { rate: core, resources: { core, search: { limit: 30, used: 0, remaining: 30, reset: core.reset } } } }
  },
  'users/get-authenticated': ({ world, view, actor }) => {
    // A job's own token is no user's.
    if (actor.endsWith('[bot]')) refuse(403, 'Resource not accessible by integration')
    return { status: 200, body: userShape(world, view, actor) }
  },
  'users/get-by-username': ({ params, view, world }) => ({ status: 200, body: userShape(world, view, found(view.get('users', params.username)).id) }),
  'repos/get-collaborator-permission-level': ({ params, view, world }) => {
    const { id, permission } = found(view.get('users', params.username))
    return { status: 200, body: { permission, role_name: permission, user: { ...userShape(world, view, id), role_name: permission } } }
  },
  'teams/get-by-name': ({ params, view, world }) => {
    const { id: slug, number, members } = found(view.get('teams', params.team_slug))
    if (params.org !== world.owner) refuse(404, 'Not Found')
    return { status: 200, body: { id: number, slug, name: slug, members_count: members.length } }
  },

  'pulls/list': ({ view, query, world }) => ({
    list: view.all('pulls').filter(({ state, base }) => (query.state === 'all' || state === (query.state ?? 'open')) && (query.base === undefined || base === query.base)).toReversed(),
    render: (pull) => pullShape(world, view, pull),
  }),
  'pulls/get': ({ params, view, world }) => {
    const pull = found(view.get('pulls', Number(params.pull_number)))
    return { status: 200, body: { ...pullShape(world, view, pull), merged: pull.mergedAt !== null, commits: pull.commits.length } }
  },
  'pulls/list-commits': ({ params, view, world }) => ({
    list: found(view.get('pulls', Number(params.pull_number))).commits, render: (sha) => commitShape(world, view, world.git.commit(sha)),
  }),

  'actions/list-artifacts-for-repo': ({ view, query, world }) => artifacts(world, view.all('artifacts'), query),
  'actions/list-workflow-run-artifacts': ({ params, view, query, world }) => artifacts(world, view.by('artifacts', 'run', Number(params.run_id)), query),
  'actions/get-artifact': ({ params, view, world }) => ({ status: 200, body: artifactShape(world, found(view.get('artifacts', Number(params.artifact_id)))) }),
  'actions/delete-artifact': ({ params, world }) => {
    world.store.remove('artifacts', found(world.store.head.get('artifacts', Number(params.artifact_id))).id)
    return { status: 204 }
  },
  'actions/get-github-actions-default-workflow-permissions-repository': () => ({ status: 200, body: { default_workflow_permissions: 'read', can_approve_pull_request_reviews: false } }),
  'actions/get-github-actions-permissions-repository': () => ({ status: 200, body: { enabled: true, allowed_actions: 'all' } }),
  'actions/get-custom-oidc-sub-claim-for-repo': () => ({ status: 200, body: { use_default: true } }),
}

function artifacts(world, all, query) {
  return {
    list: all.filter(({ name }) => query.name === undefined || name === query.name).toReversed(), render: (artifact) => artifactShape(world, artifact),
    wrap: (items, total) => ({ total_count: total, artifacts: items }),
  }
}

function artifactShape(world, { id, run, name, size, digest, expired, createdAt, expiresAt }) {
  const url = `${world.links.api()}/actions/artifacts/${id}`
  return {
    id, node_id: `AR_${id}`, name, size_in_bytes: size, digest, expired, url, archive_download_url: `${url}/zip`, created_at: stamp(createdAt), updated_at: stamp(createdAt), expires_at: stamp(expiresAt),
    workflow_run: { id: run, repository_id: 1, head_repository_id: 1, head_branch: world.settings.defaultBranch },
  }
}
