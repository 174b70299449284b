import { createDeployment, isActive } from '../deploying.mjs'
import { resolve } from '../git.mjs'
import { deploymentShape } from '../shapes.mjs'
import { found, refuse } from '../refusal.mjs'
import { contextsOf } from '../contexts.mjs'

export const deployments = {
  'repos/list-deployments': ({ view, query, world }) => {
    const kept = ['environment', 'ref', 'sha', 'task'].filter((name) => query[name] !== undefined && query[name] !== 'none')
    const first = query.environment !== undefined && query.environment !== 'none' ? view.by('deployments', 'environment', query.environment) : view.all('deployments')
    const list = first.filter((deployment) => kept.every((name) => deployment[name] === query[name])).toSorted((a, b) => b.id - a.id)
    return { list, render: (deployment) => deploymentShape(world, view, deployment) }
  },

  'repos/create-deployment': ({ body, world, actor }) => {
    const view = world.store.head
    const { ref, auto_merge: autoMerge = true, required_contexts: required, environment = 'production' } = body
    const sha = resolve(world, view, ref) ?? refuse(422, `No ref found for: ${ref}`)
    if (autoMerge && behind(world, view, ref, sha)) return merged(world, ref, sha)
    const bad = contextsOf(view, sha).filter(({ context, state }) => (required === undefined || required.includes(context)) && state !== 'success')
    const absent = (required ?? []).filter((name) => !contextsOf(view, sha).some(({ context }) => context === name)).map((context) => ({ context, state: 'pending' }))
    if (bad.length + absent.length > 0) {
      refuse(409, `Conflict: Commit status checks failed for ${ref}.`, { errors: [{ contexts: [...bad, ...absent], resource: 'Deployment', field: 'required_contexts', code: 'invalid' }] })
    }
    const made = createDeployment(world, {
      sha, ref, environment, task: body.task ?? 'deploy', payload: body.payload ?? {}, description: body.description ?? null, creator: actor,
      transient: body.transient_environment ?? false, production: body.production_environment ?? environment === 'production',
    })
    return { status: 201, body: deploymentShape(world, view, made) }
  },

  'repos/get-deployment': ({ params, view, world }) => ({ status: 200, body: deploymentShape(world, view, found(view.get('deployments', Number(params.deployment_id)))) }),

  'repos/delete-deployment': ({ params, world }) => {
    const view = world.store.head
    const { id } = found(view.get('deployments', Number(params.deployment_id)))
    if (isActive(view, id) && view.all('deployments').length > 1) refuse(422, 'We cannot delete an active deployment unless it is the only deployment in a given repository.')
    world.store.remove('deployments', id)
    for (const status of view.by('deploymentStatuses', 'deployment', id)) world.store.remove('deploymentStatuses', status.id)
    return { status: 204 }
  },
}

/** A branch that lacks commits of the default branch. */
function behind({ git, settings }, view, ref, sha) {
  const main = view.get('refs', `refs/heads/${settings.defaultBranch}`)?.sha
  return main !== undefined && view.get('refs', `refs/heads/${ref}`) !== undefined && !git.ancestors(sha).has(main)
}

function merged(world, ref, sha) {
  const { git, settings, store } = world
  const main = store.head.get('refs', `refs/heads/${settings.defaultBranch}`).sha
  const date = new Date(world.now()).toISOString()
  const who = { name: 'GitHub', email: 'noreply@github.com', date }
  const tree = git.addFlat(new Map([...git.flat(git.commit(main).tree), ...git.flat(git.commit(sha).tree)]))
  const merge = git.addCommit({ tree, parents: [sha, main], message: `Merge ${settings.defaultBranch} into ${ref}`, author: who, committer: who })
  store.put('refs', { id: `refs/heads/${ref}`, sha: merge })
  return { status: 202, body: { message: `Auto-merged ${settings.defaultBranch} into ${ref} on deployment.` } }
}
