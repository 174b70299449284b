import { messageOf, StateError } from '../../../errors/families.js'
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
/** A list may lag behind what was written: so many looks, half a second apart. */
const LOOKS = 30

/** A claim that is over before it was read back is made again, so often in all. */
const MOST_CLAIMS = 3

/** Who may change an environment: claims are deployments of a task of their own, deleted when they are given back. */
export interface Leases extends Pick<Ledger, 'take' | 'renew' | 'release'> {
  /** Claims of an environment as its list shows them, oldest first. */
  claims(environment: string): Promise<readonly Claim[]>
  /** Whether the owner of a claim still lives: its process, its run, or else the end of its lease. */
  lives(environment: string, claim: Claim): Promise<boolean>
  holder(environment: string): Promise<Claim | undefined>
}

interface Access {
  readonly github: GitHub
  readonly api: Deployments
  /** The same, also after a cancel: what is given back by it is free at once. */
  readonly uncut: () => Promise<Deployments>
}

interface Place extends Access {
  readonly ambient: Ambient
  /** Ends of our own leases, as far as this process extended them. */
  readonly ends: Map<number, number>
}

export function leases(access: Access, ambient: Ambient): Leases {
  const place: Place = { ...access, ambient, ends: new Map() }
  return {
    claims: (environment) => claims(environment, place),
    lives: (environment, claim) => lives(environment, claim, place),
    async holder(environment) {
      const all = await claims(environment, place)
      return holderOf(all, await living(environment, all, place))
    },
    take: (environment, options) => take(environment, options.preempt, place),
    renew: (lease) => renew(lease, place),
    release: async ({ environment, fence }) => (await access.uncut()).remove(environment, fence),
  }
}

async function claims(environment: string, { api }: Place): Promise<readonly Claim[]> {
  const found = await api.newest(environment, tasks.lease)
  return found.flatMap((one) => claimOf(environment, one)).toSorted((a, b) => a.id - b.id)
}

/** The end of a lease, and whether it was given back or taken away. */
async function ending(environment: string, claim: Claim, { api }: Place): Promise<{ readonly until: number; readonly gone: boolean }> {
  let { until } = claim
  let gone = false
  for (const { state, description, createdAt } of await api.statuses(environment, claim.id)) {
    if (read(description)?.kind === 'renewed') until = Math.max(until, createdAt + claim.lasts)
    gone ||= state === 'inactive'
  }
  return { until, gone }
}

async function lives(environment: string, claim: Claim, place: Place): Promise<boolean> {
  const { until, gone } = await ending(environment, claim, place)
  if (gone || place.github.now() > until + SLACK_MS) return false
  return (await alive(claim.run, place.github, place.ambient)) ?? true
}

/** Looks at each of some claims, which are few: those that are given back are deleted. Our own is the one that we extend. */
async function living(environment: string, some: readonly Claim[], place: Place): Promise<(claim: Claim) => boolean> {
  const found = new Set<number>()
  for (const claim of some) if (place.ends.has(claim.id) || (await lives(environment, claim, place))) found.add(claim.id)
  return ({ id }) => found.has(id)
}

async function take(environment: string, preempt: boolean, place: Place): Promise<Taken> {
  const { api, ambient: { run } } = place
  for (let attempt = 1; ; attempt += 1) {
    const nonce = crypto.randomUUID()
    const id = await api.create({
      task: tasks.lease, environment, commit: '', description: `lease of run ${run.id}`,
      payload: { nonce, run, preempt, lasts: LEASE_MS },
    })
    let taken: Taken | 'ended' | undefined
    try {
      taken = await decide(environment, { id, nonce, preempt }, place)
    } finally {
      // A claim that was not granted must not wait until others have gone: whoever made it does not.
      if (taken === undefined || taken === 'ended' || taken.kind !== 'taken') await withdraw(environment, id, place)
    }
    if (taken !== 'ended') return taken
    if (attempt === MOST_CLAIMS) throw new StateError('lease-lost', { message: `${MOST_CLAIMS} claims on \`${environment}\` were over before they could be read back: others preempt them, or the times that GitHub gives for its answers and its deployments differ.` })
  }
}

/** `ended`: its time was over before it was read back, or somebody who preempts ended it and has gone again. */
async function decide(environment: string, { id, nonce, preempt }: Pick<Claim, 'id' | 'nonce' | 'preempt'>, place: Place): Promise<Taken | 'ended'> {
  const shown = await readBack(environment, id, place)
  // A creation whose answer was lost may have been carried out twice.
  const doubles = shown.filter((claim) => claim.nonce === nonce && claim.id !== id)
  const all = shown.filter((claim) => !doubles.includes(claim))
  const above = all.findLast((claim) => claim.preempt && claim.id > id)
  if (above !== undefined) return { kind: 'held', by: ownerOf(above), until: above.until }
  const own = all.find((claim) => claim.id === id)
  // Whoever saw that its time was over may have been granted it.
  if (own === undefined || place.github.now() > own.until) return 'ended'
  const below = all.filter((claim) => claim.id < id)
  const holder = holderOf(below, await living(environment, below, place))
  if (holder !== undefined && !preempt) return { kind: 'held', by: ownerOf(holder), until: holder.until }
  // Lowest first: a dead claim that preempted must be there as long as one that it ended.
  for (const claim of [...below, ...doubles]) await place.api.remove(environment, claim.id)
  place.ends.set(id, own.until)
  return { kind: 'taken', lease: { environment, id: String(id), fence: id }, ...(holder === undefined ? {} : { preempted: ownerOf(holder) }) }
}

/** Reads until the own claim is in the list, or is known to have been ended: what is in the list from then on decides. */
async function readBack(environment: string, id: number, place: Place): Promise<readonly Claim[]> {
  const { api, ambient: { clock, signal } } = place
  for (let look = 1; ; look += 1) {
    await clock.sleep(look === 1 ? SETTLE_MS : 500, signal)
    signal.throwIfAborted()
    const all = await claims(environment, place)
    if (all.some((claim) => claim.id === id || (claim.preempt && claim.id > id))) return all
    // Both the list and the claim itself may be shown as they were before it was made.
    if (look >= LOOKS / 2 && (await api.one(environment, id)) === undefined) return all
    if (look === LOOKS) throw corrupt(environment, `the lease ${id} was written and does not appear in the list`)
  }
}

async function renew(lease: Lease, place: Place): Promise<boolean> {
  const { environment, fence } = lease
  const { github, api, ends } = place
  const all = await claims(environment, place)
  const listed = all.find(({ id }) => id === fence)
  if (all.some(({ id, preempt, nonce }) => preempt && id > fence && nonce !== listed?.nonce)) return false
  const own = listed ?? (await unlisted(lease, place))
  if (own === undefined) return false
  const lower = all.filter(({ id }) => id < fence)
  if (lower.length > 0 && usurperOf(lower, own, await living(environment, lower, place)) !== undefined) return false
  const until = ends.get(fence) ?? (await ending(environment, own, place)).until
  const now = github.now()
  if (now > until) return false
  ends.set(fence, until)
  if (until - now > EXTEND_BELOW_MS) return true
  await api.post(environment, fence, { state: 'queued', description: describe({ kind: 'renewed' }, now) })
  ends.set(fence, now + LEASE_MS)
  return true
}

/** The own claim, when a list that does not show it is only older than it; `undefined` when it is really gone. */
async function unlisted({ environment, fence }: Lease, { api, ambient: { clock, signal } }: Place): Promise<Claim | undefined> {
  for (const waitMs of [0, 1000, 2000]) {
    if (waitMs > 0) await clock.sleep(waitMs, signal)
    const found = await api.one(environment, fence)
    if (found !== undefined) return claimOf(environment, found)[0]
  }
  return undefined
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
async function withdraw(environment: string, id: number, { uncut, ambient: { log } }: Place): Promise<void> {
  try {
    await (await uncut()).remove(environment, id)
  } catch (fault) {
    log.warn(`The claim ${id} on \`${environment}\` was not withdrawn and ends by itself: ${messageOf(fault)}`)
  }
}
