import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node, type Scalar } from 'yaml'
import type { Problem } from '../errors/families.js'

export type KeyPath = readonly (string | number)[]

/** A YAML text with the places of its parts. */
export interface Source {
  /** As people name it: the file's path, or the input. */
  readonly name: string
  readonly document: Document.Parsed
  /** `name:line:column` of the value at a path, or of the nearest part above it that is there. */
  at(path: KeyPath): string
}

/** Reads a YAML text. Its own faults (syntax, duplicate keys, tabs) come as problems with their places. */
export function readSource(name: string, content: string): { readonly source: Source; readonly problems: readonly Problem[] } {
  const lines = new LineCounter()
  const document = parseDocument(content, { lineCounter: lines, version: '1.2', merge: false, uniqueKeys: true })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const problems = document.errors.map((fault): Problem => ({
    code: 'config-invalid',
    message: `${place(fault.pos[0])}: ${fault.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}.`,
    fix: 'Correct the YAML at that place.',
  }))
  return { source: { name, document, at: (path) => place(offsetOf(document, path)) }, problems }
}

function offsetOf(document: Document.Parsed, path: KeyPath): number {
  let node: Node | null | undefined = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (pair === undefined) return offset
      offset = (pair.key as Scalar).range?.[0] ?? offset
      node = pair.value as Node | null
    } else if (isSeq(node)) {
      node = node.items[Number(key)] as Node | undefined
      offset = node?.range?.[0] ?? offset
    } else {
      return offset
    }
  }
  return offset
}

const REFERENCE = /\$\{([^}]*)\}/g

/** Puts environment variables in the place of `${env:NAME}`, in the scalars below a path. */
export function interpolate(source: Source, below: KeyPath, env: Readonly<Record<string, string>>): { readonly problems: readonly Problem[]; readonly values: readonly string[] } {
  const problems: Problem[] = []
  const values: string[] = []
  const root = below.length === 0 ? source.document.contents : source.document.getIn(below, true)
  if (root === undefined || root === null) return { problems, values }
  visit(root as Node, {
    Scalar(key, scalar, ancestors) {
      if (typeof scalar.value !== 'string' || key === 'key' || !scalar.value.includes('${')) return
      const path = [...below, ...pathOf(scalar, ancestors as readonly Node[])]
      const whole = scalar.value
      scalar.value = whole.replace(REFERENCE, (written: string, inside: string) => {
        const found = variable(inside, env)
        if ('value' in found) {
          values.push(found.value)
          return found.value
        }
        problems.push({ ...found, message: `${source.at(path)}: \`${path.join('.')}\` ${found.message}` })
        return written
      })
      // An unquoted `${env:PORT}` means what its value would mean if it stood there.
      if (scalar.type === 'PLAIN' && /^\$\{[^}]*\}$/.test(whole) && /^(\d+|true|false)$/.test(scalar.value as string)) scalar.value = JSON.parse(scalar.value as string) as number | boolean
    },
  })
  return { problems, values }
}

function variable(inside: string, env: Readonly<Record<string, string>>): { readonly value: string } | Problem {
  const name = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(inside)?.[1]
  if (name === undefined) return { code: 'config-invalid', message: `holds "\${${inside}}".`, fix: 'Only `${env:NAME}` is replaced; write it so, or leave the `${…}` out.' }
  const value = env[name]
  if (value === undefined || value === '') return { code: 'environment-variable-missing', message: `needs the environment variable \`${name}\`, which is not set.`, fix: `Set \`${name}\` in the \`env:\` of the step, or hand it over in \`ECLUSE_ENV\`.` }
  return { value }
}

/** The path of a node below the root of a visit. */
function pathOf(node: Node, ancestors: readonly Node[]): (string | number)[] {
  const chain: unknown[] = [...ancestors, node]
  const path: (string | number)[] = []
  for (const [index, parent] of chain.entries()) {
    const child = chain[index + 1]
    if (isSeq(parent)) path.push(parent.items.indexOf(child as never))
    else if (typeof parent === 'object' && parent !== null && 'key' in parent && isScalar(parent.key)) path.push(String(parent.key.value))
  }
  return path
}
