import { addEnvironment, dropEnvironment } from '../deploying.mjs'
import { found, refuse } from '../refusal.mjs'
import { environmentShape } from '../shapes.mjs'

const LONGEST_WAIT = 43_200
const MOST_REVIEWERS = 6

export const environments = {
  'repos/get-all-environments': ({ view, world }) => ({
    list: view.all('environments').toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    render: (environment) => environmentShape(world, view, environment),
    wrap: (items, total) => ({ total_count: total, environments: items }),
  }),

  'repos/get-environment': ({ params, view, world }) => ({ status: 200, body: environmentShape(world, view, found(view.get('environments', params.environment_name))) }),

  // A full replacement: what is not sent is gone.
  'repos/create-or-update-environment': ({ params, body, world }) => {
    const given = body ?? {}
    const { wait_timer: waitTimer = 0, prevent_self_review: preventSelfReview = false, deployment_branch_policy: branchPolicy = null } = given
    const reviewers = given.reviewers ?? []
    const name = params.environment_name
    if (name.length > 255) refuse(422, 'Validation Failed', { errors: ['Name is too long (maximum is 255 characters)'] })
    if (waitTimer < 0 || waitTimer > LONGEST_WAIT) refuse(422, `Invalid request.\n\nwait_timer must be between 0 and ${LONGEST_WAIT}`)
    if (branchPolicy !== null && branchPolicy.protected_branches === branchPolicy.custom_branch_policies) refuse(422, 'Invalid request.\n\nprotected_branches and custom_branch_policies cannot have the same value')
    checkReviewers(world, reviewers)
    checkPlan(world, { reviewers, waitTimer })
    addEnvironment(world, { name, waitTimer, preventSelfReview, reviewers: reviewers.map(({ type, id }) => ({ type, id })), branchPolicy })
    // Patterns mean something only while custom policies are on.
    if (branchPolicy?.custom_branch_policies !== true) for (const { id } of world.store.head.by('branchPolicies', 'environment', name)) world.store.remove('branchPolicies', id)
    return { status: 200, body: environmentShape(world, world.store.head, world.store.head.get('environments', name)) }
  },

  'repos/delete-an-environment': ({ params, world }) => {
    found(world.store.head.get('environments', params.environment_name))
    dropEnvironment(world, params.environment_name)
    return { status: 204 }
  },
}

function checkReviewers({ store }, reviewers) {
  if (reviewers.length > MOST_REVIEWERS) refuse(422, `Invalid request.\n\nNo more than ${MOST_REVIEWERS} reviewers are allowed.`)
  for (const { type, id } of reviewers) {
    const known = store.head.all(type === 'Team' ? 'teams' : 'users').find(({ number }) => number === id)
    if (known === undefined || known.permission === 'none') refuse(422, 'Validation Failed', { errors: [`${type} ${id} can not review: it has no access to the repository`] })
  }
}

function checkPlan({ settings }, { reviewers, waitTimer }) {
  if (!settings.private || settings.plan === 'enterprise') return
  const rule = reviewers.length > 0 ? 'required reviewers' : waitTimer > 0 ? 'wait timer' : undefined
  if (rule !== undefined) refuse(422, `Failed to create the environment protection rule. Please ensure the billing plan supports the ${rule} protection rule.`)
}
