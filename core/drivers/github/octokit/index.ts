import type { Octokit } from '@octokit/rest'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub, GitHubAccess, GitHubAnswer, GitHubCall } from '../../../ports/github.js'
import { ask, type Asker } from './asking.js'
import { createClient } from './client.js'
import { createMemory } from './memory.js'

const LARGEST_PAGE = 100

type Listing = Parameters<GitHub['list']>[1]

export function openGitHub(access: GitHubAccess, ambient: Ambient): GitHub {
  const memory = createMemory()
  let client: Promise<Octokit> | undefined
  let ahead = 0
  const now = (): number => ambient.clock.now() + ahead
  const asker: Asker = {
    access, ambient, now,
    // Loaded with the first question: who asks none does not wait for it.
    client: () => (client ??= createClient(access, ambient)),
    heard: ({ headers }) => {
      const date = Date.parse(headers['date'] ?? '')
      if (!Number.isNaN(date)) ahead = date - ambient.clock.now()
    },
  }
  const call = (given: GitHubCall): Promise<GitHubAnswer> => ask(asker, given)
  return {
    repository: access.repository,
    now,
    call,
    async look(given) {
      const known = memory.find(given)
      const etag = known?.headers['etag']
      const answer = await ask(asker, given, etag === undefined ? {} : { 'if-none-match': etag })
      if (answer.status === 304 && known !== undefined) return known
      memory.keep(given, answer)
      return answer
    },
    list: (given, options) => pages(call, given, options),
  }
}

async function* pages(call: (given: GitHubCall) => Promise<GitHubAnswer>, given: GitHubCall, { most, perPage = LARGEST_PAGE, items = listIn }: Listing): AsyncIterable<unknown> {
  const size = Math.min(perPage, LARGEST_PAGE, Math.max(1, most))
  const seen = new Set<unknown>()
  let left = most
  for (let page = 1; left > 0; page += 1) {
    const { data, headers } = await call({ ...given, parameters: { ...given.parameters, per_page: size, page } })
    for (const item of items(data)) {
      // A record that came in meanwhile pushes the last one of a page to the next.
      const id = idOf(item)
      if (id !== undefined && seen.has(id)) continue
      seen.add(id)
      yield item
      left -= 1
      if (left === 0) return
    }
    if (!/<[^>]*>;[^,]*rel="next"/.test(headers['link'] ?? '')) return
  }
}

function listIn(page: unknown): readonly unknown[] {
  if (!Array.isArray(page)) throw new TypeError('A page of a list is no list; name what takes its items out')
  return page
}

function idOf(item: unknown): number | undefined {
  return typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'number' ? item.id : undefined
}
