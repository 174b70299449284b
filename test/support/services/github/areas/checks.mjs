import { stamp } from '../completion.mjs'
import { statusesOn } from '../contexts.mjs'
import { resolve } from '../git.mjs'
import { userShape } from '../people.mjs'
import { found, refuse } from '../refusal.mjs'
import { repositoryShape } from '../run-shapes.mjs'

const MOST_ANNOTATIONS = 50

export const checks = {
  'repos/create-commit-status': ({ params, body, world, actor }) => {
    if (world.git.commit(params.sha) === undefined) refuse(422, `No commit found for SHA: ${params.sha}`)
    if ([...(body.description ?? '')].length > 140) refuse(422, 'Validation Failed', { errors: [{ resource: 'Status', code: 'custom', field: 'description', message: 'description is too long (maximum is 140 characters)' }] })
    const made = {
      id: world.store.nextId(), sha: params.sha, state: body.state, context: body.context ?? 'default', description: body.description ?? null, targetUrl: body.target_url ?? null, creator: actor, createdAt: world.now(),
    }
    world.store.put('commitStatuses', made)
    return { status: 201, body: statusShape(world, world.store.head, made) }
  },
  'repos/list-commit-statuses-for-ref': ({ params, view, world }) => ({
    list: view.by('commitStatuses', 'sha', commitOf(world, view, params.ref)).toReversed(), render: (status) => statusShape(world, view, status),
  }),
  // Only statuses count here, not check runs.
  'repos/get-combined-status-for-ref': ({ params, view, world }) => {
    const sha = commitOf(world, view, params.ref)
    const statuses = statusesOn(view, sha)
    const has = (...states) => statuses.some(({ state }) => states.includes(state))
    return {
      list: statuses, render: (status) => statusShape(world, view, status),
      wrap: (items, total) => ({
        state: has('failure', 'error') ? 'failure' : total === 0 || has('pending') ? 'pending' : 'success', sha, total_count: total, statuses: items,
        repository: repositoryShape(world), commit_url: `${world.links.api()}/commits/${sha}`, url: `${world.links.api()}/commits/${sha}/status`,
      }),
    }
  },

  'checks/create': ({ body, world }) => {
    if (world.git.commit(body.head_sha) === undefined) refuse(422, `No commit found for SHA: ${body.head_sha}`)
    const made = applied({ id: world.store.nextId(), sha: body.head_sha, name: body.name, status: 'queued', conclusion: null, output: {}, startedAt: world.now(), completedAt: null, detailsUrl: null, externalId: null }, body, world)
    world.store.put('checkRuns', made)
    return { status: 201, body: checkShape(world, made) }
  },
  'checks/update': ({ params, body, world }) => {
    const made = applied(found(world.store.head.get('checkRuns', Number(params.check_run_id))), body, world)
    world.store.put('checkRuns', made)
    return { status: 200, body: checkShape(world, made) }
  },
  'checks/get': ({ params, view, world }) => ({ status: 200, body: checkShape(world, found(view.get('checkRuns', Number(params.check_run_id)))) }),
  'checks/list-for-ref': ({ params, query, view, world }) => {
    const all = view.by('checkRuns', 'sha', commitOf(world, view, params.ref)).filter(({ name, status }) => (query.check_name === undefined || name === query.check_name) && (query.status === undefined || status === query.status))
    const newest = new Map(all.map((check) => [check.name, check]))
    const list = query.filter === 'all' ? all : [...newest.values()]
    return { list: list.toReversed(), render: (check) => checkShape(world, check), wrap: (items, total) => ({ total_count: total, check_runs: items }) }
  },
  'checks/list-annotations': ({ params, view }) => ({
    list: found(view.get('checkRuns', Number(params.check_run_id))).output.annotations ?? [], render: (annotation) => annotation,
  }),
}

function commitOf(world, view, ref) {
  return resolve(world, view, ref) ?? refuse(404, 'Not Found')
}

function applied(check, { name, status, conclusion, output, details_url: detailsUrl, external_id: externalId, started_at: startedAt, completed_at: completedAt }, { now }) {
  if ((output?.annotations ?? []).length > MOST_ANNOTATIONS) refuse(422, `Invalid request.\n\nNo more than ${MOST_ANNOTATIONS} annotations per request.`)
  const ended = conclusion !== undefined || status === 'completed'
  return {
    ...check, ...(name === undefined ? {} : { name }), ...(status === undefined ? {} : { status }), ...(detailsUrl === undefined ? {} : { detailsUrl }), ...(externalId === undefined ? {} : { externalId }),
    ...(startedAt === undefined ? {} : { startedAt: Date.parse(startedAt) }),
    ...(ended ? { status: 'completed', conclusion: conclusion ?? check.conclusion, completedAt: completedAt === undefined ? now() : Date.parse(completedAt) } : {}),
    // Annotations of later requests are added to those of earlier ones.
    ...(output === undefined ? {} : { output: { ...check.output, ...output, annotations: [...(check.output.annotations ?? []), ...(output.annotations ?? [])] } }),
  }
}

function statusShape(world, view, { id, sha, state, context, description, targetUrl, creator, createdAt }) {
  return {
    id, node_id: `SC_${id}`, state, context, description, target_url: targetUrl, avatar_url: null, url: `${world.links.api()}/statuses/${sha}`, creator: userShape(world, view, creator), created_at: stamp(createdAt), updated_at: stamp(createdAt),
  }
}

function checkShape(world, { id, sha, name, status, conclusion, output, startedAt, completedAt, detailsUrl, externalId }) {
  const url = `${world.links.api()}/check-runs/${id}`
  return {
    id, node_id: `CR_${id}`, head_sha: sha, name, status, conclusion, external_id: externalId ?? '', details_url: detailsUrl, url, html_url: `${world.links.page()}/runs/${id}`, check_suite: { id: 1 }, app: null, pull_requests: [],
    output: { title: output.title ?? null, summary: output.summary ?? null, text: output.text ?? null, annotations_count: output.annotations?.length ?? 0, annotations_url: `${url}/annotations` },
    started_at: stamp(startedAt), completed_at: completedAt === null ? null : stamp(completedAt),
  }
}
