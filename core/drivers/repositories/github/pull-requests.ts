import { EcluseError } from '../../../errors/families.js'
import type { GitHub } from '../../../ports/github.js'
import type { Commit, PullRequest } from '../../../ports/repository.js'
import { decodePull, decodePulls } from './decode.js'

const MERGE = /^Merge pull request #(?<number>\d+) from /
const SQUASH = /^(?<title>.*\S)\s+\(#(?<number>\d+)\)$/

/** Newest first: those that titles name, then those that the newest other commits belong to. */
export async function pullRequests(github: GitHub, commits: readonly Commit[], most: number): Promise<readonly PullRequest[]> {
  const found = new Map<number, PullRequest>()
  const asker = askerOf(most)
  const newest = commits.toReversed()
  for (const commit of newest) {
    const named = namedIn(commit)
    if (named === undefined || found.has(named.number)) continue
    const asked = await asker.ask(() => one(github, named.number))
    // `none`: the number is an issue's, of another repository that this commit came from, or of a request that was never merged.
    if (asked !== 'none') found.set(named.number, asked ?? named)
  }
  for (const commit of newest.filter((other) => namedIn(other) === undefined)) {
    if (asker.spent()) break
    const brought = await asker.ask(() => ofCommit(github, commit.sha))
    for (const pull of brought ?? []) if (!found.has(pull.number)) found.set(pull.number, pull)
  }
  return [...found.values()]
}

interface Asker {
  /** `undefined` when nothing may be asked any more. */
  ask<T>(call: () => Promise<T>): Promise<T | undefined>
  spent(): boolean
}

/** A token that may not read pull requests is found out by one call, not by each. */
function askerOf(most: number): Asker {
  let left = most
  return {
    spent: () => left <= 0,
    async ask(call) {
      if (left <= 0) return undefined
      left -= 1
      try {
        return await call()
      } catch (fault) {
        if (!(fault instanceof EcluseError) || fault.code !== 'github-permission') throw fault
        left = 0
        return undefined
      }
    },
  }
}

async function one(github: GitHub, number: number): Promise<PullRequest | 'none'> {
  const { status, data } = await github.call({
    what: `read pull request #${number}`, route: 'GET /repos/{owner}/{repo}/pulls/{pull_number}', parameters: { pull_number: number }, permission: 'pull-requests: read', accept: [404],
  })
  const pull = status === 404 ? undefined : decodePull(data, 'pull')
  return pull?.merged === true ? shown(pull) : 'none'
}

async function ofCommit(github: GitHub, sha: string): Promise<readonly PullRequest[]> {
  const { status, data } = await github.call({
    what: `read the pull requests of commit ${sha.slice(0, 12)}`, route: 'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls', parameters: { commit_sha: sha, per_page: 10 }, permission: 'pull-requests: read', accept: [404, 422],
  })
  return status >= 400 ? [] : decodePulls(data, 'pulls').filter(({ merged }) => merged).map(shown)
}

function shown({ number, title, author, url, labels }: PullRequest): PullRequest {
  return { number, title, author, url, labels }
}

/** What the title of a merge or of a squashed request tells without asking. */
function namedIn({ title, author, url }: Commit): PullRequest | undefined {
  const merge = MERGE.exec(title)?.groups
  const squash = SQUASH.exec(title)?.groups
  const number = Number(merge?.['number'] ?? squash?.['number'])
  if (Number.isNaN(number)) return undefined
  return { number, title: squash?.['title'] ?? title, author, labels: [], url: url.replace(/\/commit\/[^/]*$/, `/pull/${number}`) }
}
