// One request after the other through the same gates: token, permission, description, allowance, then its area.
import { createHash } from 'node:crypto'
import http from 'node:http'
import { paged } from './paging.mjs'
import { allows, needOf } from './permissions.mjs'
import { Refusal, refuse } from './refusal.mjs'

export function createServer(world) {
  const server = http.createServer({ keepAliveTimeout: 1000 }, (request, response) => {
    serve(world, request, response).catch((thrown) => {
      world.broken.push(thrown)
      response.destroy()
    })
  })
  return server
}

async function serve(world, request, response) {
  const asked = await readRequest(world, request)
  const call = { method: asked.method, route: asked.found?.route ?? '', path: asked.path, body: asked.body, token: asked.token, at: world.now(), status: 0, counted: false }
  world.calls.push(call)
  const fault = world.weather.faultFor(call)
  if (fault?.drop === 'before') return request.socket.resetAndDestroy()
  if (fault?.hang === 'before') return undefined
  const answer = fault?.status !== undefined && !fault.after ? undefined : carryOut(world, asked, call)
  if (fault?.drop === 'after') return request.socket.resetAndDestroy()
  if (fault?.hang === 'after') return undefined
  if (fault?.delay !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delay))
  const sent = fault?.status === undefined ? answer : { status: fault.status, body: fault.body ?? { message: `Injected ${fault.status}` }, headers: { ...answer?.headers, ...fault.headers } }
  return send(world, asked, call, sent, response)
}

async function readRequest(world, request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  const path = world.prefix !== '' && request.url.startsWith(`${world.prefix}/`) ? request.url.slice(world.prefix.length) : request.url
  const [pathname, search = ''] = path.split(/\?(.*)/s)
  let body
  let unreadable = false
  if (text !== '') {
    try {
      body = JSON.parse(text)
    } catch {
      unreadable = true
    }
  }
  const method = request.method
  const inside = world.prefix === '' || request.url !== path
  return {
    method, path, body, unreadable, headers: request.headers, query: Object.fromEntries(new URLSearchParams(search)),
    found: inside ? world.description.find(method, pathname) : undefined,
    token: /^(?:bearer|token) (.*)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '',
  }
}

/** Whatever becomes of it, an answer comes out. */
function carryOut(world, asked, call) {
  try {
    const grant = admitted(world, asked)
    const free = asked.found?.route === '/rate_limit'
    if (!free && world.limits.usedUp(asked.token)) refuse(403, `API rate limit exceeded for installation ID 1. If you reach out to GitHub Support for help, please include the request ID and timestamp.`)
    call.counted = !free
    return described(world, asked, world.store.together(() => perform(world, asked, call, grant)))
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    return described(world, asked, { status: thrown.status, body: thrown.body, headers: thrown.headers })
  }
}

function admitted(world, { token }) {
  const grant = world.tokens.get(token)
  return grant ?? refuse(401, token === '' ? 'Requires authentication' : 'Bad credentials')
}

function perform(world, asked, call, grant) {
  const { found, method, query, body, unreadable } = asked
  const fault = (text) => world.faults.push(`${method} ${asked.path}: ${text}`)
  if (found === undefined) {
    fault('the description has no such route')
    return refuse(404, 'Not Found')
  }
  const { owner, repo } = found.params
  if (owner !== undefined && `${owner}/${repo}`.toLowerCase() !== world.repository.toLowerCase()) refuse(404, 'Not Found')
  const need = needOf(method, found.route)
  if (!allows(grant, need)) refuse(403, 'Resource not accessible by integration', { headers: { 'x-accepted-github-permissions': need.header } })
  if (unreadable) {
    fault('the body is not JSON')
    return refuse(400, 'Problems parsing JSON')
  }
  const wrong = world.description.requestFaults(found, { method, query, body, headers: asked.headers })
  if (wrong.length > 0) {
    fault(wrong.join('; '))
    return refuse(422, `Invalid request.\n\n${wrong.join('\n')}`)
  }
  const handle = world.areas[found.operation]
  if (handle === undefined) {
    fault(`\`${found.operation}\` is not modelled`)
    return refuse(404, 'Not Found')
  }
  const view = method === 'GET' ? world.store.view(world.weather.versionFor(call)) : world.store.head
  const answer = handle({ ...asked, params: found.params, body: body ?? {}, view, world, actor: grant.login ?? 'github-actions[bot]' })
  return { ...paged(answer, asked, world), need }
}

/** Completed and checked; an answer of ours that GitHub would not give is a fault of the fake. */
function described(world, { found, method, path, headers }, { status, body, headers: own = {}, need }) {
  const accepted = need === undefined ? {} : { 'x-accepted-github-permissions': need.header }
  const raw = typeof body === 'string' && /raw/.test(headers.accept ?? '')
  if (found === undefined || status >= 400 || raw) return { status, body, headers: { ...accepted, ...own } }
  const whole = body === undefined ? undefined : world.description.complete(found, status, body)
  const wrong = world.description.answerFaults(found, status, whole)
  if (wrong.length > 0) throw new Error(`The answer to ${method} ${path} breaks the description: ${wrong.join('; ')}: ${JSON.stringify(whole).slice(0, 500)}`)
  return { status, body: whole, headers: { ...accepted, ...own } }
}

function send(world, asked, call, { status, body, headers }, response) {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
  const etag = asked.method === 'GET' && status === 200 ? `W/"${createHash('sha256').update(text).digest('hex')}"` : undefined
  const unchanged = etag !== undefined && asked.headers['if-none-match'] === etag
  if (unchanged) call.counted = false
  call.status = unchanged ? 304 : status
  if (call.counted) world.limits.count(asked.token)
  response.writeHead(call.status, {
    date: new Date(world.now()).toUTCString(), 'x-github-api-version-selected': '2022-11-28', 'x-github-request-id': `FAKE:${world.calls.length}`,
    ...(world.tokens.has(asked.token) ? world.limits.headers(asked.token) : {}), ...(etag === undefined ? {} : { etag }), ...headers,
    ...(text === '' || unchanged ? {} : { 'content-type': typeof body === 'string' ? 'application/vnd.github.raw; charset=utf-8' : 'application/json; charset=utf-8' }),
  })
  response.end(unchanged ? undefined : text)
}
