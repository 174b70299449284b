/** Brings the commits of a real checkout to a fake GitHub, through its API: the same objects have the same names there. */
import { execFileSync } from 'node:child_process'
import { z } from 'zod'
import type { FakeGitHub } from './services/github/github.mjs'

const PERSON = /^(?<name>.*) <(?<email>.*)> (?<seconds>\d+) [+-]\d{4}$/

/** The commit at the end. Calls are counted anew afterwards: these are no part of what a test looks at. */
export async function pushTo(github: FakeGitHub, folder: string, branch = 'main'): Promise<string> {
  const git = (...args: readonly string[]): Buffer => execFileSync('git', args, { cwd: folder, maxBuffer: 1 << 26 })
  const post = (what: string, body: object, method = 'POST'): Promise<{ readonly sha: string }> => posted(github, what, body, method)
  const commits = git('rev-list', '--reverse', 'HEAD').toString().trim().split('\n')
  for (const sha of commits.filter((one) => !has(github, one))) {
    const entries = git('ls-tree', '-r', '-z', sha).toString().split('\0').filter((line) => line !== '').map((line) => {
      const [head = '', path = ''] = line.split('\t')
      const [mode = '', type = '', blob = ''] = head.split(' ')
      return { path, mode, type, sha: blob }
    })
    for (const entry of entries) await post('git/blobs', { content: git('cat-file', 'blob', entry.sha).toString('base64'), encoding: 'base64' })
    const tree = await post('git/trees', { tree: entries })
    const made = await post('git/commits', { ...commitOf(git('cat-file', 'commit', sha).toString()), tree: tree.sha })
    if (made.sha !== sha) throw new Error(`GitHub calls commit ${sha} ${made.sha}`)
  }
  const head = commits.at(-1) ?? ''
  await post(`git/refs/heads/${branch}`, { sha: head, force: true }, 'PATCH')
  github.forget()
  return head
}

function has(github: FakeGitHub, sha: string): boolean {
  try {
    return github.head(sha) === sha
  } catch {
    return false
  }
}

async function posted(github: FakeGitHub, what: string, body: object, method: string): Promise<{ readonly sha: string }> {
  const answer = await fetch(`${github.url}/repos/${github.repository}/${what}`, { method, body: JSON.stringify(body), headers: { authorization: 'Bearer ghs_fake', 'content-type': 'application/json' } })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${what}: ${answer.status} ${text}`)
  return z.object({ sha: z.string().default('') }).parse(JSON.parse(text))
}

interface Person {
  readonly name: string
  readonly email: string
  readonly date: string
}

function commitOf(raw: string): { readonly parents: readonly string[]; readonly author: Person; readonly committer: Person; readonly message: string } {
  const at = raw.indexOf('\n\n')
  const lines = raw.slice(0, at).split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const)
  const person = (field: string): Person => {
    const { name = '', email = '', seconds = '0' } = PERSON.exec(lines.find(([key]) => key === field)?.[1] ?? '')?.groups ?? {}
    return { name, email, date: `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z` }
  }
  return { parents: lines.flatMap(([key, value]) => (key === 'parent' ? [value] : [])), author: person('author'), committer: person('committer'), message: raw.slice(at + 2) }
}
