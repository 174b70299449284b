import { RemoteError } from '../../../errors/families.js'
import type { GitHub, GitHubCall } from '../../../ports/github.js'

/** Permissions of a fine-grained token or an app, as GitHub's pages name them. */
const MAKE_ONE = [
  '`GITHUB_TOKEN` can never manage environments, whatever `permissions:` says.',
  'Make a fine-grained personal access token as somebody who is an admin of the repository (or a token of a GitHub App installed on it)',
  'with the repository permissions Administration: write, Environments: write, Actions: read, Secrets: read and Metadata: read, for teams also the organization permission Members: read;',
  'a classic one needs `repo` and `read:org`. Keep it as the secret ENVIRONMENTS_TOKEN and hand it over as the input `token`.',
].join(' ')

const PLAN = 'In private repositories reviewers, wait timers and custom rules need GitHub Enterprise; on Free, Pro and Team they are for public ones. Make the repository public, change the plan, or take `reviewers`, `wait` and `rules` out of the file.'

/** The port, with words of its own where a token may not: no permission in a workflow's YAML would help here. */
export function withRight(github: GitHub): GitHub {
  const explained = (thrown: unknown, call: GitHubCall): unknown => {
    if (!(thrown instanceof RemoteError) || !refusedFor(thrown, call)) return thrown
    return new RemoteError('github-permission', {
      message: thrown.message,
      fix: MAKE_ONE, service: thrown.service, operation: thrown.operation, cause: thrown, ...(thrown.status === undefined ? {} : { status: thrown.status }),
    })
  }
  const asked = async <T>(call: GitHubCall, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask()
    } catch (thrown) {
      throw explained(thrown, call)
    }
  }
  return {
    repository: github.repository,
    call: (call) => asked(call, () => github.call(call)),
    look: (call) => asked(call, () => github.look(call)),
    async *list(call, options) {
      try {
        yield* github.list(call, options)
      } catch (thrown) {
        throw explained(thrown, call)
      }
    },
    now: () => github.now(),
  }
}

/** GitHub says 404 to a token that may see an environment and not change it. */
function refusedFor({ code, status }: RemoteError, { route }: GitHubCall): boolean {
  return code === 'github-permission' || status === 401 || (code === 'github-missing' && /^PUT .*\/environments\/\{environment_name\}$/.test(route))
}

/** What GitHub's plan does not give is refused with 422; its own words are kept. */
export function explainPlan(thrown: unknown): unknown {
  if (!(thrown instanceof RemoteError) || thrown.code !== 'github-refused' || thrown.status !== 422 || !/plan/i.test(thrown.message)) return thrown
  return new RemoteError('github-refused', { message: thrown.message, fix: PLAN, service: thrown.service, operation: thrown.operation, status: 422, cause: thrown })
}
