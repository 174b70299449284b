import { gitCommitShape } from '../git-shapes.mjs'
import { resolve } from '../git.mjs'
import { found, refuse } from '../refusal.mjs'
import { peopleOf, wrapped } from './objects.mjs'

/** Larger files come without their content, unless they are asked for raw. */
const MOST_INLINE = 1024 * 1024

export const contents = {
  'repos/get-content': ({ params, query, view, world, headers }) => {
    const { git, settings } = world
    const ref = query.ref ?? settings.defaultBranch
    const sha = resolve(world, view, ref) ?? refuse(404, `No commit found for the ref ${ref}`)
    const { tree } = git.commit(sha)
    const path = params.path.replace(/^\/+|\/+$/g, '')
    const file = git.flat(tree).get(path)
    if (file !== undefined && /raw/.test(headers.accept ?? '')) return { status: 200, body: git.blob(file.sha).content.toString('utf8') }
    if (file !== undefined) return { status: 200, body: { ...entryShape(world, ref, path, file), ...inline(git.blob(file.sha).content) } }
    return { status: 200, body: found(folder(git, tree, path)).map((entry) => entryShape(world, ref, path === '' ? entry.path : `${path}/${entry.path}`, entry)) }
  },

  'repos/create-or-update-file-contents': ({ params, body, world, actor }) => {
    const { git } = world
    const change = begin(world, params.path, body)
    if (change.file === undefined && body.sha !== undefined) refuse(409, `${params.path} does not match ${body.sha}`)
    if (change.file !== undefined && body.sha === undefined) refuse(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    if (change.file !== undefined && body.sha !== change.file.sha) refuse(409, `${params.path} does not match ${body.sha}`)
    const sha = git.addBlob(Buffer.from(body.content, 'base64'))
    change.files.set(params.path, { mode: change.file?.mode ?? '100644', sha, type: 'blob' })
    const commit = land(world, change, body, actor)
    return { status: change.file === undefined ? 201 : 200, body: { content: entryShape(world, change.branch, params.path, { sha, type: 'blob' }), commit } }
  },

  'repos/delete-file': ({ params, body, world, actor }) => {
    const change = begin(world, params.path, body)
    found(change.file)
    if (body.sha !== change.file.sha) refuse(409, `${params.path} does not match ${body.sha}`)
    change.files.delete(params.path)
    return { status: 200, body: { content: null, commit: land(world, change, body, actor) } }
  },
}

function begin({ git, store, settings }, path, { branch = settings.defaultBranch }) {
  const { sha } = store.head.get('refs', `refs/heads/${branch}`) ?? refuse(404, `Branch ${branch} not found`)
  const files = git.flat(git.commit(sha).tree)
  return { branch, sha, files, file: files.get(path) }
}

function land(world, { branch, sha, files }, body, actor) {
  const { git, store } = world
  const made = git.addCommit({ tree: git.addFlat(files), parents: [sha], message: body.message, ...peopleOf(world, body, actor) })
  store.put('refs', { id: `refs/heads/${branch}`, sha: made })
  return gitCommitShape(world, git.commit(made))
}

function folder(git, tree, path) {
  let at = tree
  for (const part of path === '' ? [] : path.split('/')) {
    at = git.tree(at)?.entries.find((entry) => entry.path === part && entry.type === 'tree')?.sha
    if (at === undefined) return undefined
  }
  return git.tree(at).entries
}

function inline(content) {
  return content.length > MOST_INLINE ? { content: '', encoding: 'none' } : { content: wrapped(content), encoding: 'base64' }
}

function entryShape({ git, links }, ref, path, { sha, type }) {
  const url = `${links.api()}/contents/${path.split('/').map(encodeURIComponent).join('/')}?ref=${encodeURIComponent(ref)}`
  const html = `${links.page()}/${type === 'tree' ? 'tree' : 'blob'}/${ref}/${path}`
  const gitUrl = `${links.api()}/git/${type}s/${sha}`
  return {
    type: type === 'tree' ? 'dir' : 'file', name: path.split('/').at(-1), path, sha, size: type === 'tree' ? 0 : git.blob(sha).content.length,
    url, html_url: html, git_url: gitUrl, download_url: type === 'tree' ? null : `${links.page()}/raw/${ref}/${path}`, _links: { self: url, git: gitUrl, html },
  }
}
