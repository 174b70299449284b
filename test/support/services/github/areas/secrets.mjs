import { stamp } from '../completion.mjs'
import { found, refuse } from '../refusal.mjs'

const MOST = 100
const LARGEST = 48 * 1024

/** The same calls below `actions` and below an environment. */
const callsFor = (place) => ({
  list: ({ params, view }) => ({
    list: secretsOf(view, place(params, view)), render: shape, wrap: (items, total) => ({ total_count: total, secrets: items }),
  }),
  key: ({ params, view, world }) => {
    place(params, view)
    return { status: 200, body: { key_id: world.vault.keyId, key: world.vault.publicKey } }
  },
  get: ({ params, view }) => ({ status: 200, body: shape(found(view.get('secrets', `${place(params, view)}/${params.secret_name.toUpperCase()}`))) }),
  put: ({ params, body, world }) => {
    const environment = place(params, world.store.head)
    return keep(world, environment, params.secret_name, body)
  },
  remove: ({ params, world }) => {
    world.store.remove('secrets', found(world.store.head.get('secrets', `${place(params, world.store.head)}/${params.secret_name.toUpperCase()}`)).id)
    return { status: 204 }
  },
})

const ofRepository = callsFor(() => '')
const ofEnvironment = callsFor((params, view) => found(view.get('environments', params.environment_name)).id)

export const secrets = {
  'actions/list-repo-secrets': ofRepository.list,
  'actions/get-repo-public-key': ofRepository.key,
  'actions/get-repo-secret': ofRepository.get,
  'actions/create-or-update-repo-secret': ofRepository.put,
  'actions/delete-repo-secret': ofRepository.remove,
  'actions/list-environment-secrets': ofEnvironment.list,
  'actions/get-environment-public-key': ofEnvironment.key,
  'actions/get-environment-secret': ofEnvironment.get,
  'actions/create-or-update-environment-secret': ofEnvironment.put,
  'actions/delete-environment-secret': ofEnvironment.remove,
}

function secretsOf(view, environment) {
  return view.by('secrets', 'environment', environment).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

function keep(world, environment, given, { encrypted_value: sealed, key_id: keyId }) {
  const { store, vault, now } = world
  const name = given.toUpperCase()
  const id = `${environment}/${name}`
  const known = store.head.get('secrets', id)
  if (!/^[A-Z_][A-Z0-9_]*$/.test(name) || name.startsWith('GITHUB_')) refuse(422, 'Validation Failed', { errors: [`Secret names can only contain alphanumeric characters or underscores, and must not start with GITHUB_`] })
  if (keyId !== vault.keyId) refuse(422, 'Bad request - the key id does not belong to the current public key')
  const value = vault.open(sealed) ?? refuse(422, 'Bad request - the value is not sealed for the public key')
  if (Buffer.byteLength(value) > LARGEST) refuse(422, 'Validation Failed', { errors: ['Secret value is too long (maximum is 48 KB)'] })
  if (known === undefined && secretsOf(store.head, environment).length >= MOST) refuse(422, `Validation Failed`, { errors: [`No more than ${MOST} secrets are allowed`] })
  store.put('secrets', { id, environment, name, sealed, createdAt: known?.createdAt ?? now(), updatedAt: now() })
  return known === undefined ? { status: 201, body: {} } : { status: 204 }
}

function shape({ name, createdAt, updatedAt }) {
  return { name, created_at: stamp(createdAt), updated_at: stamp(updatedAt) }
}
