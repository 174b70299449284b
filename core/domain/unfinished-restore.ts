import type { EnvironmentHistory, Fact } from './history.js'

export type Restoring = Extract<Fact, { readonly type: 'restoring' }>

/**
 * The last restore in place that said it was about to replace a database and not how that ended: of the named database, or of
 * any. A copy made beside ends none; an end without a database is of one that replaced nothing.
 */
export function unfinishedRestore({ facts }: Pick<EnvironmentHistory, 'facts'>, database?: string): Restoring | undefined {
  const about = (name: string): boolean => database === undefined || name === database
  const place = facts.findLastIndex((fact) => fact.type === 'restoring' && about(fact.database))
  const last = facts[place]
  if (last?.type !== 'restoring') return undefined
  const ended = facts.slice(place + 1).some((fact) => fact.type === 'restored' && (fact.database === '' || fact.database === last.database))
  return ended ? undefined : last
}
