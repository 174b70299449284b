import { parseSync } from '@swc/core'

/** What a source file asks of the world around it. */
export interface Uses {
  /** Every specifier: of imports, re-exports, types and `import()`. `?` where only running would tell. */
  readonly imports: readonly string[]
  /** `process.env`, `fetch`, `Date.now`, … as they are called or read. */
  readonly names: readonly string[]
}

export interface Measures {
  readonly defaultExport: boolean
  readonly functions: readonly { readonly name: string; readonly lines: number }[]
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

export function usesOf(source: string): Uses {
  const imports: string[] = []
  const names: string[] = []
  for (const node of nodesOf(parsed(source))) {
    const called = node.type === 'CallExpression' ? (node['callee'] as Node) : undefined
    if (called?.type === 'Import' || nameOf(called) === 'require') imports.push(literal(firstArgument(node)))
    else if (called !== undefined && nameOf(called) !== undefined) names.push(nameOf(called)!)
    if (node.type === 'TsImportType') imports.push(literal(node['argument']))
    if (node.type === 'TsExternalModuleReference') imports.push(literal(node['expression']))
    if (/^(Import|Export(Named|All))Declaration$/.test(node.type) && isNode(node['source'])) imports.push(literal(node['source']))
    if (node.type === 'MemberExpression' && memberName(node) !== undefined) names.push(memberName(node)!)
    if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date' && firstArgument(node) === undefined) names.push('new Date()')
  }
  return { imports, names }
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression', 'ClassMethod', 'PrivateMethod', 'Constructor', 'MethodProperty', 'GetterProperty', 'SetterProperty'])

export function measuresOf(source: string): Measures {
  const bytes = Buffer.from(`;${source}`)
  const tree = parsed(`;${source}`)
  // Offsets go on counting from file to file; the semicolon in front says where this one begins.
  const base = (tree['span'] as Span).start
  const functions = [...nodesOf(tree)].filter(({ type }) => FUNCTIONS.has(type)).map((node) => {
    const { start, end } = (node['span'] ?? (node['function'] as Node)['span']) as Span
    const lines = bytes.subarray(start - base, end - base).toString().split('\n').length
    return { name: nameOf(node['identifier'] ?? node['key']) ?? 'a function without a name', lines }
  })
  return { functions, defaultExport: [...nodesOf(tree)].some(({ type }) => /^(ExportDefault|TsExportAssignment)/.test(type)) }
}

/** Properties of the maps in a registry: which map, which key, and what it loads. */
export function registrations(source: string): readonly { readonly key: string; readonly loads: readonly string[] }[] {
  return [...nodesOf(parsed(source))].filter(({ type }) => type === 'TsSatisfiesExpression').flatMap((node) => {
    const map = node['expression'] as Node
    if (map.type !== 'ObjectExpression') return []
    return (map['properties'] as readonly Node[]).map((property) => ({
      key: nameOf(property['key']) ?? '?',
      loads: [...nodesOf(property)].filter((inner) => inner.type === 'CallExpression' && (inner['callee'] as Node).type === 'Import').map((inner) => literal(firstArgument(inner))),
    }))
  })
}

interface Span {
  readonly start: number
  readonly end: number
}

function parsed(source: string): Node {
  return parseSync(source, { syntax: 'typescript', target: 'es2023' }) as unknown as Node
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) {
    for (const part of value as readonly unknown[]) yield* nodesOf(part)
  } else if (typeof value === 'object' && value !== null) {
    if (isNode(value)) yield value
    for (const part of Object.values(value)) yield* nodesOf(part)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

function firstArgument(call: Node): unknown {
  return (call['arguments'] as readonly { readonly expression: Node }[] | undefined)?.[0]?.expression
}

function literal(node: unknown): string {
  return isNode(node) && node.type === 'StringLiteral' ? String(node['value']) : '?'
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && /^(Identifier|StringLiteral)$/.test(node.type) ? String(node['value']) : undefined
}

/** `process.env` and `process['env']` alike. */
function memberName(node: Node): string | undefined {
  const object = nameOf(node['object'])
  const property = node['property'] as Node
  const key = property.type === 'Computed' ? literal(property['expression']) : nameOf(property)
  return object === undefined || key === undefined ? undefined : `${object}.${key}`
}
