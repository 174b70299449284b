import { z } from 'zod'
import type { HttpCheck } from '../domain/check.js'
import { parseCheckLine } from '../inputs/checks.js'
import { duration, formed, milliseconds, text } from './words.js'

const methods = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const
const scalar = z.union([z.string(), z.number(), z.boolean()])
const path = formed(/^(\/|https?:\/\/)\S*$/, 'a path that begins with `/`, or an address', { description: 'What is asked, by this method: a path below `url`, or an address.', examples: ['/health'] })

const asked = path.optional()
const mapping = z.strictObject({
  get: asked, head: asked, post: asked, put: asked, patch: asked, delete: asked, options: asked,
  name: text('What it is called in reports.', 'front page').optional(),
  headers: z.record(z.string(), z.string()).meta({ description: 'Headers of the request.', examples: [{ accept: 'application/json' }] }).optional(),
  body: z.string({ error: 'a text' }).meta({ description: 'Body of the request.', examples: ['{"item": 1}'] }).optional(),
  status: z.union([z.int().min(100).max(599), z.array(z.int().min(100).max(599)).min(1)], { error: 'a status or a list of them' }).meta({ description: 'Accepted statuses. Default: any 2xx.', examples: [200, [200, 204]] }).optional(),
  contains: z.union([z.string(), z.array(z.string())], { error: 'a text or a list of them' }).meta({ description: 'Text that the body holds.', examples: ['Shop'] }).optional(),
  json: z.record(z.string(), scalar).meta({ description: 'Dotted path → expected value.', examples: [{ status: 'ok' }] }).optional(),
  header: z.record(z.string(), scalar).meta({ description: 'Header → expected value; `*` is any.', examples: [{ 'x-release': '*' }] }).optional(),
  health: z.boolean({ error: '`true` or `false`' }).meta({ description: 'The body is a health report, `{status: ok|degraded, checks: {…}}`.' }).optional(),
  within: duration('The answer must come within.').optional(),
  tls: formed(/^\d{1,4}d$/, 'days, such as `14d`', { description: 'The certificate must be valid for so long.', examples: ['14d'] }).optional(),
}).refine((value) => methods.filter((method) => value[method] !== undefined).length === 1, { error: `exactly one of ${methods.join(', ')}` })

const line = z.string().superRefine((value, context) => {
  const parsed = parseCheckLine(value)
  if (!('check' in parsed)) context.addIssue({ code: 'custom', message: `${parsed.expected} (column ${parsed.column})` })
}).meta({ description: 'One line.', examples: ['GET /health json.status=ok within 500ms'] })

export const checkSchema = z.union([line, mapping], { error: 'a check: one line or a mapping' })

type CheckFile = z.infer<typeof checkSchema>

/** A check in the domain's form. The file was validated before. */
export function checkOf(check: CheckFile): HttpCheck {
  if (typeof check === 'string') {
    const parsed = parseCheckLine(check)
    if ('check' in parsed) return parsed.check
    throw new TypeError(`Not a check: "${check}"`)
  }
  const method = methods.find((name) => check[name] !== undefined) ?? 'get'
  const target = check[method] ?? '/'
  return {
    name: check.name ?? `${method.toUpperCase()} ${target}`,
    method: method.toUpperCase(),
    path: target,
    headers: check.headers ?? {},
    ...(check.body === undefined ? {} : { body: check.body }),
    expect: {
      status: list(check.status),
      contains: list(check.contains),
      json: texts(check.json ?? {}),
      header: Object.fromEntries(Object.entries(texts(check.header ?? {})).map(([name, value]) => [name.toLowerCase(), value])),
      health: check.health ?? false,
      ...(check.within === undefined ? {} : { withinMs: milliseconds(check.within) }),
      ...(check.tls === undefined ? {} : { tlsDays: Number.parseInt(check.tls, 10) }),
    },
  }
}

function list<T extends string | number>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : typeof value === 'object' ? value : [value]
}

function texts(values: Readonly<Record<string, string | number | boolean>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))
}
