// GitHub's own description: which operation a request is, whether it and its answer fit.
import { readFileSync } from 'node:fs'
import { OpenAPIBackend } from 'openapi-backend'
import { completer } from './completion.mjs'

const METHODS = ['get', 'put', 'post', 'patch', 'delete']
/** Parameters that hold slashes on the wire; the backend's router knows one segment only. */
const WITH_SLASHES = new Set(['ref', 'path', 'branch', 'basehead', 'tag'])

/** The description is taken as it is: to check each schema against the language of schemas costs more than all requests of a test. */
const AS_IT_IS = { strict: false, logger: false, meta: false, validateSchema: false, code: { optimize: false } }

let loaded

/** Compiled once for all servers of a process: an operation's validators take their time. */
export function description() {
  loaded ??= load()
  return loaded
}

async function load() {
  const definition = JSON.parse(readFileSync(new URL('description.json', import.meta.url), 'utf8'), nullableInFull)
  const backend = new OpenAPIBackend({ definition, quick: true, ajvOpts: AS_IT_IS })
  await backend.init()
  const routes = routesOf(definition).map((route) => ({ ...route, handle: backend.router.getOperation(route.operation) }))
  const complete = completer(definition)
  return {
    /** `undefined`: there is no such operation. */
    find(method, pathname) {
      for (const route of routes) {
        const found = route.method === method && route.form.exec(pathname.replace(/\/contents$/, '/contents/'))
        if (found) return { ...route, params: Object.fromEntries(route.names.map((name, index) => [name, decodeURIComponent(found[index + 1])])) }
      }
      return undefined
    },
    requestFaults({ handle, route, params }, { method, query, body, headers }) {
      const path = route.replaceAll(/\{([^}]+)\}/g, (_, name) => encodeURIComponent(params[name] || '.'))
      return faultsOf(backend.validateRequest({ method, path, query, body, headers }, handle))
    },
    complete: ({ schemas }, status, body) => (schemas[status] === undefined ? body : complete(schemas[status], body)),
    answerFaults({ handle, schemas, statuses }, status, body) {
      if (!statuses.includes(String(status))) return [`status ${status} is not described`]
      if (schemas[status] === undefined) return body === undefined || status >= 300 ? [] : ['a body is not described']
      return faultsOf(backend.validateResponse(body, handle, status))
    },
  }
}

function faultsOf({ errors }) {
  return (errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message}${error.params?.allowedValues ? ` (${error.params.allowedValues.join(', ')})` : ''}`)
}

function routesOf(definition) {
  const deref = (part) => (part.$ref ? part.$ref.split('/').slice(1).reduce((at, key) => at[key], definition) : part)
  const routes = Object.entries(definition.paths).flatMap(([route, methods]) => METHODS.filter((method) => methods[method]).map((method) => {
    const { operationId: operation, responses } = methods[method]
    const names = [...route.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
    const form = new RegExp(`^${route.replaceAll(/\{([^}]+)\}/g, (_, name) => (name === 'path' ? '(.*)' : WITH_SLASHES.has(name) ? '(.+)' : '([^/]+)'))}$`)
    const schemas = Object.fromEntries(Object.entries(responses).map(([status, response]) => [status, deref(response).content?.['application/json']?.schema]))
    return { method: method.toUpperCase(), route, operation, names, form, schemas, statuses: Object.keys(responses) }
  }))
  // Whatever has more fixed words is meant first: `secrets/public-key` before `secrets/{name}`, `commits/{ref}/status` before `commits/{ref}`.
  const words = ({ route }) => route.split('/').filter((part) => !part.startsWith('{')).length
  return routes.toSorted((a, b) => words(b) - words(a))
}

/** The validator knows `nullable` only beside a `type`, and wants null among the listed values, too. */
function nullableInFull(_key, schema) {
  if (schema?.nullable !== true) return schema
  if (Array.isArray(schema.enum)) return { ...schema, enum: [...schema.enum, null] }
  if (schema.type !== undefined) return schema
  const { nullable: _nullable, ...rest } = schema
  return { anyOf: [rest, { enum: [null] }] }
}
