import type { EnvironmentHistory, Fact } from './history.js'
import { unfinishedRestore } from './unfinished-restore.js'

/** The revision of the database schema, where the record tells it; else what left it unknown. */
export interface Schema {
  readonly revision?: string
  /** A delivery or a restore, by its id or time. */
  readonly unknownSince?: string
}

/** What the record tells of the schema over time. */
export interface SchemaRecord {
  /** Before the first delivery on record. */
  readonly before: Schema
  /** After each delivery, in their order. */
  readonly after: readonly Schema[]
  readonly now: Schema
}

/**
 * A delivery without a migration leaves the schema as it was, one that began a migration and did not say where it ended leaves it
 * unknown, and so does a restore in place that did not. What was there before all is what the first migration found, unless the
 * database was replaced in between.
 */
export function schemaRecord({ deliveries, facts }: EnvironmentHistory): SchemaRecord {
  const replaced = replacements({ facts })
  const before = schemaBefore(deliveries, replaced)
  let schema = before
  let done = 0
  const replacedUntil = (at: number): void => {
    for (; done < replaced.length && replaced[done]!.at <= at; done += 1) schema = replaced[done]!.schema
  }
  const after = deliveries.map(({ id, begunAt, events, result }): Schema => {
    replacedUntil(begunAt)
    if (result?.schema !== undefined) schema = { revision: result.schema.after }
    else if (events.some((event) => event.type === 'doing' && event.verb === 'migrate')) schema = { unknownSince: id }
    return schema
  })
  replacedUntil(Infinity)
  return { before, after, now: schema }
}

/** What is not known to be the same is not the same. */
export function schemaObstacle(then: Schema, now: Schema): 'schema-changed' | 'schema-unknown' | undefined {
  if (then.revision !== undefined && now.revision !== undefined) return then.revision === now.revision ? undefined : 'schema-changed'
  const untouched = then.revision === now.revision && then.unknownSince === now.unknownSince
  return untouched ? undefined : 'schema-unknown'
}

interface Replacement {
  readonly at: number
  readonly schema: Schema
}

/** Every time that another database took the place of the real one; one that was about to and did not say how it ended may have. */
function replacements({ facts }: { readonly facts: readonly Fact[] }): readonly Replacement[] {
  const unfinished = unfinishedRestore({ facts })
  return facts.flatMap((fact, place): readonly Replacement[] => {
    const { type } = fact
    // Of a run that was killed the end is written down by another, much later.
    const at = (type === 'restored' ? facts.slice(0, place).findLast((one) => one.type === 'restoring' && one.database === fact.database)?.at : undefined) ?? fact.at
    const unknown = { at, schema: { unknownSince: `restore ${at}` } }
    if (fact === unfinished) return [unknown]
    if (type !== 'restored' || fact.kept === '') return []
    return [fact.schema === undefined ? unknown : { at, schema: { revision: fact.schema } }]
  })
}

function schemaBefore(deliveries: EnvironmentHistory['deliveries'], replaced: readonly Replacement[]): Schema {
  const first = deliveries.find(({ result }) => result?.schema !== undefined)
  if (first === undefined || replaced.some(({ at }) => at <= first.begunAt)) return {}
  return { revision: first.result!.schema!.before }
}
