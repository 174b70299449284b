import { refShape } from '../git-shapes.mjs'
import { found, refuse } from '../refusal.mjs'

export const refs = {
  'git/get-ref': ({ params, view, world }) => ({ status: 200, body: refShape(world, found(view.get('refs', `refs/${params.ref}`))) }),
  'git/list-matching-refs': ({ params, view, world }) => ({
    status: 200, body: view.all('refs').filter(({ id }) => id.startsWith(`refs/${params.ref}`)).map((ref) => refShape(world, ref)),
  }),
  // Atomic: of several that ask for one name, one gets it.
  'git/create-ref': ({ body, world }) => {
    const { ref: id, sha } = body
    if (!/^refs\/[^/]+\/.+/.test(id)) refuse(422, 'Reference name must start with \'refs/\' and have at least two slashes')
    if (!world.git.has(sha)) refuse(422, 'Object does not exist')
    if (world.store.head.get('refs', id) !== undefined) refuse(422, 'Reference already exists')
    world.store.put('refs', { id, sha })
    return { status: 201, body: refShape(world, { id, sha }) }
  },
  'git/update-ref': ({ params, body, world }) => {
    const id = `refs/${params.ref}`
    const { sha: before } = world.store.head.get('refs', id) ?? refuse(422, 'Reference does not exist')
    if (!world.git.has(body.sha)) refuse(422, 'Object does not exist')
    if (body.force !== true && !world.git.ancestors(body.sha).has(before)) refuse(422, 'Update is not a fast forward')
    world.store.put('refs', { id, sha: body.sha })
    return { status: 200, body: refShape(world, { id, sha: body.sha }) }
  },
  'git/delete-ref': ({ params, world }) => {
    const id = `refs/${params.ref}`
    if (world.store.head.get('refs', id) === undefined) refuse(422, 'Reference does not exist')
    world.store.remove('refs', id)
    return { status: 204 }
  },
}
