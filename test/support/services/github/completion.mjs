// Fills in what GitHub always sends and nobody here looks at, so that every answer is whole.

export function completer(definition) {
  const deref = (schema) => {
    let at = schema
    while (at.$ref) at = at.$ref.split('/').slice(1).reduce((part, key) => part[key], definition)
    return at
  }
  const choices = (schema) => schema.oneOf ?? schema.anyOf

  const sample = (schema, now) => {
    const at = deref(schema)
    if (at.nullable || choices(at)?.some((part) => part.enum?.[0] === null)) return null
    if (at.enum) return at.enum[0]
    if (at.allOf || at.properties || at.type === 'object') return fill(at, {}, now)
    if (choices(at)) return sample(choices(at)[0], now)
    if (at.type === 'array') return []
    if (at.type === 'integer' || at.type === 'number') return at.minimum ?? 0
    if (at.type === 'boolean') return false
    return word(at.format, now)
  }

  const fill = (schema, value, now) => {
    const at = deref(schema)
    if (value === null || typeof value !== 'object') return value
    if (Array.isArray(value)) {
      const items = at.items ?? choices(at)?.map(deref).find((part) => part.type === 'array')?.items
      return items ? value.map((item) => fill(items, item, now)) : value
    }
    let whole = value
    for (const part of at.allOf ?? []) whole = fill(part, whole, now)
    const alternatives = choices(at)?.map(deref).filter((part) => part.type !== 'array')
    if (alternatives?.length) whole = fill(closest(alternatives, whole), whole, now)
    const properties = at.properties ?? {}
    const missing = (at.required ?? []).filter((name) => !Object.hasOwn(whole, name))
    const given = Object.entries(whole).map(([name, entry]) => [name, properties[name] ? fill(properties[name], entry, now) : entry])
    return { ...Object.fromEntries(given), ...Object.fromEntries(missing.map((name) => [name, properties[name] ? sample(properties[name], now) : null])) }
  }
  return fill
}

function word(format, now) {
  if (format === 'date-time') return stamp(now)
  if (format === 'uri') return 'https://github.test/'
  if (format === 'email') return 'someone@github.test'
  return ''
}

/** The alternative that knows most of the fields. */
function closest(alternatives, value) {
  const known = (schema) => Object.keys(value).filter((name) => Object.hasOwn(schema.properties ?? {}, name)).length
  return alternatives.toSorted((a, b) => known(b) - known(a))[0]
}

/** GitHub's times have whole seconds. */
export function stamp(ms) {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
