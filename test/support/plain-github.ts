import { RemoteError } from '../../core/errors/families.js'
import type { GitHub, GitHubAnswer, GitHubCall } from '../../core/ports/github.js'

/**
 * The port on nothing but `fetch`: no retries, no throttle, so that a test counts and cuts every call itself.
 * `before` runs ahead of each call and may throw; its answer's time is the clock.
 */
export function plainGitHub({ url, repository = 'acme/shop', token = 'ghs_fake', before }: { readonly url: string; readonly repository?: string; readonly token?: string; readonly before?: (call: GitHubCall) => void | Promise<void> }): GitHub {
  const [owner, repo] = repository.split('/')
  const known = new Map<string, { readonly etag: string; readonly answer: GitHubAnswer }>()
  let offset = 0
  const ask = async (call: GitHubCall, conditional: boolean): Promise<GitHubAnswer> => {
    await before?.(call)
    const [method = 'GET', route = ''] = call.route.split(' ')
    const rest: Record<string, unknown> = { owner, repo, ...call.parameters }
    const path = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = rest[name]
      delete rest[name]
      return encodeURIComponent(String(value))
    })
    delete rest['owner']
    delete rest['repo']
    const query = method === 'GET' ? `?${new URLSearchParams(Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, String(value)]))).toString()}` : ''
    const key = `${path}${query}`
    const etag = conditional ? known.get(key)?.etag : undefined
    let response: Response
    try {
      response = await fetch(`${url}${key}`, {
        method, headers: { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json', 'content-type': 'application/json', ...(etag === undefined ? {} : { 'if-none-match': etag }) },
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(rest) }),
      })
    } catch (cause) {
      throw new RemoteError('network-failed', { message: `Could not ${call.what}.`, service: 'github', operation: call.route, cause })
    }
    const date = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(date)) offset = date
    if (response.status === 304) return known.get(key)!.answer
    const text = await response.text()
    const answer = { status: response.status, data: text === '' ? undefined : JSON.parse(text) as unknown, headers: Object.fromEntries(response.headers) }
    if (!response.ok && !(call.accept ?? []).includes(response.status)) {
      const code = response.status === 403 ? 'github-permission' : response.status === 404 ? 'github-missing' : response.status >= 500 ? 'github-failed' : 'github-refused'
      throw new RemoteError(code, { message: `Could not ${call.what}: ${response.status} ${text.slice(0, 200)}`, service: 'github', operation: call.route, status: response.status })
    }
    const tag = response.headers.get('etag')
    if (conditional && tag !== null) known.set(key, { etag: tag, answer })
    return answer
  }
  return {
    repository,
    call: (call) => ask(call, false),
    look: (call) => ask(call, true),
    async *list(call, { most, perPage = 100, items }) {
      let count = 0
      for (let page = 1; count < most; page += 1) {
        const { data } = await ask({ ...call, parameters: { ...call.parameters, per_page: perPage, page } }, false)
        const found = items === undefined ? (data as readonly unknown[]) : items(data)
        for (const item of found.slice(0, most - count)) {
          count += 1
          yield item
        }
        if (found.length < perPage) return
      }
    },
    now: () => offset,
  }
}
