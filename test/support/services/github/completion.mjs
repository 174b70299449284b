// Fills in what GitHub always sends and nobody here looks at, so that every answer is whole.

/** Always the same one: an answer in which nothing has changed keeps its ETag. */
const LONG_AGO = '2020-01-01T00:00:00Z'
const WORDS = { 'date-time': LONG_AGO, uri: 'https://github.test/', email: 'someone@github.test' }

export function completer(definition) {
  const follow = (schema) => {
    let at = schema
    while (at.$ref) at = at.$ref.split('/').slice(1).reduce((part, key) => part[key], definition)
    return at
  }
  const plans = new WeakMap()
  /** What a schema asks for, found once. */
  const planOf = (schema) => {
    if (plans.has(schema)) return plans.get(schema)
    const at = follow(schema)
    const choices = at.oneOf ?? at.anyOf ?? []
    const plan = {
      at, parts: at.allOf ?? [], required: at.required ?? [], properties: at.properties ?? {},
      alternatives: choices.map(follow).filter((part) => part.type !== 'array' && part.enum?.[0] !== null),
      items: at.items ?? choices.map(follow).find((part) => part.type === 'array')?.items,
      nullable: at.nullable === true || choices.some((part) => part.enum?.[0] === null), choices,
    }
    plans.set(schema, plan)
    return plan
  }

  const samples = new WeakMap()
  const sample = (schema) => {
    const { at } = planOf(schema)
    if (!samples.has(at)) samples.set(at, sampled(schema))
    return samples.get(at)
  }
  const sampled = (schema) => {
    const { at, nullable, choices } = planOf(schema)
    if (nullable) return null
    if (at.enum) return at.enum[0]
    if (at.allOf || at.properties || at.type === 'object') return fill(at, {})
    if (choices.length > 0) return sample(choices[0])
    if (at.type === 'array') return []
    if (at.type === 'integer' || at.type === 'number') return at.minimum ?? 0
    return at.type === 'boolean' ? false : WORDS[at.format] ?? ''
  }

  const fill = (schema, value) => {
    if (value === null || typeof value !== 'object') return value
    const { parts, required, properties, alternatives, items } = planOf(schema)
    if (Array.isArray(value)) return items ? value.map((item) => fill(items, item)) : value
    let whole = value
    for (const part of parts) whole = fill(part, whole)
    if (alternatives.length > 0) whole = fill(closest(alternatives, whole), whole)
    const filled = {}
    for (const name in whole) filled[name] = properties[name] && typeof whole[name] === 'object' ? fill(properties[name], whole[name]) : whole[name]
    for (const name of required) if (!(name in filled)) filled[name] = properties[name] ? sample(properties[name]) : null
    return filled
  }
  return fill
}

/** The alternative that knows most of the fields. */
function closest(alternatives, value) {
  const known = (schema) => Object.keys(value).filter((name) => Object.hasOwn(schema.properties ?? {}, name)).length
  return alternatives.length === 1 ? alternatives[0] : alternatives.toSorted((a, b) => known(b) - known(a))[0]
}

/** GitHub's times have whole seconds. */
export function stamp(ms) {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`
}
