import { stamp } from '../completion.mjs'
import { found, refuse } from '../refusal.mjs'

const MOST_BELOW = { repository: 500, environment: 100 }
const LARGEST = 48 * 1024

const callsFor = (place, most) => ({
  list: ({ params, view }) => ({
    list: view.by('variables', 'environment', place(params, view)).toSorted((a, b) => (a.name < b.name ? -1 : 1)), perPage: 10,
    render: shape, wrap: (items, total) => ({ total_count: total, variables: items }),
  }),
  get: ({ params, view }) => ({ status: 200, body: shape(found(variableOf(view, place(params, view), params.name))) }),
  create: ({ params, body, world }) => {
    const environment = place(params, world.store.head)
    checked(body)
    if (variableOf(world.store.head, environment, body.name) !== undefined) refuse(409, 'Already exists - Variable already exists')
    if (world.store.head.by('variables', 'environment', environment).length >= most) refuse(422, 'Validation Failed', { errors: [`No more than ${most} variables are allowed`] })
    put(world, environment, body.name, body.value)
    return { status: 201, body: {} }
  },
  update: ({ params, body, world }) => {
    const environment = place(params, world.store.head)
    const known = found(variableOf(world.store.head, environment, params.name))
    const name = body.name ?? known.name
    checked({ name, value: body.value ?? known.value })
    if (name.toUpperCase() !== known.name) world.store.remove('variables', known.id)
    put(world, environment, name, body.value ?? known.value, known.createdAt)
    return { status: 204 }
  },
  remove: ({ params, world }) => {
    world.store.remove('variables', found(variableOf(world.store.head, place(params, world.store.head), params.name)).id)
    return { status: 204 }
  },
})

const ofRepository = callsFor(() => '', MOST_BELOW.repository)
const ofEnvironment = callsFor((params, view) => found(view.get('environments', params.environment_name)).id, MOST_BELOW.environment)

export const variables = {
  'actions/list-repo-variables': ofRepository.list,
  'actions/get-repo-variable': ofRepository.get,
  'actions/create-repo-variable': ofRepository.create,
  'actions/update-repo-variable': ofRepository.update,
  'actions/delete-repo-variable': ofRepository.remove,
  'actions/list-environment-variables': ofEnvironment.list,
  'actions/get-environment-variable': ofEnvironment.get,
  'actions/create-environment-variable': ofEnvironment.create,
  'actions/update-environment-variable': ofEnvironment.update,
  'actions/delete-environment-variable': ofEnvironment.remove,
}

export function put({ store, now }, environment, name, value, createdAt = now()) {
  store.put('variables', { id: `${environment}/${name.toUpperCase()}`, environment, name: name.toUpperCase(), value, createdAt, updatedAt: now() })
}

function variableOf(view, environment, name) {
  return view.get('variables', `${environment}/${name.toUpperCase()}`)
}

function checked({ name, value }) {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || /^github_/i.test(name)) refuse(422, 'Validation Failed', { errors: ['Variable names can only contain alphanumeric characters or underscores, and must not start with GITHUB_'] })
  if (Buffer.byteLength(value) > LARGEST) refuse(422, 'Validation Failed', { errors: ['Variable value is too long (maximum is 48 KB)'] })
}

function shape({ name, value, createdAt, updatedAt }) {
  return { name, value, created_at: stamp(createdAt), updated_at: stamp(updatedAt) }
}
