// A small git: real object names, all in memory.
import { createHash } from 'node:crypto'

const MODES = { blob: '100644', tree: '040000', commit: '160000' }

export function createGit() {
  const objects = new Map()
  const keep = (type, data, value) => {
    const sha = createHash('sha1').update(`${type} ${data.length}\0`).update(data).digest('hex')
    objects.set(sha, { type, sha, ...value })
    return sha
  }
  const of = (type, sha) => (objects.get(sha)?.type === type ? objects.get(sha) : undefined)

  const addTree = (entries) => {
    const sorted = entries.toSorted((a, b) => Buffer.compare(Buffer.from(sortKey(a)), Buffer.from(sortKey(b))))
    const data = Buffer.concat(sorted.flatMap(({ mode, path, sha }) => [Buffer.from(`${mode.replace(/^0/, '')} ${path}\0`), Buffer.from(sha, 'hex')]))
    return keep('tree', data, { entries: sorted })
  }

  const git = {
    blob: (sha) => of('blob', sha),
    tree: (sha) => of('tree', sha),
    commit: (sha) => of('commit', sha),
    tag: (sha) => of('tag', sha),
    has: (sha) => objects.has(sha),
    typeOf: (sha) => objects.get(sha)?.type,
    withPrefix: (start) => [...objects.values()].find(({ type, sha }) => type === 'commit' && sha.startsWith(start))?.sha,
    addBlob: (content) => keep('blob', content, { content }),
    addCommit: ({ tree, parents, message, author, committer }) => {
      const person = ({ name, email, date }) => `${name} <${email}> ${Math.floor(Date.parse(date) / 1000)} +0000`
      const text = [`tree ${tree}`, ...parents.map((sha) => `parent ${sha}`), `author ${person(author)}`, `committer ${person(committer)}`, '', message].join('\n')
      return keep('commit', Buffer.from(text), { tree, parents, message, author, committer })
    },
    addTag: ({ tag, message, object, type, tagger }) => keep('tag', Buffer.from(`object ${object}\ntype ${type}\ntag ${tag}\n\n${message}`), { tag, message, object, target: type, tagger }),
    /** Path → { sha, mode } of every file below a tree. */
    flat: (sha, start = '') => new Map((git.tree(sha)?.entries ?? []).flatMap((entry) => (entry.type === 'tree' ? [...git.flat(entry.sha, `${start}${entry.path}/`)] : [[`${start}${entry.path}`, entry]]))),
    addFlat: (files) => {
      const folders = new Map()
      const entries = []
      for (const [path, entry] of files) {
        const [first, ...rest] = path.split('/')
        if (rest.length === 0) entries.push({ path: first, mode: entry.mode, type: 'blob', sha: entry.sha })
        else folders.set(first, [...(folders.get(first) ?? []), [rest.join('/'), entry]])
      }
      for (const [path, inside] of folders) entries.push({ path, mode: MODES.tree, type: 'tree', sha: git.addFlat(inside) })
      return addTree(entries)
    },
    /** The commit itself and all before it, nearest first. */
    ancestors: (sha) => {
      const seen = new Set([sha])
      for (const at of seen) for (const parent of git.commit(at)?.parents ?? []) seen.add(parent)
      return seen
    },
  }
  return git
}

/** Git sorts a folder as if its name ended with a slash. */
function sortKey({ path, type }) {
  return type === 'tree' ? `${path}/` : path
}

/** The commit that a branch, tag or (short) SHA names. */
export function resolve({ git }, view, ref) {
  const name = ref.replace(/^refs\//, '')
  const pointed = [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`].map((id) => view.get('refs', id)?.sha).find((sha) => sha !== undefined)
  if (pointed !== undefined) return git.tag(pointed)?.object ?? pointed
  if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined
  return ref.length === 40 ? git.commit(ref)?.sha : git.withPrefix(ref)
}
