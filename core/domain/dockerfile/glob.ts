const SPECIAL = /[.+()|{}$^\]\\/]/

/** Thrown for a pattern that means nothing. */
export class BadPattern extends Error {}

/** One part of a path as `COPY` knows it: `*`, `?`, `[a-z]`, `\` before a character taken as it is. */
export function partPattern(pattern: string): RegExp {
  return new RegExp(`^${translated(pattern, false)}$`, 'su')
}

/** A whole path as `.dockerignore` knows it: also `**` for any number of folders. */
export function pathPattern(pattern: string): RegExp {
  return new RegExp(`^${translated(pattern, true)}$`, 'su')
}

export function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text)
}

function translated(pattern: string, doubleStar: boolean): string {
  let expression = ''
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at]!
    if (char === '*') {
      if (!doubleStar || pattern[at + 1] !== '*') {
        expression += '[^/]*'
        continue
      }
      at += pattern[at + 2] === '/' ? 2 : 1
      expression += at + 1 === pattern.length ? '.*' : '(?:.*/)?'
    } else if (char === '?') expression += '[^/]'
    else if (char === '[') {
      const end = classEnd(pattern, at)
      expression += classOf(pattern.slice(at + 1, end), pattern)
      at = end
    } else if (char === '\\') {
      at += 1
      if (at === pattern.length) throw new BadPattern(`"${pattern}" ends with a backslash`)
      expression += literal(pattern[at]!)
    } else expression += literal(char)
  }
  return expression
}

function literal(char: string): string {
  return SPECIAL.test(char) || '*?['.includes(char) ? `\\${char}` : char
}

function classEnd(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at += 1
    else if (pattern[at] === ']' && at > start + 1) return at
  }
  throw new BadPattern(`"${pattern}" has a \`[\` without its \`]\``)
}

function classOf(inner: string, pattern: string): string {
  const negated = inner.startsWith('^')
  let members = ''
  const body = negated ? inner.slice(1) : inner
  for (let at = 0; at < body.length; at++) {
    const escaped = body[at] === '\\'
    if (escaped) at += 1
    const char = body[at] ?? ''
    // Only an unescaped hyphen between two characters makes a range.
    members += char === '-' && !escaped && at > 0 && at < body.length - 1 ? '-' : classMember(char)
  }
  const expression = `[${negated ? '^/' : ''}${members}]`
  try {
    // A class never matches the slash between two folders.
    return `(?!/)${new RegExp(expression, 'u').source}`
  } catch {
    throw new BadPattern(`"${pattern}" has a range that runs backwards`)
  }
}

function classMember(char: string): string {
  return /[\\\]^[\-/.+*?()|{}$]/.test(char) ? `\\${char}` : char
}
