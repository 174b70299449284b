/** Reads a value out of parsed JSON, or throws a `TypeError` that names where it does not fit. */
export type Decoder<T> = (value: unknown, at: string) => T

function wrong(at: string, expected: string, value: unknown): TypeError {
  return new TypeError(`\`${at}\` should be ${expected} and is ${value === null ? 'null' : typeof value}`)
}

export const text: Decoder<string> = (value, at) => {
  if (typeof value !== 'string') throw wrong(at, 'a text', value)
  return value
}

export const number: Decoder<number> = (value, at) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong(at, 'a number', value)
  return value
}

export const flag: Decoder<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw wrong(at, 'true or false', value)
  return value
}

export function oneOf<T extends string>(...choices: readonly T[]): Decoder<T> {
  return (value, at) => {
    const found = choices.find((choice) => choice === value)
    if (found === undefined) throw wrong(at, `one of ${choices.join(', ')}`, value)
    return found
  }
}

export function list<T>(item: Decoder<T>): Decoder<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value)) throw wrong(at, 'a list', value)
    return value.map((entry: unknown, index) => item(entry, `${at}[${index}]`))
  }
}

export function record<T>(item: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (value, at) => Object.fromEntries(entriesOf(value, at).map(([key, entry]) => [key, item(entry, `${at}.${key}`)]))
}

export function optional<T>(item: Decoder<T>): Decoder<T | undefined> {
  return (value, at) => (value === undefined ? undefined : item(value, at))
}

/** An object with these fields; others are left out, so that a newer writer can add some. */
export function object<T>(fields: { readonly [K in keyof T]-?: Decoder<T[K] | undefined> }): Decoder<T> {
  return (value, at) => {
    const given = Object.fromEntries(entriesOf(value, at))
    const found: Record<string, unknown> = {}
    for (const [key, decode] of Object.entries<Decoder<unknown>>(fields)) {
      const entry = decode(given[key], `${at}.${key}`)
      if (entry !== undefined) found[key] = entry
    }
    // Every field of T was decoded by its own decoder; the compiler can't see that through the loop.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return found as T
  }
}

function entriesOf(value: unknown, at: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'an object', value)
  return Object.entries(value)
}

/** Parses JSON text and decodes it. */
export function decodeText<T>(decode: Decoder<T>, source: string, name: string): T {
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch {
    throw new TypeError(`\`${name}\` is not JSON: "${source.slice(0, 80)}"`)
  }
  return decode(value, name)
}
