// Which permission a route needs, by its first words below the repository.

/** Longest first; [read, write]; a route not named needs only a token. */
const NEEDS = [
  ['commits/{ref}/check-runs', 'checks'], ['commits/{ref}/status', 'statuses'], ['commits/{commit_sha}/pulls', 'pull-requests'],
  ['environments/{environment_name}/secrets', 'environments'], ['environments/{environment_name}/variables', 'environments'],
  ['environments', ['actions', 'administration']],
  ['actions/runs/{run_id}/pending_deployments', ['actions', 'deployments']], ['actions/runs/{run_id}/deployment_protection_rule', 'deployments'],
  ['actions/secrets', 'secrets'], ['actions/variables', 'variables'], ['actions/permissions', 'administration'], ['actions', 'actions'],
  ['deployments', 'deployments'], ['dispatches', 'contents'], ['contents', 'contents'], ['git', 'contents'], ['commits', 'contents'], ['compare', 'contents'],
  ['branches', 'contents'], ['statuses', 'statuses'], ['check-runs', 'checks'], ['issues', 'issues'], ['labels', 'issues'], ['pulls', 'pull-requests'], ['releases', 'contents'],
  ['pages', 'pages'], ['code-scanning', 'security-events'], ['attestations', 'attestations'], ['rulesets', ['metadata', 'administration']],
]
/** A workflow's YAML and the header write some names differently. */
const IN_HEADER = { variables: 'actions_variables' }

export function needOf(method, route) {
  const below = route.replace('/repos/{owner}/{repo}/', '')
  const names = below === route ? undefined : NEEDS.find(([start]) => below === start || below.startsWith(`${start}/`) || below.startsWith(`${start}es`))?.[1]
  if (names === undefined) return undefined
  const level = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
  const name = Array.isArray(names) ? names[level === 'read' ? 0 : 1] : names
  return { name, level, header: `${(IN_HEADER[name] ?? name).replaceAll('-', '_')}=${level}` }
}

export function allows({ permissions }, need) {
  if (permissions === 'all' || need === undefined) return true
  const granted = permissions[need.name]
  return granted === 'write' || granted === need.level || need.name === 'metadata'
}
