import { messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { Ledger, Lease, Taken } from '../../../ports/ledger.js'
import { holderOf, ownerOf, usurperOf, type Claim } from './claims.js'
import { corrupt, type Deployment, type Deployments } from './deployments.js'
import { describe, read } from './description.js'
import { alive } from './liveness.js'
import { leasePayload, ours, tasks } from './payload.js'

/** A dead run is found by asking GitHub, so a lease may be long: each extension is a call that counts. */
export const LEASE_MS = 15 * 60_000
const EXTEND_BELOW_MS = 5 * 60_000

/** `Date` of an answer is a whole second, and clocks differ: nobody takes a lease that its holder may still count on. */
export const SLACK_MS = 10_000

/**
 * Ids are given before their records are to be seen. A claim waits so long before it reads back, so that each lower one
 * is in the list by then.
 */
const SETTLE_MS = 1000
const APPEARS_WITHIN_MS = 15_000

/** Who may change an environment: claims are deployments of a task of their own, deleted when they are given back. */
export interface Leases extends Pick<Ledger, 'take' | 'renew' | 'release'> {
  /** Claims of an environment as its list shows them. */
  claims(environment: string): Promise<readonly Claim[]>
  /** Whether the owner of a claim still lives: its process, its run, or else the end of its lease. */
  lives(environment: string, claim: Claim): Promise<boolean>
  holder(environment: string): Promise<Claim | undefined>
}

export function leases(github: GitHub, api: Deployments, ambient: Ambient): Leases {
  const { clock, run } = ambient
  /** Ends of our own leases, as far as this process extended them. */
  const ends = new Map<number, number>()

  const claims = async (environment: string): Promise<readonly Claim[]> =>
    (await api.newest(environment, tasks.lease)).flatMap((one) => claimOf(environment, one)).toSorted((a, b) => a.id - b.id)

  /** The end of a lease, and whether it was given back or taken away. */
  const ending = async (environment: string, claim: Claim): Promise<{ readonly until: number; readonly gone: boolean }> => {
    let { until } = claim
    let gone = false
    for (const { state, description, createdAt } of await api.statuses(environment, claim.id)) {
      const written = read(description)
      if (written?.kind === 'renewed') until = Math.max(until, createdAt + claim.lasts)
      gone ||= state === 'inactive'
    }
    return { until, gone }
  }
  const lives: Leases['lives'] = async (environment, claim) => {
    const { until, gone } = await ending(environment, claim)
    if (gone || github.now() > until + SLACK_MS) return false
    return (await alive(claim.run, github, ambient)) ?? true
  }
  /** Looks at each claim below one, which are few: those that are given back are deleted. */
  const living = async (environment: string, all: readonly Claim[]): Promise<(claim: Claim) => boolean> => {
    const found = new Set<number>()
    // Our own is the one that we extend.
    for (const claim of all) if (ends.has(claim.id) || (await lives(environment, claim))) found.add(claim.id)
    return ({ id }) => found.has(id)
  }

  /** Reads until the own claim is in the list: what is in it from then on decides. */
  const readBack = async (environment: string, id: number): Promise<readonly Claim[]> => {
    const until = clock.now() + APPEARS_WITHIN_MS
    for (let waitMs = SETTLE_MS; ; waitMs = 500) {
      await clock.sleep(waitMs, ambient.signal)
      ambient.signal.throwIfAborted()
      const all = await claims(environment)
      if (all.some((claim) => claim.id === id)) return all
      if (clock.now() > until) throw corrupt(environment, `the lease ${id} was written and does not appear in the list`)
    }
  }

  const decide = async (environment: string, id: number, preempt: boolean): Promise<Taken> => {
    const all = await readBack(environment, id)
    const own = all.find((claim) => claim.id === id)!
    const rivals = all.filter((claim) => claim.nonce !== own.nonce)
    const above = rivals.findLast((claim) => claim.preempt && claim.id > id)
    const below = rivals.filter((claim) => claim.id < id)
    const holder = above ?? holderOf(below, await living(environment, below))
    if (holder !== undefined && (above !== undefined || !preempt)) return { kind: 'held', by: ownerOf(holder), until: holder.until }
    // Lowest first: a dead claim that preempted must be there as long as one that it ended.
    for (const claim of below) await api.remove(environment, claim.id)
    ends.set(id, own.until)
    return { kind: 'taken', lease: { environment, id: String(id), fence: id }, ...(holder === undefined ? {} : { preempted: ownerOf(holder) }) }
  }

  /** The own claim, although one answer may be older than it; `undefined` when it is really gone. */
  const ownClaim = async ({ environment, fence }: Lease, all: readonly Claim[]): Promise<Claim | undefined> => {
    const listed = all.find(({ id }) => id === fence)
    if (listed !== undefined) return listed
    for (const waitMs of [0, 1000, 2000]) {
      if (waitMs > 0) await clock.sleep(waitMs)
      const found = await api.one(environment, fence)
      if (found !== undefined) return claimOf(environment, found)[0]
    }
    return undefined
  }

  return {
    claims, lives,
    async holder(environment) {
      const all = await claims(environment)
      return holderOf(all, await living(environment, all))
    },
    async take(environment, { preempt }) {
      const id = await api.create({
        task: tasks.lease, environment, commit: '', description: `lease of run ${run.id}`.slice(0, 140),
        payload: { nonce: crypto.randomUUID(), run, preempt, lasts: LEASE_MS },
      })
      let taken: Taken | undefined
      try {
        taken = await decide(environment, id, preempt)
        return taken
      } finally {
        // A claim that was not granted must not wait until others have gone: whoever made it does not.
        if (taken?.kind !== 'taken') await withdraw(api, environment, id, ambient)
      }
    },
    async renew(lease) {
      const { environment, fence } = lease
      const all = await claims(environment)
      if (all.some(({ id, preempt }) => preempt && id > fence)) return false
      const own = await ownClaim(lease, all)
      if (own === undefined) return false
      const rivals = all.filter(({ id }) => id !== fence)
      if (rivals.length > 0 && usurperOf(rivals, own, await living(environment, rivals.filter(({ id }) => id < fence))) !== undefined) return false
      const until = ends.get(fence) ?? (await ending(environment, own)).until
      const now = github.now()
      if (now > until) return false
      ends.set(fence, until)
      if (until - now > EXTEND_BELOW_MS) return true
      await api.post(environment, fence, { state: 'queued', description: describe({ kind: 'renewed' }, now) })
      ends.set(fence, now + LEASE_MS)
      return true
    },
    release: ({ environment, fence }) => api.remove(environment, fence),
  }
}

function claimOf(environment: string, { id, payload, createdAt }: Deployment): readonly Claim[] {
  try {
    if (!ours(payload)) return []
    const claim = leasePayload(payload, 'lease')
    return [{ ...claim, id, until: createdAt + claim.lasts }]
  } catch (thrown) {
    throw corrupt(environment, `deployment ${id}: ${messageOf(thrown)}`)
  }
}

/** A claim that stays when this fails ends by itself. */
async function withdraw(api: Deployments, environment: string, id: number, { log }: Ambient): Promise<void> {
  try {
    await api.remove(environment, id)
  } catch (fault) {
    log.warn(`The claim ${id} on \`${environment}\` was not withdrawn and ends by itself: ${messageOf(fault)}`)
  }
}
