// Which files differ between two commits.

export function fileChanges({ git, links }, before, after) {
  const from = before === undefined ? new Map() : git.flat(git.commit(before).tree)
  const to = git.flat(git.commit(after).tree)
  const shape = (filename, status, sha) => ({
    sha, filename, status, additions: status === 'removed' ? 0 : 1, deletions: status === 'added' ? 0 : 1, changes: status === 'modified' ? 2 : 1,
    blob_url: `${links.page()}/blob/${after}/${filename}`, raw_url: `${links.page()}/raw/${after}/${filename}`, contents_url: `${links.api()}/contents/${filename}?ref=${after}`,
  })
  return [...new Set([...from.keys(), ...to.keys()])].toSorted(byName).flatMap((path) => {
    const [was, is] = [from.get(path), to.get(path)]
    if (was?.sha === is?.sha) return []
    return [shape(path, was === undefined ? 'added' : is === undefined ? 'removed' : 'modified', (is ?? was).sha)]
  })
}

function byName(a, b) {
  return a < b ? -1 : 1
}
