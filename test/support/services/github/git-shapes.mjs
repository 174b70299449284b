import { userShape } from './people.mjs'

export function commitShape(world, view, { sha, tree, parents, message, author, committer }) {
  const url = `${world.links.api()}/commits/${sha}`
  return {
    sha, node_id: `C_${sha}`, url, html_url: world.links.commit(sha), comments_url: `${url}/comments`, author: knownUser(world, view, author), committer: knownUser(world, view, committer),
    commit: { author, committer, message, tree: { sha: tree, url: `${world.links.api()}/git/trees/${tree}` }, url: `${world.links.api()}/git/commits/${sha}`, comment_count: 0 },
    parents: parents.map((parent) => ({ sha: parent, url: `${world.links.api()}/commits/${parent}`, html_url: world.links.commit(parent) })),
  }
}

/** GitHub knows an author by the address; a stranger is null. */
function knownUser(world, view, { name }) {
  return view.get('users', name) === undefined ? null : userShape(world, view, name)
}

export function gitCommitShape(world, { sha, tree, parents, message, author, committer }) {
  return {
    sha, node_id: `C_${sha}`, url: `${world.links.api()}/git/commits/${sha}`, html_url: world.links.commit(sha), author, committer, message,
    tree: { sha: tree, url: `${world.links.api()}/git/trees/${tree}` },
    parents: parents.map((parent) => ({ sha: parent, url: `${world.links.api()}/git/commits/${parent}`, html_url: world.links.commit(parent) })),
    verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
  }
}

export function refShape(world, { id, sha }) {
  const type = world.git.typeOf(sha)
  return { ref: id, node_id: `REF_${id}`, url: `${world.links.api()}/git/${id}`, object: { type, sha, url: `${world.links.api()}/git/${type}s/${sha}` } }
}
