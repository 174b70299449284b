import { stamp } from '../completion.mjs'
import { isReviewer, reviewerShape, userShape } from '../people.mjs'
import { found, refuse } from '../refusal.mjs'
import { endRun, review } from '../running.mjs'
import { deploymentShape, environmentName } from '../shapes.mjs'
import { jobShape, runShape } from '../run-shapes.mjs'

export const runs = {
  'actions/list-workflow-runs-for-repo': ({ view, query, world }) => listed(world, view, view.all('runs'), query),
  'actions/list-workflow-runs': ({ params, view, query, world }) => {
    const { file } = found(world.workflows().find(({ id, file: path }) => String(id) === params.workflow_id || path.endsWith(`/${params.workflow_id}`)))
    return listed(world, view, view.all('runs').filter(({ workflow }) => workflow === file), query)
  },
  'actions/get-workflow-run': ({ params, view, world }) => ({ status: 200, body: runShape(world, view, runOf(view, params)) }),
  'actions/get-workflow-run-attempt': ({ params, view, world }) => {
    const run = runOf(view, params)
    const attempt = Number(params.attempt_number)
    if (attempt < 1 || attempt > run.attempt) refuse(404, 'Not Found')
    return { status: 200, body: runShape(world, view, attempt === run.attempt ? run : { ...run, attempt, status: 'completed', conclusion: 'failure' }) }
  },
  'actions/list-jobs-for-workflow-run': ({ params, query, view, world }) => {
    const { id, attempt } = runOf(view, params)
    const jobs = view.by('jobs', 'run', id).filter((job) => query.filter === 'all' || job.attempt === attempt)
    return { list: jobs, render: (job) => jobShape(world, view, job), wrap: (items, total) => ({ total_count: total, jobs: items }) }
  },
  'actions/get-reviews-for-run': ({ params, view, world }) => ({
    status: 200,
    body: view.by('approvals', 'run', runOf(view, params).id).map(({ environments, state, user, comment, at }) => ({
      environments: environments.map((name) => ({ ...environmentName(world, view, name), created_at: stamp(at), updated_at: stamp(at) })), state, user: userShape(world, view, user), comment,
    })),
  }),
  'actions/get-pending-deployments-for-run': ({ params, view, world, actor }) => ({
    status: 200,
    body: view.by('waiting', 'run', runOf(view, params).id).map(({ environment, since }) => {
      const { waitTimer, reviewers } = view.get('environments', environment)
      return {
        environment: environmentName(world, view, environment), wait_timer: waitTimer, wait_timer_started_at: stamp(since),
        current_user_can_approve: isReviewer(view, reviewers, actor), reviewers: reviewers.map((reviewer) => reviewerShape(world, view, reviewer)),
      }
    }),
  }),
  'actions/review-pending-deployments-for-run': ({ params, body, world, actor }) => {
    const view = world.store.head
    const run = runOf(view, params)
    const names = body.environment_ids.map((id) => view.all('environments').find(({ number }) => number === id)?.id)
    const waiting = view.by('waiting', 'run', run.id).map(({ environment }) => environment)
    if (names.length === 0 || names.some((name) => !waiting.includes(name))) refuse(422, 'There are no pending deployment requests to approve or reject')
    for (const name of names) {
      const { reviewers, preventSelfReview } = view.get('environments', name)
      if (!isReviewer(view, reviewers, actor)) refuse(422, `${actor} is not a required reviewer of ${name}`)
      if (preventSelfReview && run.actor === actor) refuse(422, `${actor} started the run and can not review it`)
    }
    // Those that GitHub has made for the run's jobs; a job with `deployment: false` has none.
    const jobs = view.by('jobs', 'run', run.id).map(({ id }) => id)
    const made = names.flatMap((name) => view.by('deployments', 'environment', name).filter(({ job }) => jobs.includes(job)))
    review(world, run.id, names, { user: actor, state: body.state, comment: body.comment })
    return { status: 200, body: made.map((deployment) => deploymentShape(world, view, deployment)) }
  },
  'actions/review-custom-gates-for-run': ({ params, body, world, actor }) => {
    const { id } = runOf(world.store.head, params)
    if (body.state !== undefined) review(world, id, [body.environment_name], { user: actor, state: body.state, comment: body.comment })
    return { status: 204 }
  },
  'actions/cancel-workflow-run': ({ params, world }) => cancelled(world, params),
  'actions/force-cancel-workflow-run': ({ params, world }) => cancelled(world, params),
  'actions/re-run-workflow': ({ params, world }) => again(world, params),
  'actions/re-run-workflow-failed-jobs': ({ params, world }) => again(world, params),
  'actions/delete-workflow-run': ({ params, world }) => {
    world.store.remove('runs', runOf(world.store.head, params).id)
    return { status: 204 }
  },
}

function runOf(view, { run_id: id }) {
  return found(view.get('runs', Number(id)))
}

function listed(world, view, all, query) {
  const { branch, event, status, actor, head_sha: sha } = query
  const list = all.filter((run) => (branch === undefined || run.branch === branch) && (event === undefined || run.event === event) && (actor === undefined || run.actor === actor)
    && (sha === undefined || run.sha === sha) && (status === undefined || run.status === status || run.conclusion === status)).toSorted((a, b) => b.id - a.id)
  return { list, render: (run) => runShape(world, view, run), wrap: (items, total) => ({ total_count: total, workflow_runs: items }) }
}

function cancelled(world, params) {
  const run = runOf(world.store.head, params)
  if (run.status === 'completed') refuse(409, 'Cannot cancel a workflow run that is completed.')
  endRun(world, run.id, 'cancelled')
  return { status: 202, body: {} }
}

function again(world, params) {
  const run = runOf(world.store.head, params)
  if (run.status !== 'completed') refuse(403, 'The workflow run is already running')
  world.store.change('runs', run.id, { attempt: run.attempt + 1, status: 'queued', conclusion: null, updatedAt: world.now() })
  return { status: 201, body: {} }
}
