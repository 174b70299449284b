/** What a token lacks, in the words of the file in which it is granted. Pure. */

/** What `permissions:` of a workflow can grant. */
const OF_WORKFLOWS = new Set([
  'actions', 'attestations', 'checks', 'contents', 'deployments', 'discussions', 'id-token', 'issues', 'models', 'packages', 'pages', 'pull-requests', 'security-events', 'statuses',
])
/** Names that GitHub's header writes in another way than its pages. */
const SHOWN: Readonly<Record<string, string>> = { 'actions-variables': 'variables' }

/** From `deployments=write` or `contents=write,pull_requests=read; …`: the first way that GitHub names. */
export function acceptedPermissions(header: string | undefined): readonly string[] {
  const first = header?.split(';')[0] ?? ''
  return first.split(',').flatMap((part) => {
    const [name = '', level = ''] = part.trim().split('=')
    const shown = name.replaceAll('_', '-')
    return /^(read|write|admin)$/.test(level) ? [`${SHOWN[shown] ?? shown}: ${level}`] : []
  })
}

/** What to do about it. */
export function grantOf(permissions: readonly string[]): string {
  const block = permissions.join(', ')
  const foreign = permissions.filter((permission) => !OF_WORKFLOWS.has(nameOf(permission)))
  if (foreign.length > 0) return `Give \`token\` the token of a GitHub App, or a fine-grained one, that has \`${block}\`: \`GITHUB_TOKEN\` can not have it.`
  return `Grant it in the job: \`permissions: { ${block} }\`, beside what else the job needs; what is not listed there is taken away.`
}

/** A classic token that has none of the scopes that GitHub names: a 404 of its hides what the token may not see. */
export function lacksScope(headers: Readonly<Record<string, string>>): { readonly has: string; readonly needs: string } | undefined {
  const has = headers['x-oauth-scopes']
  const needs = headers['x-accepted-oauth-scopes'] ?? ''
  if (has === undefined || needs === '') return undefined
  const granted = has.split(',').map((scope) => scope.trim())
  return needs.split(',').some((scope) => granted.includes(scope.trim())) ? undefined : { has: has === '' ? 'none' : has, needs }
}

function nameOf(permission: string): string {
  return permission.split(':')[0]?.trim() ?? ''
}
