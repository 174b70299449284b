import type { DeliveryEvent, DeliveryIntent, DeliveryRecord, DeliveryResult, Fact } from '../../../domain/history.js'
import { sameRelease } from '../../../domain/release.js'
import { messageOf, StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { HistoryDepth, Lease, Ledger } from '../../../ports/ledger.js'
import type { Deployments, NewStatus, State } from './deployments.js'
import { ownerOf } from './claims.js'
import { describe } from './description.js'
import { describeResult } from './fold.js'
import type { Leases } from './leases.js'
import { alive } from './liveness.js'
import { remember } from './memory.js'
import { tasks } from './payload.js'
import { recordOf, type Entry, type Shelf, type Shown } from './shelf.js'

/** Statuses of one deployment, at most. What is told last has its place kept. */
const MOST_STATUSES = 20
const KEPT_FOR_DETAIL = 9
const KEPT_FOR_END = 6

/** So many jobs may have named the environment since ours did. */
const JOBS = 3

/** A preempted run whose lease is gone gets so long from its last word to go back by itself. */
const YIELDS_WITHIN_MS = 60_000

/** What is said of the environment itself. */
type Recorded = Exclude<Fact, { readonly type: 'told' }>

interface Parts {
  readonly github: GitHub
  readonly api: Deployments
  /** The same, also after a cancel. */
  readonly uncut: () => Promise<Deployments>
  readonly shelf: Shelf
  readonly leases: Leases
}

/** What was done in an environment: one deployment for each delivery. */
export function deliveries(parts: Parts, ambient: Ambient): Pick<Ledger, 'begin' | 'advance' | 'finish' | 'inFlight' | 'history'> & { record(environment: string, fact: Recorded): Promise<void> } {
  const book: Book = { ...parts, ambient, open: new Map(), actives: new Map() }
  return {
    begin: (lease, intent) => begin(lease, intent, book),
    advance: (lease, delivery, event) => advance(lease, delivery, event, book),
    finish: (lease, delivery, result) => finish(lease, delivery, result, book),
    record: (environment, fact) => record(environment, fact, book),
    inFlight: (environment) => inFlight(environment, book),
    async history(environment, depth = {}) {
      const { entries, cut } = await show(environment, book, depth)
      const facts = await parts.shelf.facts(environment, depth.receipt === true)
      const holder = await parts.leases.holder(environment)
      return {
        environment, deliveries: entries.map((entry) => recordOf(environment, entry)), facts,
        ...(holder === undefined ? {} : { holder: { ...ownerOf(holder), until: holder.until } }), ...(cut ? { cut } : {}),
      }
    },
  }
}

interface Book extends Parts {
  readonly ambient: Ambient
  /** Deliveries that this process began or goes on with, as they stand. */
  readonly open: Map<string, Entry>
  /** What was active when they were begun: nobody but the holder of the lease changes that. */
  readonly actives: Map<string, readonly Entry[]>
}

function show(environment: string, { shelf }: Book, depth: HistoryDepth = {}): Promise<Shown> {
  return shelf.show(environment, { deliveries: depth.deliveries ?? 100, events: depth.events ?? 0 })
}

async function held(lease: Lease, { leases }: Book): Promise<void> {
  if (!(await leases.renew(lease))) throw lost(lease)
}

async function begin(lease: Lease, intent: DeliveryIntent, book: Book): Promise<DeliveryRecord> {
  const { api, ambient, open, actives } = book
  await held(lease, book)
  const { environment, fence } = lease
  const { entries } = await show(environment, book)
  const payload = { nonce: crypto.randomUUID(), fence, begunAt: ambient.clock.now(), intent, known: remember(entries) }
  const description = `${intent.kind} ${intent.release.version} by ${intent.run.actor}`
  const { commit } = intent.release
  const theirs = await madeByGitHub(environment, entries, book)
  const id = theirs ?? (await api.create({ task: tasks.delivery, environment, payload, description, commit }))
  if (theirs !== undefined) {
    const beside = await api.create({ task: tasks.delivery, environment, payload: { ...payload, of: String(theirs) }, description: `intent of ${description}`, commit })
    await setAside(environment, beside, `the intent of deployment ${theirs}, nothing that runs`, book)
  }
  const entry: Entry = { id: String(id), payload, events: [], active: false, count: theirs === undefined ? 0 : 2 }
  open.set(entry.id, entry)
  actives.set(entry.id, entries.filter(({ active }) => active))
  return recordOf(environment, entry)
}

async function advance(lease: Lease, delivery: string, event: DeliveryEvent, book: Book): Promise<void> {
  await held(lease, book)
  const entry = await entryOf(lease.environment, delivery, book)
  if (entry.result !== undefined) throw lost(lease)
  if (!worthTelling(event, MOST_STATUSES - (entry.count ?? 0))) return
  const by = entry.payload.fence === lease.fence ? {} : { by: lease.fence }
  await post(lease.environment, entry, { state: 'in_progress', description: describe({ kind: 'event', event, ...by }, Math.round(event.at)) }, book)
}

async function finish(lease: Lease, delivery: string, result: DeliveryResult, book: Book): Promise<void> {
  const { leases, open, ambient: { clock } } = book
  const { environment } = lease
  const holds = await leases.renew(lease)
  // Somebody else may have closed it when the lease is not ours any more.
  const entry = await entryOf(environment, delivery, book, !holds)
  if (entry.result !== undefined) return
  const { fence, intent } = entry.payload
  if (fence !== lease.fence && !(fence < lease.fence && holds)) throw lost(lease)
  // Begun, it is said to its end: cut in the middle, the record would tell of what is then taken back.
  const closing: Book = { ...book, api: await book.uncut() }
  // First the others, so that two are never active; a run that dies in between is healed, and this is done again.
  if (holds) await retire(environment, entry, result, closing)
  const lines = [...describeResult({ ...result, at: Math.round(result.at) }, intent, fence === lease.fence ? undefined : lease.fence)]
  const last = lines.pop() ?? ''
  for (const part of lines) await post(environment, entry, { state: 'in_progress', description: part }, closing)
  await post(environment, entry, { state: holds ? stateOf(result) : notActive(result), description: last, ...linkTo(result) }, closing)
  // Whoever took over meanwhile may have closed it, and something else may be active now. A look costs nothing.
  open.set(delivery, { ...entry, result })
  if (holds && result.ok && !(await seenToHold(lease, book))) {
    await post(environment, entry, { state: 'inactive', description: describe({ kind: 'gone', why: 'another run took over as it ended' }, clock.now()) }, closing)
  }
}

/** It is closed, whatever this look meets: nobody may go back from what is on record as done. */
async function seenToHold(lease: Lease, { leases, ambient: { log } }: Book): Promise<boolean> {
  try {
    return await leases.renew(lease)
  } catch (fault) {
    log.warn(`Could not look whether the lease on \`${lease.environment}\` held to the end: ${messageOf(fault)}`)
    return true
  }
}

async function record(environment: string, fact: Recorded, book: Book): Promise<void> {
  const { told, kind } = aboutFact(fact)
  const id = await book.api.create({ task: tasks.fact, environment, payload: { nonce: crypto.randomUUID(), fact }, description: told, commit: '' })
  try {
    await setAside(environment, id, `a record of ${kind}, nothing that runs`, book)
  } catch (fault) {
    book.ambient.log.warn(`Deployment ${id} of \`${environment}\`, which is a record, still looks like something that waits to run: ${messageOf(fault)}`)
  }
}

/** In words for GitHub's pages. */
function aboutFact(fact: Recorded): { readonly told: string; readonly kind: string } {
  if (fact.type === 'receipt') return { told: `receipt ${fact.receipt.id}`, kind: 'a backup' }
  if (fact.type === 'checked' || fact.type === 'watched') return { told: `${fact.type} ${fact.version}: ${fact.reason}`, kind: fact.type === 'checked' ? 'checks' : 'a watch' }
  if (fact.type === 'past' || fact.type === 'watching') return { told: `${fact.type === 'past' ? `what ${fact.version} had` : 'a watcher'}, for delivery ${fact.delivery}`, kind: 'a watch' }
  return { told: `${fact.type} ${fact.receipt}${fact.type === 'restored' ? `: ${fact.reason}` : ''}`, kind: 'a restore' }
}

async function inFlight(environment: string, book: Book): Promise<readonly (DeliveryRecord & { readonly alive: boolean })[]> {
  const { leases, github, ambient, open } = book
  const found = (await show(environment, book)).entries.filter(({ result }) => result === undefined)
  if (found.length === 0) return []
  const claims = await leases.claims(environment)
  const told: (DeliveryRecord & { readonly alive: boolean })[] = []
  for (const entry of found) {
    // Whoever goes on with it must not be told by an older list that it is not there.
    if (!open.has(entry.id)) open.set(entry.id, entry)
    const { fence, intent, begunAt } = entry.payload
    const claim = claims.find(({ id }) => id === fence)
    const lives = claim === undefined ? await alive(intent.run, github, ambient) : await leases.lives(environment, claim)
    told.push({ ...recordOf(environment, entry), alive: lives ?? github.now() - (entry.events.at(-1)?.at ?? begunAt) < YIELDS_WITHIN_MS })
  }
  return told
}

/** Another run's delivery is read before it is gone on with. */
async function entryOf(environment: string, delivery: string, book: Book, anew = false): Promise<Entry> {
  const known = book.open.get(delivery)
  if (known !== undefined && !anew) return known
  // A list may lag behind what was written.
  for (const waitMs of [0, 1000, 2000]) {
    if (waitMs > 0) await book.ambient.clock.sleep(waitMs, book.ambient.signal)
    const found = (await show(environment, book)).entries.find(({ id }) => id === delivery)
    if (found === undefined) continue
    book.open.set(delivery, found)
    return found
  }
  if (known !== undefined) return known
  throw new StateError('github-missing', { message: `Delivery ${delivery} is not among the newest deployments of \`${environment}\`.`, fix: 'Look at the deployments of the environment on GitHub; somebody may have deleted it.' })
}

async function post(environment: string, { id }: Entry, status: NewStatus, { api, open, ambient: { run } }: Book): Promise<void> {
  await api.post(environment, Number(id), { logUrl: run.url, ...status })
  const entry = open.get(id)
  if (entry !== undefined) open.set(id, { ...entry, count: (entry.count ?? 0) + 1 })
}

/** GitHub keeps every success active until it is told otherwise. */
async function retire(environment: string, entry: Entry, { live, ok }: DeliveryResult, book: Book): Promise<void> {
  if (live === undefined) return
  const others = book.actives.get(entry.id) ?? (await show(environment, book)).entries
  for (const { id, active, result } of others) {
    const stays = !ok && result?.live !== undefined && sameRelease(result.live, live)
    if (active && id !== entry.id && !stays) await setAside(environment, Number(id), `${live.version} serves, by deployment ${entry.id}`, book)
  }
}

async function setAside(environment: string, id: number, why: string, { api, ambient: { clock } }: Book): Promise<void> {
  await api.post(environment, id, { state: 'inactive', description: describe({ kind: 'gone', why }, clock.now()) })
}

/** The deployment that GitHub made for the job we run in: its link names our run. An earlier step may have taken it for a delivery of its own. */
async function madeByGitHub(environment: string, entries: readonly Entry[], { api, ambient: { run, github } }: Book): Promise<number | undefined> {
  if (!/^\d+$/.test(run.id)) return undefined
  // It is of the run's commit; of a pull request's run that is another one.
  const mayBe = (sha: string): boolean => github?.sha === undefined || github.ref?.startsWith('refs/pull/') === true || sha === github.sha
  const candidates = (await api.newest(environment, tasks.github)).filter(({ id, sha }) => mayBe(sha) && !entries.some((entry) => entry.id === String(id)))
  for (const { id } of candidates.slice(0, JOBS)) {
    const statuses = await api.statuses(environment, id)
    if (statuses.some(({ logUrl }) => logUrl.includes(`/actions/runs/${run.id}/`))) return id
  }
  return undefined
}

/** Where there is little room left, the full record tells what a status does not; what healing goes by always has its place. */
function worthTelling(event: DeliveryEvent, room: number): boolean {
  if (event.type === 'observed') return room > KEPT_FOR_DETAIL
  if (event.type === 'verdict') return event.decision === 'FAIL' ? room > 0 : room > KEPT_FOR_DETAIL
  return event.verb === 'shift' ? room > KEPT_FOR_END : room > 0
}

function stateOf({ ok, reason }: DeliveryResult): State {
  if (ok) return 'success'
  return reason === 'error' || reason === 'stuck' ? 'error' : 'failure'
}

/** Of a record that is a file of this machine the run knows more: there its artifact is. */
function linkTo({ record: kept }: DeliveryResult): Pick<NewStatus, 'logUrl'> {
  return kept !== undefined && /^https?:/.test(kept.link) ? { logUrl: kept.link } : {}
}

/** Whoever holds the lease now says what is active. */
function notActive(result: DeliveryResult): State {
  return result.ok ? 'inactive' : stateOf(result)
}

function lost(lease: Lease): StateError {
  return new StateError('lease-lost', { message: `The lease on \`${lease.environment}\` was taken by another run, or has been given back.` })
}
