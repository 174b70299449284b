import { stamp } from '../completion.mjs'
import { resolve } from '../git.mjs'
import { userShape } from '../people.mjs'
import { found, refuse } from '../refusal.mjs'

export const releases = {
  'repos/list-releases': ({ view, world }) => ({ list: view.all('releases').toReversed(), render: (release) => shape(world, view, release) }),
  'repos/create-release': ({ body, world }) => {
    const { store, now, settings } = world
    const { tag_name: tag, target_commitish: target = settings.defaultBranch, name, body: text, draft = false, prerelease = false } = body
    if (store.head.all('releases').some((release) => release.tag === tag)) refuse(422, 'Validation Failed', { errors: [{ resource: 'Release', code: 'already_exists', field: 'tag_name' }] })
    const sha = resolve(world, store.head, tag) ?? resolve(world, store.head, target) ?? refuse(422, 'Validation Failed', { errors: [{ resource: 'Release', code: 'invalid', field: 'target_commitish' }] })
    if (!draft && store.head.get('refs', `refs/tags/${tag}`) === undefined) store.put('refs', { id: `refs/tags/${tag}`, sha })
    const made = { id: store.nextId(), tag, name: name ?? tag, body: text ?? '', draft, prerelease, target, createdAt: now() }
    store.put('releases', made)
    return { status: 201, body: shape(world, store.head, made) }
  },
  'repos/get-release': ({ params, view, world }) => ({ status: 200, body: shape(world, view, found(view.get('releases', Number(params.release_id)))) }),
  'repos/get-release-by-tag': ({ params, view, world }) => ({ status: 200, body: shape(world, view, found(view.all('releases').find(({ tag, draft }) => tag === params.tag && !draft))) }),
  'repos/get-latest-release': ({ view, world }) => ({ status: 200, body: shape(world, view, found(view.all('releases').findLast(({ draft, prerelease }) => !draft && !prerelease))) }),
  'repos/update-release': ({ params, body, world }) => {
    const { id } = found(world.store.head.get('releases', Number(params.release_id)))
    const names = { tag_name: 'tag', name: 'name', body: 'body', draft: 'draft', prerelease: 'prerelease', target_commitish: 'target' }
    world.store.change('releases', id, Object.fromEntries(Object.entries(names).flatMap(([sent, kept]) => (body[sent] === undefined ? [] : [[kept, body[sent]]]))))
    return { status: 200, body: shape(world, world.store.head, world.store.head.get('releases', id)) }
  },
  'repos/delete-release': ({ params, world }) => {
    world.store.remove('releases', found(world.store.head.get('releases', Number(params.release_id))).id)
    return { status: 204 }
  },
  'repos/generate-release-notes': ({ body, view, world }) => {
    const { tag_name: tag, target_commitish: target, previous_tag_name: previous } = body
    const head = resolve(world, view, tag) ?? resolve(world, view, target ?? world.settings.defaultBranch) ?? refuse(404, 'Not Found')
    const base = previous === undefined ? undefined : resolve(world, view, previous) ?? refuse(404, 'Not Found')
    const before = base === undefined ? new Set() : world.git.ancestors(base)
    const after = new Set([...world.git.ancestors(head)].filter((sha) => !before.has(sha)))
    const lines = view.all('pulls').filter(({ commits, mergedAt }) => mergedAt !== null && commits.some((sha) => after.has(sha))).map(({ id, title, user }) => `* ${title} by @${user} in ${world.links.page()}/pull/${id}`)
    const range = previous === undefined ? `commits/${tag}` : `compare/${previous}...${tag}`
    return { status: 200, body: { name: tag, body: `## What's Changed\n${lines.join('\n')}\n\n**Full Changelog**: ${world.links.page()}/${range}` } }
  },
}

function shape(world, view, { id, tag, name, body, draft, prerelease, target, createdAt }) {
  const url = `${world.links.api()}/releases/${id}`
  return {
    id, node_id: `RE_${id}`, tag_name: tag, name, body, draft, prerelease, target_commitish: target, author: userShape(world, view, 'github-actions[bot]'), url, html_url: `${world.links.page()}/releases/tag/${tag}`,
    assets: [], assets_url: `${url}/assets`, upload_url: `${url}/assets{?name,label}`, created_at: stamp(createdAt), published_at: draft ? null : stamp(createdAt), immutable: false,
  }
}
