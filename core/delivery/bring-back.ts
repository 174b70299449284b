import { identified } from './bring-up.js'
import { checkAt } from './check-at.js'
import type { CheckReport } from './checks.js'
import { timed, type Chronicle } from './chronicle.js'
import { moveTag, type AtRegistry } from './environment-tag.js'
import { goBackTo } from './go-back.js'
import type { Hold } from './hold.js'
import { overruledLines } from './report.js'
import { awaited } from './patience.js'
import type { DeliveryRequest } from './request.js'
import { interruption, WORD_MS } from './turn.js'
import { begin, resultParts, type Delivery, type Grounds } from './work.js'
import type { Environment } from '../domain/environment.js'
import type { Overruled, SchemaChange } from '../domain/history.js'
import { readableDuration } from '../domain/duration.js'
import type { Diagnosis, Observed, PastRelease } from '../domain/platform.js'
import { sameRelease, type Release } from '../domain/release.js'
import { messageOf, StateError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'

/** How going back to an earlier release goes. */
export interface Way {
  readonly reason: 'rolled-back' | 'candidate-abandoned'
  readonly target: Release
  /** Absent when the target serves already and only a candidate goes. */
  readonly past?: PastRelease
  /** What is to serve no longer; marked bad once it does not. */
  readonly left?: Release
  /** Who else wanted it, where one person may not decide. */
  readonly second?: string
  readonly overruled?: Overruled
  /** The schema's revision that the target ran with, where the record tells. */
  readonly schema?: string
}

/** What is asked for, by a person or by a watch. */
export interface BackRequest {
  readonly environment: Environment
  readonly url: string
  readonly because?: string
  /** When whoever goes back began (epoch ms), for the time that it takes. */
  readonly startedAt: number
}

export type BackPorts = Grounds & { readonly shielded: () => Promise<Grounds>; readonly registry?: AtRegistry }

/** What comes after the traffic: whatever is to be done about schema, data and caches. */
export interface Aftermath<Reason extends string> {
  /** Set when something went wrong. */
  readonly reason?: Reason
  readonly message: string
  readonly schema?: SchemaChange
}

export type BackReason = Way['reason'] | 'unhealthy' | 'wrong-version' | 'checks-failed' | 'preempted' | 'cancelled' | 'error' | 'stuck'

/** What was seen on the way back. */
export interface BackSeen {
  readonly deployment: string
  readonly chronicle: Chronicle
  /** The version that serves now; absent when that was not observed. */
  readonly served?: string
  /** From the start to the old release serving everything (ms). */
  readonly tookMs?: number
  readonly diagnosis?: Diagnosis | undefined
  readonly checks?: CheckReport
  readonly tags?: readonly string[]
}

export interface BroughtBack<Reason extends string> {
  readonly reason: Reason | BackReason
  readonly message: string
  readonly seen: BackSeen
}

interface Carried<Reason extends string> {
  readonly request: BackRequest
  readonly ports: BackPorts
  readonly delivery: Delivery
  readonly way: Way
  readonly after: (delivery: Delivery) => Promise<Aftermath<Reason>>
  seen: BackSeen
}

/** Records the intent, brings the target back, looks, then what comes after the traffic. Never leaves it half done. */
export async function bringBack<Reason extends string = never>(
  request: BackRequest, ports: BackPorts, hold: Hold, way: Way, after: (delivery: Delivery) => Promise<Aftermath<Reason>>, ambient: Ambient,
): Promise<BroughtBack<Reason>> {
  const delivery = await beginRollback(request, ports, hold, way, ambient)
  const carried: Carried<Reason> = { request, ports, delivery, way, after, seen: { deployment: delivery.id, chronicle: delivery.chronicle } }
  try {
    return await broughtBack(carried, ambient)
  } catch (fault) {
    return carryOn(carried, fault, ambient)
  }
}

async function broughtBack<Reason extends string>(carried: Carried<Reason>, ambient: Ambient): Promise<BroughtBack<Reason>> {
  const { request, ports, delivery, way } = carried
  const { target, past, left } = way
  const { signal } = delivery.hold
  ambient.log.step(`Bring ${target.version} back`)
  // What it is about to do is on record since it began: users wait for no more than that.
  const [verb, detail] = past === undefined ? ['abandon' as const, left?.version ?? ''] : ['restore' as const, target.version]
  await awaited(delivery.intends(verb, { detail }), WORD_MS, 'What is done next was not recorded', ambient)
  signal.throwIfAborted()
  await timed(delivery.chronicle, verb, ambient, () => (past === undefined ? ports.platform.abandon() : ports.platform.restore(past)))
  const asked = asDelivery(request, target)
  const seen = await identified(asked, signal, ambient)
  if (!seen.ok) return closed(carried, 'wrong-version', `After the switch ${seen.seen}.`, ambient)
  await delivery.observed(`all traffic: ${seen.seen}`)
  const tookMs = ambient.clock.now() - request.startedAt
  ambient.log.info(`${target.version} serves 100 %, ${readableDuration(tookMs)} after the start.`)
  carried.seen = { ...carried.seen, tookMs, served: target.version }

  const after = await carried.after(delivery)
  const report = await checkAt(asked, { url: request.url, headers: {} }, signal, ambient)
  if (report !== undefined) carried.seen = { ...carried.seen, checks: report }
  signal.throwIfAborted()
  const reason = after.reason ?? (report?.ok === false ? 'checks-failed' : way.reason)
  const there = way.reason === 'rolled-back' ? `${target.version} serves \`${request.environment.name}\` again` : `${left?.version} is gone; ${target.version} serves \`${request.environment.name}\``
  const message = [`${there}: ${seen.seen}.`, after.message, report?.ok === false ? report.message : ''].filter((text) => text !== '').join(' ')
  await delivery.finish({ ok: reason === way.reason, reason, message, ...resultParts({ live: target, bad: badOf(way), schema: after.schema }) })
  // The tag of the environment would name what was just taken away.
  const tags = await moveTag(request.environment, target, ports.registry, ambient)
  return { reason, message, seen: { ...carried.seen, tags } }
}

/** A way back begun is carried to its end: nobody who asked for the old release wants half of it. */
async function carryOn<Reason extends string>(carried: Carried<Reason>, fault: unknown, ambient: Ambient): Promise<BroughtBack<Reason>> {
  const { ports, delivery, way } = carried
  if (fault instanceof StateError && fault.code === 'candidate-unhealthy') return closed(carried, 'unhealthy', fault.message, ambient)
  const why = interruption(fault, delivery, ambient)
  if (why.reason === 'preempted') return closed(carried, 'preempted', why.message, ambient)
  try {
    const { platform } = await ports.shielded()
    const went = await goBackTo(way.target, platform, ambient)
    return await closed(carried, went.back ? why.reason : 'stuck', `${why.message} Seen: ${went.seen}.`, ambient, went.settled)
  } catch (again) {
    return { reason: 'stuck', message: `${why.message} ${messageOf(again)}`, seen: carried.seen }
  }
}

/** Closes what did not end well, with what serves now as it was observed; what is not settled stays open, to be finished. */
async function closed<Reason extends string>({ request, ports, delivery, way, seen }: Carried<Reason>, reason: BackReason, message: string, ambient: Ambient, settled = true): Promise<BroughtBack<Reason>> {
  const grounds = await ports.shielded()
  const { platform } = grounds
  const [observed, diagnosis] = await Promise.all([
    platform.observe().catch((): Observed => ({ weight: 0 })),
    platform.diagnose(request.startedAt).catch(() => undefined),
  ])
  const live = observed.stable?.release
  const bad = live !== undefined && sameRelease(live, way.target) ? badOf(way) : undefined
  const { served: _, ...rest } = seen
  const now: BackSeen = { ...rest, diagnosis, ...(live === undefined ? {} : { served: live.version }) }
  const open = `${message} The record stays open: the post step or the next run goes on with it.`
  if (!settled) return { reason, message: open, seen: now }
  try {
    await delivery.finishBy(grounds, { ok: false, reason, message, ...resultParts({ live, bad }) })
    return { reason, message, seen: now }
  } catch (fault) {
    ambient.log.warn(`The end was not recorded: ${messageOf(fault)}`)
    return { reason, message: open, seen: now }
  }
}

function badOf({ left, target }: Way): Release | undefined {
  return left === undefined || sameRelease(left, target) ? undefined : left
}

function beginRollback(request: BackRequest, ports: Grounds, hold: Hold, { target, left, second, overruled }: Way, ambient: Ambient): Promise<Delivery> {
  const plan = [`Bring ${target.version} back${request.because === undefined ? '' : `, because: ${request.because}`}.`, ...(second === undefined ? [] : [`Second person: ${second}, who approved the run.`]), ...overruledLines(overruled)]
  return begin(ports, hold, { kind: 'rollback', release: target, plan, requestedAt: request.startedAt, run: ambient.run, ...(left === undefined ? {} : { previous: left }), ...(request.because === undefined ? {} : { because: request.because }), ...(overruled === undefined ? {} : { overruled }) }, ambient)
}

function asDelivery(request: BackRequest, release: Release): DeliveryRequest {
  return { environment: request.environment, url: request.url, release, requestedAt: request.startedAt, dryRun: false }
}
