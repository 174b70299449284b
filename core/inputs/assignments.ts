/** One `NAME=value` of a dotenv text, or what can't be read, and where that begins. */
export type Assignment = { readonly line: number; readonly column: number } & (
  | { readonly name: string; readonly value: string }
  | { readonly wrong: string }
)

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?(?<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*/
const QUOTED = {
  "'": /^'(?<value>[^']*)'/,
  '"': /^"(?<value>(?:[^"\\]|\\[^])*)"/,
} as const
const REST = /^[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/

/** `NAME=value` lines with quotes, several lines in quotes, `export` and comments. */
export function assignmentsIn(text: string): readonly Assignment[] {
  const found: Assignment[] = []
  let rest = text.replace(/^\uFEFF/, '')
  let line = 1
  while (rest !== '') {
    const taken = takeOne(rest)
    if ('wrong' in taken) found.push({ line, column: 1, wrong: taken.wrong })
    else if (taken.name !== undefined) found.push({ line, column: rest.indexOf(taken.name) + 1, name: taken.name, value: taken.value })
    line += rest.slice(0, taken.length).split('\n').length - 1
    rest = rest.slice(taken.length)
  }
  return found
}

type Taken =
  | { readonly length: number; readonly name?: undefined }
  | { readonly length: number; readonly name: string; readonly value: string }
  | { readonly length: number; readonly wrong: string }

function takeOne(text: string): Taken {
  const blank = REST.exec(text)
  if (blank && blank[0] !== '') return { length: blank[0].length }
  const lineEnd = /\r?\n|$/.exec(text)!
  const whole = lineEnd.index + lineEnd[0].length
  const start = ASSIGNMENT.exec(text)
  if (!start?.groups) return { length: whole, wrong: 'is not `NAME=value`' }
  const name = start.groups['name']!
  const after = text.slice(start[0].length)
  const quote = after[0]
  if (quote !== '"' && quote !== "'") {
    return { length: whole, name, value: after.slice(0, lineEnd.index - start[0].length).replace(/(?:^|[ \t])#.*$/, '').trimEnd() }
  }
  const quoted = QUOTED[quote].exec(after)
  const end = quoted && REST.exec(after.slice(quoted[0].length))
  if (!quoted?.groups || !end) return { length: whole, wrong: `has a quote around \`${name}\` that does not end, or text after it` }
  const value = quoted.groups['value']!
  return { length: start[0].length + quoted[0].length + end[0].length, name, value: quote === '"' ? unescaped(value) : value }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

function unescaped(value: string): string {
  return value.replaceAll(/\\([^])/g, (whole, next: string) => ESCAPES[next] ?? (/["\\$`]/.test(next) ? next : whole))
}
