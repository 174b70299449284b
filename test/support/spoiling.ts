/** Values with something else, or nothing, at each of their places in turn. */
type Path = readonly (string | number)[]

/** Every place in a value, the whole one first. */
function placesIn(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value) ? value.map((item: unknown, index) => [index, item] as const) : Object.entries(value)
  return [path, ...entries.flatMap(([key, inner]) => placesIn(inner, [...path, key]))]
}

function keysAt(value: unknown, [key, ...rest]: Path): string {
  if (typeof value !== 'object' || value === null) return ''
  return key === undefined ? Object.keys(value).join() : keysAt(Object.entries(value).find(([name]) => name === String(key))?.[1], rest)
}

/** The value with something else, or nothing, at one place. */
function changed(value: unknown, [key, ...rest]: Path, put: (old: unknown) => unknown): unknown {
  if (key === undefined) return put(value)
  if (Array.isArray(value)) return value.map((item: unknown, index) => (index === key ? changed(item, rest, put) : item))
  const entries = Object.entries(value as Record<string, unknown>).map(([name, inner]) => [name, name === key ? changed(inner, rest, put) : inner] as const)
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined))
}

/** One of each place and form is enough. */
export function* spoilings(samples: readonly unknown[]): Iterable<{ readonly place: string; readonly spoilt: unknown }> {
  const seen = new Set<string>()
  for (const sample of samples) {
    for (const path of placesIn(sample)) {
      const place = `${path.map((part) => (typeof part === 'number' ? '*' : part)).join('.')} ${keysAt(sample, path)}`
      if (seen.has(place)) continue
      seen.add(place)
      for (const put of [() => undefined, () => null, () => 7.5, () => 'x', () => true, () => ({}), () => []]) yield { place, spoilt: changed(sample, path, put) }
    }
  }
}
