import type { Obstacle, RollbackChoice } from './eligibility.js'
import type { PastRelease } from './platform.js'
import { pinnedImage, servingImage } from './release.js'

export type ChosenTarget =
  | { readonly kind: 'chosen'; readonly past: PastRelease }
  /** Nothing but the database schema keeps it from coming back. */
  | { readonly kind: 'schema-incompatible'; readonly choice: RollbackChoice; readonly message: string }
  | { readonly kind: 'nothing-to-roll-back' | 'target-unknown' | 'target-ineligible' | 'already-there'; readonly message: string }

const because: Readonly<Record<Obstacle, string>> = {
  'is-current': 'it serves now',
  'image-gone': 'the platform does not keep it any more',
  'never-passed': 'no delivery of it is on record as having gone well',
  'marked-bad': 'evidence spoke against it',
  'schema-changed': 'the database schema has changed since, and the migrations are not marked `backward-compatible`',
  'schema-unknown': 'nothing tells which revision the database schema has since, and the migrations are not marked `backward-compatible`',
}

/** So many choices are named in a message. */
const NAMED = 10

/**
 * The release to go back to: the one that `to` names by version, digest or deployment id, else the last good one that
 * served before. `force` overrules every obstacle but those that make it impossible.
 */
export function chooseTarget(choices: readonly RollbackChoice[], to: string | undefined, { force }: { readonly force: boolean }): ChosenTarget {
  return to === undefined || to === '' ? previousGood(choices, force) : named(choices, to, force)
}

function previousGood(choices: readonly RollbackChoice[], force: boolean): ChosenTarget {
  // What evidence spoke against is never guessed, only brought back by name.
  const forced = choices.find((choice) => possible(choice) && !choice.obstacles.includes('marked-bad'))
  const found = choices.find(({ eligible }) => eligible) ?? (force ? forced : undefined)
  if (found?.past !== undefined) return { kind: 'chosen', past: found.past }
  const blocked = choices.find(onlySchema)
  if (blocked !== undefined) return schemaIncompatible(blocked)
  const others = choices.filter(({ obstacles }) => !obstacles.includes('is-current'))
  const message = others.length === 0 ? 'No other release has served here.' : `No release can be brought back: ${others.slice(0, NAMED).map(explained).join('; ')}.${nevertheless(forced)}`
  return { kind: 'nothing-to-roll-back', message }
}

function named(choices: readonly RollbackChoice[], to: string, force: boolean): ChosenTarget {
  const fitting = choices.filter((choice) => fits(choice, to))
  const [found, ...more] = fitting
  if (found === undefined) return { kind: 'target-unknown', message: `No release has the version, digest or deployment id "${to}". ${offer(choices)}` }
  if (more.length > 0) return { kind: 'target-unknown', message: `"${to}" fits ${fitting.length} releases: ${listed(fitting)}. Name one by its digest or deployment.` }
  if (found.obstacles.includes('is-current')) return { kind: 'already-there', message: `${found.release.version} serves already.` }
  if (found.past !== undefined && (found.eligible || force)) return { kind: 'chosen', past: found.past }
  if (onlySchema(found)) return schemaIncompatible(found)
  const way = possible(found) ? ' Give `force` with a reason to bring it back nevertheless, or choose another.' : ''
  return { kind: 'target-ineligible', message: `${explained(found)}.${way} ${offer(choices)}` }
}

function onlySchema({ past, obstacles }: RollbackChoice): boolean {
  return past !== undefined && obstacles.length > 0 && obstacles.every((obstacle) => obstacle === 'schema-changed' || obstacle === 'schema-unknown')
}

function schemaIncompatible(choice: RollbackChoice): ChosenTarget {
  return { kind: 'schema-incompatible', choice, message: `${explained(choice)}.` }
}

function nevertheless(choice: RollbackChoice | undefined): string {
  return choice === undefined ? '' : ` Give \`force\` with a reason to bring ${choice.release.version} back nevertheless.`
}

function possible({ past, obstacles }: RollbackChoice): boolean {
  return past !== undefined && !obstacles.includes('is-current')
}

/** A digest may be cut, as long as it says enough to be meant. */
function fits({ release, deployments }: RollbackChoice, to: string): boolean {
  if (release.version === to || deployments.includes(to)) return true
  const hex = /^(?:sha256:)?(?<hex>[0-9a-f]{12,64})$/.exec(pinnedImage(to)?.digest ?? to)?.groups?.['hex']
  return hex !== undefined && Object.values(release.images).some((image) => pinnedImage(image)?.digest.startsWith(`sha256:${hex}`))
}

function explained({ release, obstacles }: RollbackChoice): string {
  return `${release.version} can not be brought back: ${obstacles.map((obstacle) => because[obstacle]).join(', ')}`
}

function offer(choices: readonly RollbackChoice[]): string {
  const can = choices.filter(({ eligible }) => eligible)
  return can.length === 0 ? 'No release can be brought back.' : `These can be: ${listed(can)}.`
}

function listed(choices: readonly RollbackChoice[]): string {
  const names = choices.slice(0, NAMED).map(({ release, deployments }) => {
    const digest = pinnedImage(servingImage(release))?.digest.slice(0, 19)
    return `${release.version} (${[digest, deployments.at(-1)].filter((part) => part !== undefined).join(', ')})`
  })
  return [...names, ...(choices.length > NAMED ? [`and ${choices.length - NAMED} more`] : [])].join('; ')
}
