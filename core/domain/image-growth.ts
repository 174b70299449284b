export interface SizedLayer {
  readonly digest: string
  readonly bytes: number
  readonly createdBy: string
}

export interface Growth {
  /** Bytes more than before; below zero when it shrank. */
  readonly total: number
  /** Layers that are not the same, the one that grew most first. `before` is absent for a new one, `after` for one that is gone. */
  readonly changes: readonly { readonly createdBy: string; readonly before?: number; readonly after?: number }[]
}

/** What one image has more than another: layers are matched by the instruction that made them, one by one. */
export function growthOf(before: readonly SizedLayer[], after: readonly SizedLayer[]): Growth {
  const same = new Set(before.map(({ digest }) => digest).filter((digest) => after.some((layer) => layer.digest === digest)))
  const old = before.filter(({ digest }) => !same.has(digest))
  const left = [...old]
  const changed = after.filter(({ digest }) => !same.has(digest)).map(({ createdBy, bytes }) => {
    const index = left.findIndex((layer) => layer.createdBy === createdBy)
    const [matched] = index < 0 ? [] : left.splice(index, 1)
    return { createdBy, after: bytes, ...(matched === undefined ? {} : { before: matched.bytes }) }
  })
  const gone = left.map(({ createdBy, bytes }) => ({ createdBy, before: bytes }))
  const more = ({ before: was = 0, after: is = 0 }: { readonly before?: number; readonly after?: number }): number => is - was
  const sum = (layers: readonly SizedLayer[]): number => layers.reduce((bytes, layer) => bytes + layer.bytes, 0)
  return { total: sum(after) - sum(before), changes: [...changed, ...gone].toSorted((a, b) => more(b) - more(a)) }
}
