import { identified } from '../../core/delivery/bring-up.js'
import { checkAt } from '../../core/delivery/check-at.js'
import { timed } from '../../core/delivery/chronicle.js'
import { moveTag } from '../../core/delivery/environment-tag.js'
import { goBackTo } from '../../core/delivery/go-back.js'
import type { Hold } from '../../core/delivery/hold.js'
import { overruledLines } from '../../core/delivery/report.js'
import { awaited } from '../../core/delivery/patience.js'
import type { DeliveryRequest } from '../../core/delivery/request.js'
import { interruption, WORD_MS } from '../../core/delivery/turn.js'
import { begin, resultParts, type Delivery, type Grounds } from '../../core/delivery/work.js'
import type { Overruled } from '../../core/domain/history.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Observed, PastRelease } from '../../core/domain/platform.js'
import { sameRelease, type Release } from '../../core/domain/release.js'
import { messageOf, StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { afterwards } from './afterwards.js'
import type { RollbackPorts, RollbackRequest } from './flow.js'
import type { Reason, RollbackOutcome } from './outcome.js'
import { outcome, type Facts } from './report.js'

/** How a rollback goes. */
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

interface Carried {
  readonly request: RollbackRequest
  readonly ports: RollbackPorts
  readonly delivery: Delivery
  readonly way: Way
  facts: Facts
}

/** 4. Record the intent, bring the target back, look, then the commands that come after the traffic. */
export async function carryOut(request: RollbackRequest, ports: RollbackPorts, hold: Hold, way: Way, facts: Facts, ambient: Ambient): Promise<RollbackOutcome> {
  const delivery = await beginRollback(request, ports, hold, way, ambient)
  const carried: Carried = { request, ports, delivery, way, facts: { ...facts, deployment: delivery.id, chronicle: delivery.chronicle } }
  try {
    return await broughtBack(carried, ambient)
  } catch (fault) {
    return carryOn(carried, fault, ambient)
  }
}

async function broughtBack(carried: Carried, ambient: Ambient): Promise<RollbackOutcome> {
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
  carried.facts = { ...carried.facts, tookMs, served: target.version }

  const after = await afterwards(request, delivery, ports, way, ambient)
  carried.facts = { ...carried.facts, ...after.facts }
  const report = await checkAt(asked, { url: request.url, headers: {} }, signal, ambient)
  if (report !== undefined) carried.facts = { ...carried.facts, checks: report }
  signal.throwIfAborted()
  const reason: Reason = after.reason ?? (report?.ok === false ? 'checks-failed' : way.reason)
  const there = way.reason === 'rolled-back' ? `${target.version} serves \`${request.environment.name}\` again` : `${left?.version} is gone; ${target.version} serves \`${request.environment.name}\``
  const message = [`${there}: ${seen.seen}.`, after.message, report?.ok === false ? report.message : ''].filter((text) => text !== '').join(' ')
  await delivery.finish({ ok: reason === way.reason, reason, message, ...resultParts({ live: target, bad: badOf(way), schema: after.schema }) })
  // The tag of the environment would name what was just taken away.
  const tags = await moveTag(request.environment, target, ports.registry, ambient)
  return outcome(request, reason, message, { ...carried.facts, tags })
}

/** A rollback begun is carried to its end: nobody who asked for the old release wants half of it. */
async function carryOn(carried: Carried, fault: unknown, ambient: Ambient): Promise<RollbackOutcome> {
  const { ports, delivery, way } = carried
  if (fault instanceof StateError && fault.code === 'candidate-unhealthy') return closed(carried, 'unhealthy', fault.message, ambient)
  const why = interruption(fault, delivery, ambient)
  if (why.reason === 'preempted') return closed(carried, 'preempted', why.message, ambient)
  try {
    const { platform } = await ports.shielded()
    const went = await goBackTo(way.target, platform, ambient)
    return await closed(carried, went.back ? why.reason : 'stuck', `${why.message} Seen: ${went.seen}.`, ambient, went.settled)
  } catch (again) {
    return outcome(carried.request, 'stuck', `${why.message} ${messageOf(again)}`, carried.facts)
  }
}

/** Closes a rollback that did not end well, with what serves now as it was observed; one that is not settled stays open, to be finished. */
async function closed({ request, ports, delivery, way, facts }: Carried, reason: Reason, message: string, ambient: Ambient, settled = true): Promise<RollbackOutcome> {
  const grounds = await ports.shielded()
  const { platform } = grounds
  const [observed, diagnosis] = await Promise.all([
    platform.observe().catch((): Observed => ({ weight: 0 })),
    platform.diagnose(request.startedAt).catch(() => undefined),
  ])
  const live = observed.stable?.release
  const bad = live !== undefined && sameRelease(live, way.target) ? badOf(way) : undefined
  const { served: _, ...rest } = facts
  const seen: Facts = { ...rest, diagnosis, ...(live === undefined ? {} : { served: live.version }) }
  const open = `${message} The record stays open: the post step or the next run goes on with it.`
  if (!settled) return outcome(request, reason, open, seen)
  try {
    await delivery.finishBy(grounds, { ok: false, reason, message, ...resultParts({ live, bad }) })
    return outcome(request, reason, message, seen)
  } catch (fault) {
    ambient.log.warn(`The end was not recorded: ${messageOf(fault)}`)
    return outcome(request, reason, open, seen)
  }
}

function badOf({ left, target }: Way): Release | undefined {
  return left === undefined || sameRelease(left, target) ? undefined : left
}

function beginRollback(request: RollbackRequest, ports: Grounds, hold: Hold, { target, left, second, overruled }: Way, ambient: Ambient): Promise<Delivery> {
  const plan = [`Bring ${target.version} back${request.because === undefined ? '' : `, because: ${request.because}`}.`, ...(second === undefined ? [] : [`Second person: ${second}, who approved the run.`]), ...overruledLines(overruled)]
  return begin(ports, hold, { kind: 'rollback', release: target, plan, requestedAt: request.startedAt, run: ambient.run, ...(left === undefined ? {} : { previous: left }), ...(overruled === undefined ? {} : { overruled }) }, ambient)
}

function asDelivery(request: RollbackRequest, release: Release): DeliveryRequest {
  return { environment: request.environment, url: request.url, release, requestedAt: request.startedAt, dryRun: false }
}
