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
    const called = node.type === 'CallExpression' ? nameOf(node['callee']) : undefined
    if (isImport(node) || called === 'require') imports.push(literal(firstArgument(node)))
    else if (called !== undefined) names.push(called)
    if (node.type === 'VariableDeclarator' && nameOf(node['init']) === 'process') names.push('process.env')
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
  const base = spanOf(tree).start
  const functions = [...nodesOf(tree)].filter(({ type }) => FUNCTIONS.has(type)).map((node) => {
    const { start, end } = spanOf(node)
    const lines = bytes.subarray(start - base, end - base).toString().split('\n').length
    return { name: nameOf(node['identifier'] ?? node['key']) ?? 'a function without a name', lines }
  })
  return { functions, defaultExport: [...nodesOf(tree)].some(({ type }) => /^(ExportDefault|TsExportAssignment)/.test(type)) }
}

/** Properties of the maps in a registry: which map, which key, and what it loads. */
export function registrations(source: string): readonly { readonly key: string; readonly loads: readonly string[] }[] {
  return [...nodesOf(parsed(source))].filter(({ type }) => type === 'TsSatisfiesExpression').flatMap((node) => {
    const map = node['expression']
    if (!isNode(map) || !Array.isArray(map['properties'])) return []
    return map['properties'].filter(isNode).map((property) => ({
      key: nameOf(property['key']) ?? '?',
      loads: [...nodesOf(property)].filter(isImport).map((inner) => literal(firstArgument(inner))),
    }))
  })
}

interface Span {
  readonly start: number
  readonly end: number
}

function parsed(source: string): Node {
  const tree: unknown = parseSync(source, { syntax: 'typescript', target: 'es2023' })
  if (!isNode(tree)) throw new TypeError('The parser gave no tree.')
  return tree
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (isNode(value)) yield value
  for (const part of Object.values(value)) yield* nodesOf(part)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value['type'] === 'string'
}

function isImport(node: Node): boolean {
  return node.type === 'CallExpression' && isNode(node['callee']) && node['callee'].type === 'Import'
}

function spanOf(node: Node): Span {
  const span = node['span'] ?? (isRecord(node['function']) ? node['function']['span'] : undefined)
  return isRecord(span) ? { start: Number(span['start']), end: Number(span['end']) } : { start: 0, end: 0 }
}

function firstArgument(call: Node): unknown {
  const given: unknown = Array.isArray(call['arguments']) ? call['arguments'][0] : undefined
  return isRecord(given) ? given['expression'] : undefined
}

function literal(node: unknown): string {
  return isNode(node) && node.type === 'StringLiteral' ? String(node['value']) : '?'
}

function nameOf(node: unknown): string | undefined {
  return isNode(node) && /^(Identifier|StringLiteral)$/.test(node.type) ? String(node['value']) : undefined
}

/** `process.env` and `process['env']` alike. */
function memberName(node: Node): string | undefined {
  const property = node['property']
  const object = nameOf(node['object'])
  const key = isNode(property) && property.type === 'Computed' ? literal(property['expression']) : nameOf(property)
  return object === undefined || key === undefined ? undefined : `${object}.${key}`
}
