import type { ErrorCode } from '../../../errors/catalogue.js'
import { RemoteError } from '../../../errors/families.js'
import type { GitHubAccess, GitHubCall } from '../../../ports/github.js'
import type { Heard } from './limits.js'
import { acceptedPermissions, grantOf, lacksScope } from './permission.js'

const LONGEST_QUOTE = 160

interface Told {
  readonly code: ErrorCode
  readonly observed: string
  readonly fix?: string
}

/** An answer that is none of what the caller accepts, as an error that says what to do. */
export function refusal(call: GitHubCall, heard: Heard, access: GitHubAccess): RemoteError {
  return faultOf(call, readingOf(call, heard, access), access, heard.status)
}

export function limited(call: GitHubCall, heard: Heard, until: number, access: GitHubAccess): RemoteError {
  const back = `${new Date(until).toISOString().slice(0, 19)}Z`
  return faultOf(call, {
    code: 'github-limited', observed: `the allowance of the token is used up until ${back} (${heard.status})`, fix: `Start it again after ${back}, or use a token of its own.`,
  }, access, heard.status)
}

function readingOf(call: GitHubCall, heard: Heard, access: GitHubAccess): Told {
  const { status, headers } = heard
  const said = `GitHub answered ${status}${heard.message === '' ? '' : `: "${short(heard.message)}"`}`
  if (status === 401) {
    return { code: 'github-permission', observed: `GitHub does not accept the token (${said.slice('GitHub answered '.length)})`, fix: 'Give a token that is valid and has not expired: `${{ github.token }}` as the input `token`, or `GITHUB_TOKEN` in a terminal.' }
  }
  const scopes = status === 403 || status === 404 ? lacksScope(headers) : undefined
  if (scopes !== undefined) return { code: 'github-permission', observed: `the token's scopes are \`${scopes.has}\`, and one of \`${scopes.needs}\` is needed (${status})`, fix: `Give \`token\` one that has the scope, or that is granted \`${call.permission}\`.` }
  if (status === 403) {
    const accepted = acceptedPermissions(headers['x-accepted-github-permissions'])
    const needed = accepted.length > 0 ? accepted : [call.permission]
    return { code: 'github-permission', observed: `the token has no \`${needed.join(', ')}\` (${said})`, fix: grantOf(needed) }
  }
  if (status === 404) return { code: 'github-missing', observed: `${access.repository} does not have it, or the token may not see it (404)`, fix: `Check the name in the message, and that the token may read it: ${grantOf([call.permission])}` }
  if (status >= 500) return { code: 'github-failed', observed: `${said}, again and again` }
  const moved = headers['location']
  if (status >= 300 && status < 400 && moved !== undefined) return { code: 'github-refused', observed: `GitHub answered ${status}: it has moved to ${moved}`, fix: 'Correct the name of the repository.' }
  return { code: 'github-refused', observed: said }
}

function faultOf(call: GitHubCall, { code, observed, fix }: Told, access: GitHubAccess, status: number): RemoteError {
  const clean = (text: string): string => (access.token === '' ? text : text.replaceAll(access.token, '***'))
  return new RemoteError(code, {
    message: clean(`Could not ${call.what}: ${observed}.`), service: hostOf(access.api), operation: clean(call.what), status,
    ...(fix === undefined ? {} : { fix: clean(fix) }),
  })
}

/** What GitHub said, with the details that its `errors` add. */
export function messageIn(data: unknown): string {
  if (typeof data === 'string') return data
  if (typeof data !== 'object' || data === null) return ''
  const message = 'message' in data && typeof data.message === 'string' ? data.message : ''
  const details = 'errors' in data && Array.isArray(data.errors) ? data.errors.map(detailOf).filter((text) => text !== '') : []
  return [message, ...details].filter((text) => text !== '').join('; ')
}

function detailOf(detail: unknown): string {
  if (typeof detail === 'string') return detail
  if (typeof detail !== 'object' || detail === null) return ''
  if ('message' in detail && typeof detail.message === 'string') return detail.message
  const field = 'field' in detail && typeof detail.field === 'string' ? detail.field : ''
  const code = 'code' in detail && typeof detail.code === 'string' ? detail.code : ''
  return [field, code].filter((text) => text !== '').join(' ')
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > LONGEST_QUOTE ? `${line.slice(0, LONGEST_QUOTE - 1)}…` : line
}

function hostOf(api: string): string {
  return URL.canParse(api) ? new URL(api).host : api
}
