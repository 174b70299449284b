import type { EscapeCharacter } from './lines.js'

export interface Scope {
  readonly escape: EscapeCharacter
  value(name: string): string | undefined
  /** A variable was used plainly that nothing sets: it becomes an empty text. */
  unset(name: string): void
}

/** A text in which variables can not be put in. */
export class BadWord extends Error {}

/** The word with its variables put in, quotes taken off and escapes resolved. */
export function expanded(word: string, scope: Scope): string {
  return new Expansion(word, scope).until('')
}

const NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y

class Expansion {
  #at = 0
  readonly #text: string
  readonly #scope: Scope

  constructor(text: string, scope: Scope) {
    this.#text = text
    this.#scope = scope
  }

  /** Up to and over the closing character; an empty one stands for the end of the text. */
  until(closing: string): string {
    let result = ''
    for (;;) {
      const char = this.#text[this.#at]
      if (char === undefined) {
        if (closing === '') return result
        throw new BadWord(`\`${this.#text}\` has no closing \`${closing}\``)
      }
      this.#at += 1
      if (char === closing) return result
      if (char === "'" && closing !== '"') result += this.#literal()
      else if (char === '"' && closing !== '"') result += this.until('"')
      else if (char === this.#scope.escape) result += this.#escaped(closing === '"')
      else result += char === '$' ? this.#variable() : char
    }
  }

  #literal(): string {
    const end = this.#text.indexOf("'", this.#at)
    if (end < 0) throw new BadWord(`\`${this.#text}\` has no closing \`'\``)
    const text = this.#text.slice(this.#at, end)
    this.#at = end + 1
    return text
  }

  #escaped(quoted: boolean): string {
    const { escape } = this.#scope
    const char = this.#text[this.#at]
    if (char === undefined) return escape
    this.#at += 1
    return quoted && char !== '"' && char !== '$' && char !== escape ? escape + char : char
  }

  #variable(): string {
    if (this.#text[this.#at] !== '{') {
      const name = this.#name()
      return name === '' ? '$' : this.#plain(name)
    }
    this.#at += 1
    const name = this.#name()
    if (name === '') throw new BadWord(`\`${this.#text}\` has a \`\${\` without a name`)
    const operator = /:?[-+?]/y
    operator.lastIndex = this.#at
    const found = operator.exec(this.#text)?.[0]
    if (found === undefined) {
      if (this.#text[this.#at] !== '}') throw new BadWord(`\`${this.#text}\` uses a form of \`\${${name}…}\` that is not \`:-\`, \`-\`, \`:+\`, \`+\`, \`:?\` or \`?\``)
      this.#at += 1
      return this.#plain(name)
    }
    this.#at += found.length
    return this.#chosen(name, found, this.until('}'))
  }

  #chosen(name: string, operator: string, word: string): string {
    const value = this.#scope.value(name)
    const present = operator.startsWith(':') ? value !== undefined && value !== '' : value !== undefined
    if (operator.endsWith('+')) return present ? word : ''
    if (present) return value!
    if (operator.endsWith('?')) throw new BadWord(`\`${name}\` is not set${word === '' ? '' : `: ${word}`}`)
    return word
  }

  #plain(name: string): string {
    const value = this.#scope.value(name)
    if (value === undefined) this.#scope.unset(name)
    return value ?? ''
  }

  #name(): string {
    NAME.lastIndex = this.#at
    const name = NAME.exec(this.#text)?.[0] ?? ''
    this.#at += name.length
    return name
  }
}
