import type { GitHubAccess } from '../ports/github.js'

/** The repository that this runs for, by the runner's variables; a terminal may set the same ones. */
export function githubAccess(env: Readonly<Record<string, string>>, given: string | undefined): GitHubAccess | undefined {
  const repository = env['GITHUB_REPOSITORY'] ?? ''
  if (!/^[^/\s]+\/[^/\s]+$/.test(repository)) return undefined
  const sha = env['GITHUB_SHA'] ?? ''
  const ref = env['GITHUB_REF'] ?? ''
  return {
    api: withoutSlash(env['GITHUB_API_URL'] ?? 'https://api.github.com'),
    server: withoutSlash(env['GITHUB_SERVER_URL'] ?? 'https://github.com'),
    repository,
    token: [given, env['GITHUB_TOKEN'], env['GH_TOKEN']].find((token) => token !== undefined && token !== '') ?? '',
    hosted: env['RUNNER_ENVIRONMENT'] === 'github-hosted',
    ...(sha === '' ? {} : { sha }),
    ...(ref === '' ? {} : { ref }),
  }
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}
