import type { DeliveryRecord, EnvironmentHistory } from './history.js'
import type { PastRelease } from './platform.js'
import { releaseKey, sameRelease, type Release } from './release.js'
import { schemaObstacle, schemaRecord, type Schema } from './schema-record.js'

export { chooseTarget, type ChosenTarget } from './rollback-target.js'

/** Why a release can't be brought back, or should not be. */
export type Obstacle = 'is-current' | 'image-gone' | 'never-passed' | 'marked-bad' | 'schema-changed' | 'schema-unknown'

export interface RollbackChoice {
  readonly release: Release
  /** Set when the platform can bring it back now. */
  readonly past?: PastRelease
  /** When it last went live (epoch ms), by the record or by the platform. */
  readonly servedAt?: number
  /** Ids of the deliveries that made it live, oldest first. */
  readonly deployments: readonly string[]
  /** The revision of the database schema that it last ran with, where the record tells. */
  readonly schema?: string
  readonly eligible: boolean
  readonly obstacles: readonly Obstacle[]
}

/** Place of what served before the first delivery on record. */
const BEFORE_ALL = -1

interface Known {
  readonly release: Release
  readonly deployments: string[]
  /** Place in the history of the last delivery that went well and made it live. */
  good?: number
  past?: PastRelease
  servedAt?: number
}

/**
 * Every release that served or is kept, with what speaks against going back to it; the last that served comes first.
 * The one that serves now is among them, so that naming it can be answered.
 */
export function rollbackTargets(
  history: EnvironmentHistory,
  kept: readonly PastRelease[],
  current: Release | undefined,
  { backwardCompatible, settled = () => false }: {
    /** A release can run on a newer schema than its own. */
    readonly backwardCompatible: boolean
    /** Whether the one who asks takes the schema back to this revision as well. */
    readonly settled?: (schema: string | undefined) => boolean
  },
): readonly RollbackChoice[] {
  const bad = new Set(badReleases(history).map(releaseKey))
  const schemas = schemaRecord(history)
  const schemaOf = ({ good }: Known): Schema | undefined => (good === undefined ? undefined : good === BEFORE_ALL ? schemas.before : schemas.after[good])
  const obstaclesOf = (known: Known): readonly Obstacle[] => {
    const { release, good, past } = known
    if (current !== undefined && sameRelease(release, current)) return ['is-current']
    const schema = schemaOf(known)
    const wrong = backwardCompatible || schema === undefined || settled(schema.revision) ? undefined : schemaObstacle(schema, schemas.now)
    return [
      ...(past === undefined ? (['image-gone'] as const) : []),
      ...(good === undefined ? (['never-passed'] as const) : []),
      ...(bad.has(releaseKey(release)) ? (['marked-bad'] as const) : []),
      ...(wrong === undefined ? [] : [wrong]),
    ]
  }
  return knownReleases(history, kept)
    .toSorted((a, b) => (b.servedAt ?? 0) - (a.servedAt ?? 0))
    .map((known) => {
      const { good: _, ...shown } = known
      const obstacles = obstaclesOf(known)
      const schema = schemaOf(known)?.revision
      return { ...shown, ...(schema === undefined ? {} : { schema }), eligible: obstacles.length === 0, obstacles }
    })
}

function knownReleases(history: EnvironmentHistory, kept: readonly PastRelease[]): Known[] {
  const found = new Map<string, Known>()
  const known = (release: Release): Known => {
    const entry = found.get(releaseKey(release)) ?? { release, deployments: [] }
    found.set(releaseKey(release), entry)
    return entry
  }
  const before = foundThere(history)
  if (before !== undefined) known(before).good = BEFORE_ALL
  for (const [place, { id, result }] of history.deliveries.entries()) {
    if (result?.live === undefined) continue
    const entry = known(result.live)
    // A delivery that was turned back names the release that went on serving, which it did not make live.
    if (!result.ok) continue
    entry.deployments.push(id)
    entry.good = place
    entry.servedAt = result.at
  }
  for (const past of kept) {
    const entry = known(past.release)
    entry.past = past
    entry.servedAt = Math.max(past.servedAt, entry.servedAt ?? 0)
  }
  return [...found.values()]
}

/**
 * What served when the first delivery on record began: a stack that was taken over has no delivery of its own, and served all
 * the same. What a rollback left is another matter.
 */
function foundThere({ deliveries: [first], cut }: EnvironmentHistory): Release | undefined {
  return first === undefined || cut === true || first.intent.kind === 'rollback' ? undefined : first.intent.previous
}

/** Releases that evidence spoke against, and that no delivery has brought live well since. */
export function badReleases(history: EnvironmentHistory): readonly Release[] {
  const bad = new Map<string, Release>()
  for (const { result } of history.deliveries) {
    if (result?.ok && result.live !== undefined) bad.delete(releaseKey(result.live))
    if (result?.bad !== undefined) bad.set(releaseKey(result.bad), result.bad)
  }
  return [...bad.values()]
}

/** Two people who press the button at one alarm mean one step back, not two. */
const SAME_ALARM_MS = 5 * 60_000

/** The rollback that ended well so shortly before that another one without a target is likely meant to be the same. */
export function justRolledBack(history: EnvironmentHistory, askedAt: number): DeliveryRecord | undefined {
  const last = history.deliveries.findLast(({ result }) => result !== undefined)
  const recent = last?.intent.kind === 'rollback' && last.result?.ok === true && last.result.at > askedAt - SAME_ALARM_MS
  return recent ? last : undefined
}
