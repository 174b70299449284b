import { gitCommitShape } from '../git-shapes.mjs'
import { found, refuse } from '../refusal.mjs'

export const objects = {
  'git/create-blob': ({ body, world }) => {
    const sha = world.git.addBlob(Buffer.from(body.content, body.encoding === 'base64' ? 'base64' : 'utf8'))
    return { status: 201, body: { sha, url: `${world.links.api()}/git/blobs/${sha}` } }
  },
  'git/get-blob': ({ params, world }) => {
    const { sha, content } = found(world.git.blob(params.file_sha))
    return { status: 200, body: { sha, node_id: `B_${sha}`, size: content.length, url: `${world.links.api()}/git/blobs/${sha}`, content: wrapped(content), encoding: 'base64' } }
  },

  'git/create-tree': ({ body, world }) => {
    const { git } = world
    const base = body.base_tree === undefined ? undefined : git.commit(body.base_tree)?.tree ?? body.base_tree
    if (base !== undefined && git.tree(base) === undefined) refuse(404, 'Not Found')
    const files = base === undefined ? new Map() : git.flat(base)
    for (const entry of body.tree) {
      if (entry.sha === null) files.delete(entry.path)
      else if (entry.type === 'tree') for (const [path, file] of git.flat(entry.sha)) files.set(`${entry.path}/${path}`, file)
      else files.set(entry.path, { mode: entry.mode ?? '100644', sha: entry.content === undefined ? known(git, entry) : git.addBlob(Buffer.from(entry.content)) })
    }
    return { status: 201, body: treeShape(world, git.addFlat(files), false) }
  },
  'git/get-tree': ({ params, query, view, world }) => {
    const { git } = world
    const pointed = view.get('refs', `refs/heads/${params.tree_sha}`)?.sha ?? params.tree_sha
    const sha = git.commit(pointed)?.tree ?? pointed
    found(git.tree(sha))
    return { status: 200, body: treeShape(world, sha, query.recursive !== undefined) }
  },

  'git/create-commit': ({ body, world, actor }) => {
    const { git } = world
    if (git.tree(body.tree) === undefined) refuse(422, 'Tree SHA does not exist')
    const parents = body.parents ?? []
    for (const parent of parents) if (git.commit(parent) === undefined) refuse(422, 'Parent SHA does not exist or is not a commit object')
    const sha = git.addCommit({ tree: body.tree, parents, message: body.message, ...peopleOf(world, body, actor) })
    return { status: 201, body: gitCommitShape(world, git.commit(sha)) }
  },
  'git/get-commit': ({ params, world }) => ({ status: 200, body: gitCommitShape(world, found(world.git.commit(params.commit_sha))) }),

  'git/create-tag': ({ body, world, actor }) => {
    if (!world.git.has(body.object)) refuse(422, 'Object does not exist')
    const sha = world.git.addTag({ ...body, tagger: peopleOf(world, { author: body.tagger }, actor).author })
    return { status: 201, body: tagShape(world, world.git.tag(sha)) }
  },
  'git/get-tag': ({ params, world }) => ({ status: 200, body: tagShape(world, found(world.git.tag(params.tag_sha))) }),
}

/** Who wrote it and who put it in; times have whole seconds, as in git. */
export function peopleOf({ now }, { author, committer }, actor) {
  const date = `${new Date(now()).toISOString().slice(0, 19)}Z`
  const itself = { name: actor, email: `${actor}@users.noreply.github.com`, date }
  const wrote = { ...itself, ...author }
  return { author: wrote, committer: { ...wrote, ...committer } }
}

/** GitHub breaks base64 into lines. */
export function wrapped(content) {
  return content.toString('base64').replaceAll(/.{60}/g, '$&\n')
}

function known(git, { sha }) {
  return git.has(sha) ? sha : refuse(422, `tree.sha ${sha} is not a valid blob`)
}

function treeShape({ git, links }, sha, recursive) {
  const entries = recursive
    ? [...git.flat(sha)].map(([path, entry]) => ({ ...entry, path }))
    : git.tree(sha).entries
  const tree = entries.map(({ path, mode, type, sha: at }) => ({
    path, mode, type, sha: at, url: `${links.api()}/git/${type}s/${at}`, ...(type === 'blob' ? { size: git.blob(at).content.length } : {}),
  }))
  return { sha, url: `${links.api()}/git/trees/${sha}`, tree, truncated: false }
}

function tagShape({ links }, { sha, tag, message, object, target, tagger }) {
  return { sha, node_id: `T_${sha}`, tag, message, tagger, url: `${links.api()}/git/tags/${sha}`, object: { sha: object, type: target, url: `${links.api()}/git/${target}s/${object}` } }
}
