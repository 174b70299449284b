import { checkAt } from '../../core/delivery/check-at.js'
import { identified } from '../../core/delivery/bring-up.js'
import { goBackTo } from '../../core/delivery/go-back.js'
import { heal } from '../../core/delivery/heal.js'
import { withHold, type Hold } from '../../core/delivery/hold.js'
import type { DeliveryRequest } from '../../core/delivery/request.js'
import { interruption } from '../../core/delivery/turn.js'
import { begin, resultParts, type Delivery, type Grounds } from '../../core/delivery/work.js'
import { readableDuration } from '../../core/domain/duration.js'
import { chooseTarget, rollbackTargets, type RollbackChoice } from '../../core/domain/eligibility.js'
import type { Environment } from '../../core/domain/environment.js'
import { lastLive } from '../../core/domain/history.js'
import type { Observed, PastRelease } from '../../core/domain/platform.js'
import { sameRelease, type Release } from '../../core/domain/release.js'
import { StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { afterwards, type DataPorts } from './afterwards.js'
import type { Reason, RollbackOutcome } from './outcome.js'
import { outcome, type Facts } from './report.js'

export interface RollbackRequest {
  readonly environment: Environment
  readonly url: string
  /** Version, digest or deployment id; absent: the previous good release. */
  readonly to?: string
  readonly because?: string
  /** Why an obstacle is overruled. */
  readonly force?: string
  readonly migrateDown?: string
  readonly flushCache?: string
  /** Id of the receipt whose backup replaces the database; given twice by the user. */
  readonly restoreReceipt?: string
  readonly dryRun: boolean
  /** When the process began (epoch ms), for the time that a rollback takes. */
  readonly startedAt: number
}

export type RollbackPorts = Grounds & { readonly shielded: () => Promise<Grounds>; readonly data: DataPorts }

/** Brings the previous good release back, taking over from whatever is at work in the environment. */
export async function rollback(request: RollbackRequest, ports: RollbackPorts, ambient: Ambient): Promise<RollbackOutcome> {
  // 1. Going back preempts going forward; a dry run takes nothing from anybody.
  if (request.dryRun) return dryRun(request, ports)
  const inFlight = await ports.ledger.inFlight(request.environment.name)
  const forward = inFlight.find(({ intent }) => intent.kind !== 'rollback')?.intent.release
  return withHold(ports.ledger, request.environment.name, { preempt: true }, ambient, (hold) => rollbackHeld(request, ports, hold, forward, ambient))
}

async function rollbackHeld(request: RollbackRequest, ports: RollbackPorts, hold: Hold, forward: Release | undefined, ambient: Ambient): Promise<RollbackOutcome> {
  // 2. Whatever was in flight goes back first, by itself or healed by us.
  const healed = (await heal(ports, hold, ambient)).map((one) => `Healed delivery ${one.delivery}: ${one.seen}.`)
  const observed = await ports.platform.observe()
  const stable = observed.stable?.release
  const leftCandidate = observed.candidate?.release ?? (forward !== undefined && (stable === undefined || !sameRelease(stable, forward)) ? forward : undefined)
  if (leftCandidate !== undefined && request.to === undefined && stable !== undefined) {
    return abandonCandidate(request, ports, hold, { candidate: leftCandidate, stable, healed }, ambient)
  }

  // 3. Which release, and can it come back?
  const choices = await choicesOf(request, ports, observed)
  const chosen = chooseTarget(choices, request.to, { force: request.force !== undefined })
  const found: Facts = { choices, healed, ...(stable === undefined ? {} : { previous: stable, served: stable.version }) }
  if (chosen.kind !== 'chosen') return outcome(request, chosen.kind, chosen.message, found)
  if (request.restoreReceipt !== undefined && !(await ports.data.known(request.restoreReceipt))) {
    return outcome(request, 'receipt-unknown', `No backup in the store has the receipt "${request.restoreReceipt}".`, found)
  }
  return bringBack(request, ports, hold, chosen.past, { ...found, target: chosen.past.release }, ambient)
}

/** 4. Record the intent, restore, look, then the commands that come after the traffic. */
async function bringBack(request: RollbackRequest, ports: RollbackPorts, hold: Hold, past: PastRelease, facts: Facts, ambient: Ambient): Promise<RollbackOutcome> {
  const left = facts.previous
  const delivery = await beginRollback(request, ports, hold, past.release, left, ambient)
  const known = { ...facts, deployment: delivery.id }
  try {
    ambient.log.step(`Bring ${past.release.version} back`)
    await delivery.doing('restore', () => ports.platform.restore(past), { detail: past.release.version })
    const seen = await identified(asDelivery(request, past.release), hold.signal, ambient)
    if (!seen.ok) return await closed(request, ports, delivery, 'wrong-version', `After the switch ${seen.seen}.`, known, ambient)
    const tookMs = ambient.clock.now() - request.startedAt
    ambient.log.info(`${past.release.version} serves 100 %, ${readableDuration(tookMs)} after the start.`)
    const message = `${past.release.version} serves \`${request.environment.name}\` again: ${seen.seen}.`
    const after = await afterwards(request, ports.platform, ports.data, past.release, ambient)
    const report = await checkAt(asDelivery(request, past.release), { url: request.url, headers: {} }, hold.signal, ambient)
    const reason: Reason = after.reason ?? (report?.ok === false ? 'checks-failed' : 'rolled-back')
    const all = { ...known, ...after.facts, tookMs, served: past.release.version, ...(report === undefined ? {} : { checks: report }) }
    const told = [message, after.message, report?.ok === false ? report.message : ''].filter((text) => text !== '').join(' ')
    await delivery.finish({ ok: reason === 'rolled-back', reason, message: told, ...resultParts({ live: past.release, bad: left, schema: undefined }) })
    return outcome(request, reason, told, all)
  } catch (fault) {
    return carryOn(request, ports, delivery, past.release, fault, known, ambient)
  }
}

/** A rollback begun is carried to its end: nobody who asked for the old release wants half of it. */
async function carryOn(request: RollbackRequest, ports: RollbackPorts, delivery: Delivery, target: Release, fault: unknown, facts: Facts, ambient: Ambient): Promise<RollbackOutcome> {
  if (fault instanceof StateError && fault.code === 'candidate-unhealthy') {
    return closed(request, ports, delivery, 'unhealthy', fault.message, facts, ambient)
  }
  const why = interruption(fault, delivery, ambient)
  if (why.reason === 'preempted') return closed(request, ports, delivery, 'preempted', why.message, facts, ambient)
  const { platform } = await ports.shielded()
  const went = await goBackTo(target, platform, ambient)
  return closed(request, ports, delivery, went.back ? why.reason : 'stuck', `${why.message} Seen: ${went.seen}.`, facts, ambient)
}

/** Closes a rollback that did not end well, with what serves now as it was observed. */
async function closed(request: RollbackRequest, ports: RollbackPorts, delivery: Delivery, reason: Reason, message: string, facts: Facts, ambient: Ambient): Promise<RollbackOutcome> {
  const { platform, ledger } = await ports.shielded()
  const [observed, diagnosis] = await Promise.all([
    platform.observe().catch((): Observed => ({ weight: 0 })),
    platform.diagnose(request.startedAt).catch(() => undefined),
  ])
  const live = observed.stable?.release
  await ledger.finish(delivery.hold.lease, delivery.id, { at: ambient.clock.now(), ok: false, reason, message, ...resultParts({ live }) })
  return outcome(request, reason, message, { ...facts, diagnosis, ...(live === undefined ? {} : { served: live.version }) })
}

/** A delivery was on its way: going back means that its candidate goes, and what served before serves all. */
async function abandonCandidate(
  request: RollbackRequest,
  ports: RollbackPorts,
  hold: Hold,
  found: { readonly candidate: Release; readonly stable: Release; readonly healed: readonly string[] },
  ambient: Ambient,
): Promise<RollbackOutcome> {
  const { candidate, stable, healed } = found
  const delivery = await beginRollback(request, ports, hold, stable, candidate, ambient)
  const facts: Facts = { previous: candidate, target: stable, deployment: delivery.id, healed }
  try {
    await delivery.doing('abandon', () => ports.platform.abandon(), { detail: candidate.version })
    const seen = await identified(asDelivery(request, stable), hold.signal, ambient)
    if (!seen.ok) return await closed(request, ports, delivery, 'wrong-version', `With ${candidate.version} gone ${seen.seen}.`, facts, ambient)
    const tookMs = ambient.clock.now() - request.startedAt
    const message = `${candidate.version} is gone; ${stable.version} serves \`${request.environment.name}\`: ${seen.seen}.`
    await delivery.finish({ ok: true, reason: 'candidate-abandoned', message, ...resultParts({ live: stable, bad: candidate }) })
    return outcome(request, 'candidate-abandoned', message, { ...facts, tookMs, served: stable.version })
  } catch (fault) {
    return carryOn(request, ports, delivery, stable, fault, facts, ambient)
  }
}

async function dryRun(request: RollbackRequest, ports: RollbackPorts): Promise<RollbackOutcome> {
  const observed = await ports.platform.observe()
  const choices = await choicesOf(request, ports, observed)
  const chosen = chooseTarget(choices, request.to, { force: request.force !== undefined })
  const stable = observed.stable?.release
  const facts: Facts = { choices, ...(stable === undefined ? {} : { previous: stable, served: stable.version }) }
  if (chosen.kind !== 'chosen') return outcome(request, chosen.kind, chosen.message, facts)
  const inFlight = (await ports.ledger.inFlight(request.environment.name))[0]
  const first = inFlight === undefined ? '' : `The ${inFlight.intent.kind} of ${inFlight.intent.release.version} by run ${inFlight.intent.run.id} is in flight and would be taken over first. `
  return outcome(request, 'planned', `${first}${stable?.version ?? 'Nothing'} serves; ${chosen.past.release.version} would be brought back.`, { ...facts, target: chosen.past.release })
}

async function choicesOf(request: RollbackRequest, { platform, ledger }: Grounds, observed: Observed): Promise<readonly RollbackChoice[]> {
  const [history, kept] = await Promise.all([ledger.history(request.environment.name), platform.releases()])
  const current = observed.stable?.release ?? lastLive(history)?.result?.live
  return rollbackTargets(history, kept, current, { backwardCompatible: request.environment.migrate?.backwardCompatible ?? true })
}

function beginRollback(request: RollbackRequest, ports: Grounds, hold: Hold, target: Release, left: Release | undefined, ambient: Ambient): Promise<Delivery> {
  const plan = [`Bring ${target.version} back${request.because === undefined ? '' : `, because: ${request.because}`}.`]
  return begin(ports, hold, { kind: 'rollback', release: target, plan, requestedAt: request.startedAt, run: ambient.run, ...(left === undefined ? {} : { previous: left }) }, ambient)
}

function asDelivery(request: RollbackRequest, release: Release): DeliveryRequest {
  return { environment: request.environment, url: request.url, release, requestedAt: request.startedAt, dryRun: false }
}

