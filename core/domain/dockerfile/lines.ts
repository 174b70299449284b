import type { Tells } from './tells.js'

/** One instruction as it is written, continued lines joined and comments taken out. */
export interface Instruction {
  /** In upper case. */
  readonly keyword: string
  /** Where it starts, from 1. */
  readonly line: number
  /** `--name=value` before the arguments; an empty value for a bare `--name`. */
  readonly flags: ReadonlyMap<string, string>
  /** What follows the flags. */
  readonly rest: string
  /** Keyword, flags and arguments: for the image's history. */
  readonly source: string
  readonly heredoc: boolean
}

export type EscapeCharacter = '\\' | '`'

export interface Source {
  readonly escape: EscapeCharacter
  readonly instructions: readonly Instruction[]
}

const DIRECTIVE = /^#\s*(?<name>[a-zA-Z][a-zA-Z0-9_-]*)\s*=\s*(?<value>.*?)\s*$/
const DIRECTIVES: readonly string[] = ['escape', 'syntax', 'check']
// `<<<` is a shell's here-string.
const HEREDOC = /(?<!<)<<-?\s*(?<quote>['"]?)(?<name>[a-zA-Z_][a-zA-Z0-9_]*)\k<quote>/g
const WITH_HEREDOC: readonly string[] = ['RUN', 'COPY', 'ADD']

export function readSource(text: string, tells: Tells): Source {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const { escape, next } = readDirectives(lines, tells)
  const continued = escape === '`' ? /`[ \t]*$/ : /\\[ \t]*$/
  const instructions: Instruction[] = []
  for (let at = next; at < lines.length; ) {
    if (isBlank(lines[at]!)) {
      at += 1
      continue
    }
    const logical = joined(lines, at, continued)
    const instruction = instructionOf(logical.text, at + 1)
    if (instruction.heredoc) logical.next = afterHeredocs(lines, logical.next, logical.text, instruction.line, tells)
    instructions.push(instruction)
    at = logical.next
  }
  return { escape, instructions }
}

/** Directives count only before anything else, also before a comment that is none. */
function readDirectives(lines: readonly string[], tells: Tells): { escape: EscapeCharacter; next: number } {
  const seen = new Map<string, string>()
  let next = 0
  for (; next < lines.length; next++) {
    const { name, value } = DIRECTIVE.exec(lines[next]!.trimStart())?.groups ?? {}
    const key = name?.toLowerCase()
    if (key === undefined || value === undefined || !DIRECTIVES.includes(key)) break
    if (seen.has(key)) tells.invalid(next + 1, `The directive \`${key}\` is given twice.`, 'Keep one of them.')
    seen.set(key, value)
    if (key === 'syntax' && !/^(?:docker\.io\/)?docker\/dockerfile(?::[^\s]*)?(?:@\S+)?$/.test(value)) {
      tells.unsupported(next + 1, `The syntax "${value}" is a program that only a container engine can run.`, 'Remove the directive, or use `docker/dockerfile:1`.')
    }
  }
  const escape = seen.get('escape') ?? '\\'
  if (escape !== '\\' && escape !== '`') tells.invalid(1, `The escape character is "${escape}".`, 'Set it to a backslash or a backtick.')
  return { escape: escape === '`' ? '`' : '\\', next }
}

function isBlank(line: string): boolean {
  return /^\s*(?:#|$)/.test(line)
}

/** Comments and empty lines inside a continued instruction are left out. */
function joined(lines: readonly string[], start: number, continued: RegExp): { text: string; next: number } {
  let text = ''
  let next = start
  for (; next < lines.length; next++) {
    const line = lines[next]!
    if (next > start && isBlank(line)) continue
    const more = continued.test(line)
    text += more ? line.replace(continued, '') : line
    if (!more) return { text, next: next + 1 }
  }
  return { text, next }
}

function instructionOf(text: string, line: number): Instruction {
  const [, word = '', after = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(text) ?? []
  const keyword = word.toUpperCase()
  const flags = new Map<string, string>()
  let rest = after
  for (let match = FLAG.exec(rest); match !== null; match = FLAG.exec(rest)) {
    if (match[1] !== '') flags.set(match[1]!, match[2] ?? '')
    rest = rest.slice(match[0].length)
    if (match[1] === '') break
  }
  const heredoc = WITH_HEREDOC.includes(keyword) && rest.search(HEREDOC) >= 0
  return { keyword, line, flags, rest, source: `${keyword} ${after.replaceAll(/\s+/g, ' ')}`.trim(), heredoc }
}

const FLAG = /^--([a-z-]*)(?:=(\S*))?(?:\s+|$)/

/** The lines of a heredoc belong to its instruction and are no instructions themselves. */
function afterHeredocs(lines: readonly string[], start: number, text: string, line: number, tells: Tells): number {
  let next = start
  for (const { groups } of text.matchAll(HEREDOC)) {
    const name = groups?.['name']
    while (next < lines.length && lines[next]!.replace(/^\t+/, '') !== name) next += 1
    if (next === lines.length) tells.invalid(line, `The heredoc \`${name}\` has no end.`, `End it with a line \`${name}\`.`)
    next += 1
  }
  return Math.min(next, lines.length)
}
