import type { Expectations, HttpCheck } from '../domain/check.js'
import { parseDuration } from '../domain/duration.js'
import { BadValue, type Detail, type Field } from './fields.js'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const FORM = '`GET /health 200 json.status=ok header.x-release=1.2 contains "text" health within 500ms tls 14d`, with any of these after the path'

interface Word {
  readonly text: string
  readonly column: number
}

interface Expecting {
  status: number[]
  contains: string[]
  json: Map<string, string>
  header: Map<string, string>
  withinMs?: number
  tlsDays?: number
  health: boolean
}

/** Checks, one a line, in the language of `parseCheckLine`. */
export function checks(): Field<readonly HttpCheck[]> {
  return {
    parse: (raw) => {
      const found: HttpCheck[] = []
      const bad: Detail[] = []
      for (const [index, line] of raw.split(/\r?\n/).entries()) {
        if (line.trim() === '' || line.trim().startsWith('#')) continue
        const parsed = parseCheckLine(line)
        if ('check' in parsed) found.push(parsed.check)
        else bad.push({ expected: parsed.expected, found: parsed.found, at: `line ${index + 1}, column ${parsed.column}` })
      }
      const [first, ...rest] = bad
      if (first !== undefined) throw new BadValue(first, ...rest)
      if (found.length === 0) throw new BadValue({ expected: `checks, one a line: ${FORM}` })
      return found
    },
  }
}

export interface BadCheck {
  readonly expected: string
  readonly found: string
  /** Counted from 1. */
  readonly column: number
}

/** One check: method, path or address, then what is expected of the answer. */
export function parseCheckLine(line: string): { readonly check: HttpCheck } | BadCheck {
  const words = split(line)
  if (words === undefined) return { expected: 'text with its quotes closed', found: line.trim(), column: line.indexOf('"') + 1 }
  const [method, target] = words
  if (method === undefined || !METHODS.includes(method.text)) return { expected: `a check that begins with ${METHODS.join(', ')}: ${FORM}`, found: method?.text ?? '', column: method?.column ?? 1 }
  if (target === undefined || !/^(\/|https?:\/\/)\S*$/.test(target.text)) return { expected: 'a path that begins with `/`, or an address, after the method', found: target?.text ?? line.trim(), column: target?.column ?? line.length }
  const expecting: Expecting = { status: [], contains: [], json: new Map(), header: new Map(), health: false }
  for (let index = 2; index < words.length; ) {
    const word = words[index]!
    const used = take(word.text, words[index + 1]?.text, expecting)
    if (typeof used === 'string') return { expected: used, found: word.text, column: word.column }
    index += used
  }
  return { check: { name: words.map(({ text }) => text).join(' '), method: method.text, path: target.text, headers: {}, expect: expectations(expecting) } }
}

/** How many words one expectation took, or what was expected instead. */
function take(word: string, next: string | undefined, into: Expecting): number | string {
  if (/^[1-5]\d\d(,[1-5]\d\d)*$/.test(word)) return into.status.push(...word.split(',').map(Number)), 1
  if (word === 'health') return (into.health = true), 1
  const pair = /^(json|header)\.([^=]+)=(.*)$/.exec(word)
  if (pair !== null) {
    const [, kind, key = '', value = ''] = pair
    const values = kind === 'json' ? into.json : into.header
    const name = kind === 'json' ? key : key.toLowerCase()
    if (values.has(name)) return `each \`json.…\` and \`header.…\` once`
    values.set(name, value)
    return 1
  }
  if (word === 'contains') return next === undefined ? 'a text after `contains`' : (into.contains.push(next), 2)
  if (word === 'within') {
    const ms = next === undefined ? undefined : parseDuration(next)
    return ms === undefined || ms <= 0 ? 'a duration after `within`, such as `500ms`' : ((into.withinMs = ms), 2)
  }
  if (word === 'tls') {
    const days = /^(\d{1,4})d$/.exec(next ?? '')?.[1]
    return days === undefined ? 'days after `tls`, such as `14d`' : ((into.tlsDays = Number(days)), 2)
  }
  return FORM
}

function expectations({ withinMs, tlsDays, json, header, ...rest }: Expecting): Expectations {
  return { ...rest, json: Object.fromEntries(json), header: Object.fromEntries(header), ...(withinMs === undefined ? {} : { withinMs }), ...(tlsDays === undefined ? {} : { tlsDays }) }
}

/** Words between white space; double quotes keep white space together, also after `=`. `undefined`: a quote is open. */
function split(line: string): readonly Word[] | undefined {
  const words: Word[] = []
  let current: Word | undefined
  let quoted = false
  for (const [index, character] of Array.from(line).entries()) {
    if (character === '"') {
      quoted = !quoted
      current ??= { text: '', column: index + 1 }
    } else if (/\s/.test(character) && !quoted) {
      if (current !== undefined) words.push(current)
      current = undefined
    } else {
      current = { text: (current?.text ?? '') + character, column: current?.column ?? index + 1 }
    }
  }
  if (quoted) return undefined
  if (current !== undefined) words.push(current)
  return words
}
