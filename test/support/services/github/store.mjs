// What the server holds, with every earlier state: a read can be served as of any write.

export function createStore(now) {
  const tables = new Map()
  const times = [Number.NEGATIVE_INFINITY]
  let version = 0
  let lastId = 1000
  // What one request writes is seen as a whole or not at all.
  let together = false
  let begun = false

  const table = (name) => {
    if (!tables.has(name)) tables.set(name, { head: new Map(), past: new Map(), changed: 0, listed: undefined, indexes: new Map() })
    return tables.get(name)
  }
  const write = (name, id, record) => {
    const rows = table(name)
    if (!together || !begun) {
      version += 1
      times.push(now())
      begun = true
    }
    rows.changed = version
    rows.listed = undefined
    if (!rows.past.has(id)) {
      rows.past.set(id, [])
      for (const [field, index] of rows.indexes) enter(index, record?.[field], id)
    }
    rows.past.get(id).push({ version, record })
    if (record === undefined) rows.head.delete(id)
    else rows.head.set(id, record)
  }
  const at = (rows, id, asOf) => (asOf >= rows.changed ? rows.head.get(id) : rows.past.get(id)?.findLast((row) => row.version <= asOf)?.record)

  const view = (asOf = Number.POSITIVE_INFINITY) => ({
    get: (name, id) => at(table(name), id, asOf),
    all: (name) => {
      const rows = table(name)
      if (asOf < rows.changed) return [...rows.past.keys()].map((id) => at(rows, id, asOf)).filter((record) => record !== undefined)
      rows.listed ??= [...rows.head.values()]
      return rows.listed
    },
    // Oldest first. The field of a record that is indexed never changes.
    by: (name, field, value) => {
      const rows = table(name)
      if (!rows.indexes.has(field)) rows.indexes.set(field, indexed(rows, field))
      return (rows.indexes.get(field).get(value) ?? []).map((id) => at(rows, id, asOf)).filter((record) => record !== undefined)
    },
  })

  return {
    view,
    head: view(),
    put: (name, record) => write(name, record.id, Object.freeze(record)),
    change: (name, id, change) => write(name, id, Object.freeze({ ...table(name).head.get(id), ...change })),
    remove: (name, id) => {
      if (table(name).head.has(id)) write(name, id, undefined)
    },
    together: (work) => {
      if (together) return work()
      together = true
      begun = false
      try {
        return work()
      } finally {
        together = false
      }
    },
    nextId: () => (lastId += 1),
    version: () => version,
    // The newest write that was there at a time.
    versionAt: (time) => {
      let low = 0
      let high = version
      while (low < high) {
        const middle = Math.ceil((low + high) / 2)
        if (times[middle] <= time) low = middle
        else high = middle - 1
      }
      return low
    },
  }
}

function indexed(rows, field) {
  const index = new Map()
  for (const [id, past] of rows.past) enter(index, past.find(({ record }) => record !== undefined)?.record[field], id)
  return index
}

function enter(index, value, id) {
  if (!index.has(value)) index.set(value, [])
  index.get(value).push(id)
}
