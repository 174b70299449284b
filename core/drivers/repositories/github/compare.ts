import type { GitHub } from '../../../ports/github.js'
import type { Commit, Comparison } from '../../../ports/repository.js'
import { decodeComparison } from './decode.js'

const PER_PAGE = 100
/** More commits than anybody reads before an approval. */
const PAGES = 5
/** GitHub lists no more changed files than these. */
const FILES = 300

export async function compare(github: GitHub, base: string, head: string): Promise<Comparison | undefined> {
  if (base === '' || head === '') return undefined
  const first = await page(github, base, head, 1)
  if (first === undefined) return undefined
  const commits: Commit[] = [...first.commits]
  for (let number = 2; number <= PAGES && commits.length < first.total_commits; number += 1) {
    const next = await page(github, base, head, number)
    if (next === undefined || next.commits.length === 0) break
    commits.push(...next.commits)
  }
  const files = first.files ?? []
  return {
    url: first.html_url,
    relation: first.status,
    commits,
    total: first.total_commits,
    files: files.map(({ filename, status }) => ({ path: filename, change: changeOf(status) })),
    filesCut: files.length >= FILES,
  }
}

async function page(github: GitHub, base: string, head: string, number: number): Promise<ReturnType<typeof decodeComparison> | undefined> {
  const { status, data } = await github.call({
    what: `compare ${short(base)} with ${short(head)}`, route: 'GET /repos/{owner}/{repo}/compare/{basehead}', permission: 'contents: read', accept: [404],
    parameters: { basehead: `${base}...${head}`, per_page: PER_PAGE, page: number },
  })
  return status === 404 ? undefined : decodeComparison(data, 'comparison')
}

function changeOf(status: string): Comparison['files'][number]['change'] {
  if (status === 'added' || status === 'copied') return 'added'
  return status === 'removed' || status === 'renamed' ? status : 'modified'
}

function short(commit: string): string {
  return /^[0-9a-f]{40}$/.test(commit) ? commit.slice(0, 12) : commit
}
