import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node, type YAMLError } from 'yaml'
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
  const document = parseDocument(content, { lineCounter: lines, version: '1.2', merge: false, uniqueKeys: true, logLevel: 'error' })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${name}:${line}:${col}`
  }
  const problems = document.errors.map((fault): Problem => ({ code: 'config-invalid', message: `${place(fault.pos[0])}: ${wordsOf(fault)}.`, fix: 'Correct the YAML at that place.' }))
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return
      problems.push({ code: 'config-invalid', message: `${place(alias.range?.[0] ?? 0)}: there is no anchor \`&${alias.source}\` before \`*${alias.source}\`.`, fix: 'Correct the name, or write out what is meant.' })
    },
  })
  return { source: { name, document, at: (path) => place(offsetOf(document, path)) }, problems }
}

function wordsOf(fault: YAMLError): string {
  if (fault.code === 'MULTIPLE_DOCS') return 'a second document begins here'
  return (fault.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')
}

/** The values of a document; `undefined` where its aliases multiply it beyond reason. */
export function valuesOf(source: Source): { readonly value: unknown } | undefined {
  try {
    return { value: source.document.toJS() as unknown }
  } catch (fault) {
    if (fault instanceof ReferenceError) return undefined
    throw fault
  }
}

function offsetOf(document: Document.Parsed, path: KeyPath): number {
  let node: unknown = document.contents
  let offset = document.contents?.range?.[0] ?? 0
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      if (pair === undefined) return offset
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(key)]
      if (isNode(node)) offset = node.range?.[0] ?? offset
    } else {
      return offset
    }
  }
  return offset
}

/** The path of a node below the root of a visit. */
export function pathOf(node: Node, ancestors: readonly unknown[]): (string | number)[] {
  const chain: readonly unknown[] = [...ancestors, node]
  return chain.flatMap((parent, index): (string | number)[] => {
    if (isSeq(parent)) return [parent.items.indexOf(chain[index + 1])]
    return isPair(parent) && isScalar(parent.key) ? [String(parent.key.value)] : []
  })
}
