import { resolve } from '../git.mjs'
import { found, refuse } from '../refusal.mjs'
import { addRun } from '../running.mjs'

const LARGEST = 65_535

export const dispatches = {
  'actions/create-workflow-dispatch': ({ params, body, world, actor }) => {
    const { file } = found(world.workflows().find(({ id, file: path }) => String(id) === params.workflow_id || path.endsWith(`/${params.workflow_id}`)))
    const { ref, inputs = {}, return_run_details: details = false } = body
    const sha = resolve(world, world.store.head, ref) ?? refuse(422, `No ref found for: ${ref}`)
    if (JSON.stringify(inputs).length > LARGEST) refuse(422, `inputs are too large`)
    world.store.put('dispatches', { id: world.store.nextId(), workflow: file, event: 'workflow_dispatch', ref, inputs })
    const { id } = addRun(world, { workflow: file, event: 'workflow_dispatch', branch: ref.replace(/^refs\/(heads|tags)\//, ''), sha, actor, inputs, status: 'queued' })
    return details ? { status: 200, body: { workflow_run_id: id, run_url: `${world.links.api()}/actions/runs/${id}`, html_url: world.links.run(id) } } : { status: 204 }
  },

  'repos/create-dispatch-event': ({ body, world }) => {
    const { event_type: event, client_payload: inputs = {} } = body
    if (event.length > 100) refuse(422, 'event_type is too long (maximum is 100 characters)')
    if (Object.keys(inputs).length > 10) refuse(422, 'No more than 10 properties are allowed')
    if (JSON.stringify(inputs).length > LARGEST) refuse(422, 'client_payload is too large')
    world.store.put('dispatches', { id: world.store.nextId(), workflow: '', event, ref: world.settings.defaultBranch, inputs })
    return { status: 204 }
  },

  'actions/list-repo-workflows': ({ world }) => ({ list: world.workflows(), render: (workflow) => shape(world, workflow), wrap: (items, total) => ({ total_count: total, workflows: items }) }),
  'actions/get-workflow': ({ params, world }) => ({
    status: 200, body: shape(world, found(world.workflows().find(({ id, file }) => String(id) === params.workflow_id || file.endsWith(`/${params.workflow_id}`)))),
  }),
}

function shape(world, { id, file, name }) {
  return { id, node_id: `W_${id}`, name, path: file, state: 'active', url: `${world.links.api()}/actions/workflows/${id}`, html_url: `${world.links.page()}/blob/main/${file}`, badge_url: `${world.links.page()}/actions/workflows/${file}/badge.svg` }
}
