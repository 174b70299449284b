import type { DeliveryEvent, DeliveryResult } from '../../../domain/history.js'
import { sameRelease } from '../../../domain/release.js'
import { StateError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { Lease, Ledger } from '../../../ports/ledger.js'
import type { Deployments, State } from './deployments.js'
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

interface Parts {
  readonly github: GitHub
  readonly api: Deployments
  readonly shelf: Shelf
  readonly leases: Leases
}

/** What was done in an environment: one deployment for each delivery. */
export function deliveries({ github, api, shelf, leases }: Parts, ambient: Ambient): Pick<Ledger, 'begin' | 'advance' | 'finish' | 'record' | 'inFlight' | 'history'> {
  const { clock, run } = ambient
  /** Deliveries that this process began or goes on with, as they stand. */
  const open = new Map<string, Entry>()
  /** What was active when they were begun: nobody but the holder of the lease changes that. */
  const actives = new Map<string, readonly Entry[]>()
  const held = async (lease: Lease): Promise<void> => {
    if (!(await leases.renew(lease))) throw lost(lease)
  }
  const show = (environment: string, depth: { deliveries?: number; events?: number } = {}): Promise<Shown> =>
    shelf.show(environment, { deliveries: depth.deliveries ?? 100, events: depth.events ?? 0 })
  /** Another run's delivery is read before it is gone on with. */
  const entryOf = async (environment: string, delivery: string): Promise<Entry> => {
    const found = open.get(delivery) ?? (await show(environment)).entries.find(({ id }) => id === delivery)
    if (found === undefined) throw new StateError('github-missing', { message: `Delivery ${delivery} is not among the newest deployments of \`${environment}\`.`, fix: 'Look at the deployments of the environment on GitHub; somebody may have deleted it.' })
    open.set(delivery, found)
    return found
  }
  const post = async (environment: string, entry: Entry, state: State, description: string, logUrl?: string): Promise<void> => {
    await api.post(environment, Number(entry.id), { state, description, logUrl: logUrl ?? run.url })
    open.set(entry.id, { ...entry, count: (entry.count ?? 0) + 1 })
  }

  return {
    async begin(lease, intent) {
      await held(lease)
      const { environment } = lease
      const { entries } = await show(environment)
      const begunAt = clock.now()
      const payload = { nonce: crypto.randomUUID(), fence: lease.fence, begunAt, intent, known: remember(entries) }
      const description = `${intent.kind} ${intent.release.version} by ${intent.run.actor}`
      const commit = intent.release.commit
      const theirs = await madeByGitHub(environment, api, ambient)
      const id = theirs === undefined
        ? await api.create({ task: tasks.delivery, environment, payload, description, commit })
        : await adopt(theirs, { environment, payload, description: `intent of ${description}`, commit })
      const entry: Entry = { id: String(id), payload, events: [], active: false, count: theirs === undefined ? 0 : 2 }
      open.set(entry.id, entry)
      actives.set(entry.id, entries.filter(({ active }) => active))
      return recordOf(environment, entry)
    },
    async advance(lease, delivery, event) {
      await held(lease)
      const entry = await entryOf(lease.environment, delivery)
      if (entry.result !== undefined) throw lost(lease)
      if (!worthTelling(event, MOST_STATUSES - (entry.count ?? 0))) return
      const by = entry.payload.fence === lease.fence ? {} : { by: lease.fence }
      await post(lease.environment, entry, 'in_progress', describe({ kind: 'event', event, ...by }, Math.round(event.at)))
    },
    async finish(lease, delivery, result) {
      const { environment } = lease
      const holds = await leases.renew(lease)
      // Somebody else may have closed it when the lease is not ours any more.
      if (!holds) open.delete(delivery)
      const entry = await entryOf(environment, delivery)
      if (entry.result !== undefined) return
      const { fence, intent } = entry.payload
      if (fence !== lease.fence && !(fence < lease.fence && holds)) throw lost(lease)
      // First the others, so that two are never active; a run that dies in between is healed, and this is done again.
      if (holds) await retire(environment, entry, result)
      const [last, ...parts] = [...describeResult({ ...result, at: Math.round(result.at) }, intent, fence === lease.fence ? undefined : lease.fence)].toReversed()
      for (const part of parts.toReversed()) await post(environment, entry, 'in_progress', part)
      await post(environment, entry, holds ? stateOf(result) : notActive(result), last!, result.record?.link)
      open.set(delivery, { ...entry, result })
    },
    async record(environment, fact) {
      const id = await api.create({ task: tasks.fact, environment, payload: { nonce: crypto.randomUUID(), fact }, description: fact.type === 'receipt' ? `receipt ${fact.receipt.id}` : `checked ${fact.version}: ${fact.reason}`, commit: '' })
      await api.post(environment, id, { state: 'inactive', description: describe({ kind: 'gone', why: `a record of ${fact.type === 'receipt' ? 'a backup' : 'checks'}, nothing that runs` }, clock.now()) })
    },
    async inFlight(environment) {
      const { entries } = await show(environment)
      const found = entries.filter(({ result }) => result === undefined)
      if (found.length === 0) return []
      const claims = await leases.claims(environment)
      return Promise.all(found.map(async (entry) => {
        const { fence, intent, begunAt } = entry.payload
        const claim = claims.find(({ id }) => id === fence)
        const lives = claim === undefined ? await alive(intent.run, github, ambient) : await leases.lives(environment, claim)
        return { ...recordOf(environment, entry), alive: lives ?? github.now() - (entry.events.at(-1)?.at ?? begunAt) < YIELDS_WITHIN_MS }
      }))
    },
    async history(environment, depth = {}) {
      const { entries, cut } = await show(environment, depth)
      const facts = await shelf.facts(environment)
      const holder = await leases.holder(environment)
      return {
        environment, deliveries: entries.map((entry) => recordOf(environment, entry)), facts,
        ...(holder === undefined ? {} : { holder: { ...ownerOf(holder), until: holder.until } }), ...(cut ? { cut } : {}),
      }
    },
  }

  /** GitHub keeps every success active until it is told otherwise. */
  async function retire(environment: string, entry: Entry, result: DeliveryResult): Promise<void> {
    if (result.live === undefined) return
    const { live } = result
    const others = actives.get(entry.id) ?? (await show(environment)).entries
    const stays = (other: Entry): boolean => !result.ok && other.result?.live !== undefined && sameRelease(other.result.live, live)
    for (const other of others) {
      if (!other.active || other.id === entry.id || stays(other)) continue
      await api.post(environment, Number(other.id), { state: 'inactive', description: describe({ kind: 'gone', why: `${live.version} serves, by deployment ${entry.id}` }, clock.now()) })
    }
  }

  async function adopt(id: number, made: Omit<Parameters<Deployments['create']>[0], 'task'> & { readonly payload: object }): Promise<number> {
    const payload = { ...made.payload, of: String(id) }
    const beside = await api.create({ ...made, task: tasks.delivery, payload })
    await api.post(made.environment, beside, { state: 'inactive', description: describe({ kind: 'gone', why: `the intent of deployment ${id}, nothing that runs` }, clock.now()) })
    return id
  }
}

/** The deployment that GitHub made for the job we run in: its link names our run. */
async function madeByGitHub(environment: string, api: Deployments, { run }: Ambient): Promise<number | undefined> {
  if (!/^\d+$/.test(run.id)) return undefined
  for (const { id } of (await api.newest(environment, tasks.github)).slice(0, JOBS)) {
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

/** Whoever holds the lease now says what is active. */
function notActive(result: DeliveryResult): State {
  return result.ok ? 'inactive' : stateOf(result)
}

function lost(lease: Lease): StateError {
  return new StateError('lease-lost', { message: `The lease on \`${lease.environment}\` was taken by another run, or has been given back.` })
}
