// Which permission a route needs, by its first words below the repository.

/** Longest first: where, what reading needs, what writing needs when that is another one. A route not named needs only a token. */
const NEEDS = [
  { start: 'commits/{ref}/check-runs', read: 'checks' },
  { start: 'commits/{ref}/status', read: 'statuses' },
  { start: 'commits/{commit_sha}/pulls', read: 'pull-requests' },
  { start: 'environments/{environment_name}/secrets', read: 'environments' },
  { start: 'environments/{environment_name}/variables', read: 'environments' },
  { start: 'environments', read: 'actions', write: 'administration' },
  { start: 'actions/runs/{run_id}/pending_deployments', read: 'actions', write: 'deployments' },
  { start: 'actions/runs/{run_id}/deployment_protection_rule', read: 'deployments' },
  { start: 'actions/secrets', read: 'secrets' },
  { start: 'actions/variables', read: 'variables' },
  { start: 'actions/permissions', read: 'administration' },
  { start: 'actions', read: 'actions' },
  { start: 'deployments', read: 'deployments' },
  { start: 'dispatches', read: 'contents' },
  { start: 'contents', read: 'contents' },
  { start: 'git', read: 'contents' },
  { start: 'commits', read: 'contents' },
  { start: 'compare', read: 'contents' },
  { start: 'branches', read: 'contents' },
  { start: 'statuses', read: 'statuses' },
  { start: 'check-runs', read: 'checks' },
  { start: 'issues', read: 'issues' },
  { start: 'labels', read: 'issues' },
  { start: 'pulls', read: 'pull-requests' },
  { start: 'releases', read: 'contents' },
  { start: 'pages', read: 'pages' },
  { start: 'code-scanning', read: 'security-events' },
  { start: 'attestations', read: 'attestations' },
  { start: 'rulesets', read: 'metadata', write: 'administration' },
]
/** A workflow's YAML and the header write some names differently. */
const IN_HEADER = { variables: 'actions_variables' }

export function needOf(method, route) {
  const below = route.replace('/repos/{owner}/{repo}/', '')
  const need = below === route ? undefined : NEEDS.find(({ start }) => below === start || below.startsWith(`${start}/`) || below === `${start}es`)
  if (need === undefined) return undefined
  const level = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
  const name = level === 'write' ? need.write ?? need.read : need.read
  return { name, level, header: `${(IN_HEADER[name] ?? name).replaceAll('-', '_')}=${level}` }
}

export function allows({ permissions }, need) {
  if (permissions === 'all' || need === undefined) return true
  const granted = permissions[need.name]
  return granted === 'write' || granted === need.level || need.name === 'metadata'
}
