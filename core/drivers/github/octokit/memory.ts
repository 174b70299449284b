import type { GitHubAnswer, GitHubCall } from '../../../ports/github.js'

const MOST = 200

export interface Memory {
  find(call: GitHubCall): GitHubAnswer | undefined
  keep(call: GitHubCall, answer: GitHubAnswer): void
}

/** The last answers by what was asked; the ones that were not needed for longest are forgotten. */
export function createMemory(most = MOST): Memory {
  const answers = new Map<string, GitHubAnswer>()
  const keyOf = ({ route, parameters = {} }: GitHubCall): string => JSON.stringify([route, Object.entries(parameters).toSorted(([a], [b]) => (a < b ? -1 : 1))])
  return {
    find(call) {
      const key = keyOf(call)
      const answer = answers.get(key)
      if (answer !== undefined) {
        answers.delete(key)
        answers.set(key, answer)
      }
      return answer
    },
    keep(call, answer) {
      const key = keyOf(call)
      answers.delete(key)
      if (answer.status !== 200 || answer.headers['etag'] === undefined) return
      answers.set(key, answer)
      const oldest = answers.keys().next()
      if (answers.size > most && !oldest.done) answers.delete(oldest.value)
    },
  }
}
