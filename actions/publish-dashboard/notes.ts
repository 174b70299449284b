import type { ReleaseNotes } from '../../core/domain/dashboard/model.js'
import type { DeliveryRecord } from '../../core/domain/history.js'
import { releaseNotes } from '../../core/domain/release-notes.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Comparison, Repository } from '../../core/ports/repository.js'
import { unlessGap, type Read } from './reading.js'
import type { PublishRequest } from './request.js'

export interface Notes {
  /** By delivery id. */
  readonly notes: ReadonlyMap<string, ReleaseNotes>
  /** When commits were made, as far as it was told. */
  readonly committedAt: ReadonlyMap<string, number>
  readonly gaps: readonly string[]
}

/** So many requests may be spent on the pull requests of one comparison. */
const MOST_CALLS = 2

/** What changed with each of the newest deliveries, and when the commits of production were made. */
export async function gatherNotes(request: PublishRequest, { environments }: Pick<Read, 'environments'>, repository: Repository | undefined, ambient: Ambient): Promise<Notes> {
  const gaps: string[] = []
  const notes = new Map<string, ReleaseNotes>()
  const committedAt = new Map<string, number>()
  if (repository === undefined || request.notes === 0) return { notes, committedAt, gaps }
  const deliveries = environments.flatMap(({ history }) => history.deliveries).toSorted((a, b) => b.begunAt - a.begunAt)
  const compare = comparing(repository, committedAt)
  await unlessGap('Release notes could not be read', gaps, ambient, async () => {
    ambient.log.step('Ask GitHub what changed with each release')
    for (const record of deliveries.slice(0, request.notes)) {
      ambient.signal.throwIfAborted()
      const made = await compare(record)
      if (made !== undefined) notes.set(record.id, made)
    }
    const ends = spanEnds(environments.flatMap(({ history, production }) => (production ? history.deliveries : [])), ambient.clock.now() - request.spanMs)
    if (ends !== undefined) remember(await repository.compare(ends.base, ends.head), committedAt)
  })
  return { notes, committedAt, gaps }
}

/** The same two commits are compared once, however many environments they went through. */
function comparing(repository: Repository, committedAt: Map<string, number>): (record: DeliveryRecord) => Promise<ReleaseNotes | undefined> {
  const known = new Map<string, ReleaseNotes | undefined>()
  return async ({ intent: { kind, previous, release } }) => {
    if (previous === undefined || previous.commit === '' || release.commit === '' || previous.commit === release.commit) return undefined
    // What going back takes away is what lies between the older commit and the newer one.
    const backwards = kind === 'rollback'
    const [base, head] = backwards ? [release.commit, previous.commit] : [previous.commit, release.commit]
    const pair = `${base}...${head} ${backwards}`
    if (!known.has(pair)) known.set(pair, await noted(repository, base, head, backwards, committedAt))
    return known.get(pair)
  }
}

async function noted(repository: Repository, base: string, head: string, backwards: boolean, committedAt: Map<string, number>): Promise<ReleaseNotes | undefined> {
  const between = await repository.compare(base, head)
  if (between === undefined) return undefined
  remember(between, committedAt)
  return releaseNotes(between, await repository.pullRequests(between.commits, MOST_CALLS), { backwards: backwards || between.relation === 'behind' })
}

function remember(between: Comparison | undefined, committedAt: Map<string, number>): void {
  // 0: GitHub does not tell when.
  for (const { sha, at } of between?.commits ?? []) if (at > 0) committedAt.set(sha, at)
}

/** The oldest and the newest commit that were delivered in the span: between them lie the times of all others. */
function spanEnds(deliveries: readonly DeliveryRecord[], from: number): { readonly base: string; readonly head: string } | undefined {
  const commits = deliveries.flatMap(({ intent, result }) => (result?.ok === true && result.at >= from && intent.kind !== 'rollback' ? [intent.previous?.commit ?? '', intent.release.commit] : [])).filter((commit) => commit !== '')
  const [base, head] = [commits[0], commits.at(-1)]
  return base === undefined || head === undefined || base === head ? undefined : { base, head }
}
