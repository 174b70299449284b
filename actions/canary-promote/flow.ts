import { bringUp, identified } from '../../core/delivery/bring-up.js'
import { checkAt } from '../../core/delivery/check-at.js'
import { evidenceOf, type Evidence } from '../../core/delivery/evidence.js'
import { moveTag } from '../../core/delivery/environment-tag.js'
import { heal } from '../../core/delivery/heal.js'
import { lookoutOf } from '../../core/delivery/lookout.js'
import { withHold, type Hold } from '../../core/delivery/hold.js'
import { migrateFor } from '../../core/delivery/migrate.js'
import { pastNotes } from '../../core/delivery/past-notes.js'
import { lookAtBudgetsAndAround, type BudgetedSituation, type DeliveryPorts, type DeliveryRequest } from '../../core/delivery/request.js'
import { interruption, interruptionBefore, turnBack } from '../../core/delivery/turn.js'
import { checkSignatures } from '../../core/delivery/verify-image.js'
import { begin, resultParts, type Delivery } from '../../core/delivery/work.js'
import type { Launched } from '../../core/domain/platform.js'
import { InputError, StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { climb, type Climbed } from './climb.js'
import { hold as holdThere, leaveBecause, isBad, type Leaving } from './leaving.js'
import type { PromoteOutcome, Reason } from './outcome.js'
import { makePlan, type Plan } from './plan.js'
import { outcome, type Facts } from './report.js'

/** Lets a release in, step by step under the judge, or goes back to the one that served. */
export async function promote(request: DeliveryRequest, ports: DeliveryPorts, ambient: Ambient): Promise<PromoteOutcome> {
  if (request.dryRun) return dryRun(request, ports, ambient)
  try {
    return await withHold(ports.ledger, request.environment.name, { preempt: false }, ambient, (hold) => promoteHeld(request, ports, hold, ambient))
  } catch (fault) {
    const why = interruptionBefore(fault, ambient)
    if (why === undefined) throw fault
    return outcome(request, why.reason, why.message, {})
  }
}

/** Takes nothing from anybody, and heals nothing. */
async function dryRun(request: DeliveryRequest, ports: DeliveryPorts, ambient: Ambient): Promise<PromoteOutcome> {
  const signed = await checkSignatures(request, ports.signatures, ambient)
  const situation = await lookAtBudgetsAndAround(request, ports, ambient)
  const plan = makePlan(request, situation, signed, ports.platform.capabilities, ports.metrics !== undefined)
  const found = { signed, ...foundIn(situation) }
  if ('reason' in plan) return outcome(request, plan.reason, plan.message, found)
  printPlan(plan, ambient)
  const open = (await ports.ledger.inFlight(request.environment.name))[0]
  const first = open === undefined ? '' : ` The ${open.intent.kind} of ${open.intent.release.version} by run ${open.intent.run.id} is in flight.`
  return outcome(request, 'planned', `Nothing was changed.${first}`, { ...found, plan: plan.lines })
}

function printPlan({ lines }: Plan, { log }: Ambient): void {
  log.step('Plan')
  for (const line of lines) log.info(line)
}

function foundIn({ observed, overruled, budgets }: BudgetedSituation): Pick<Facts, 'previous' | 'overruled' | 'budgets'> {
  return { budgets, ...(observed.stable === undefined ? {} : { previous: observed.stable.release }), ...(overruled === undefined ? {} : { overruled }) }
}

async function promoteHeld(request: DeliveryRequest, ports: DeliveryPorts, hold: Hold, ambient: Ambient): Promise<PromoteOutcome> {
  // 1. Close what a dead run left open, find out who signed the release, then look at what is: after that nothing waits.
  const healed = await heal(ports, hold, ambient)
  const signed = await checkSignatures(request, ports.signatures, ambient)
  const situation = await lookAtBudgetsAndAround(request, ports, ambient)
  const seen = foundIn(situation)
  const found = { healed, signed, ...seen }

  // 2. May it go, and how? The plan is printed before anything is done.
  const plan = makePlan(request, situation, signed, ports.platform.capabilities, ports.metrics !== undefined)
  if ('reason' in plan) return outcome(request, plan.reason, plan.message, found)
  printPlan(plan, ambient)

  // 3. Record the intent, then go forward; whatever interrupts that, traffic goes back first.
  const { environment, release, requestedAt, receipt } = request
  const { budgets: _, ...before } = seen
  const intent = { kind: 'promote' as const, release, requestedAt, plan: plan.lines, run: ambient.run }
  const delivery = await begin(ports, hold, { ...intent, ...before, ...(receipt === undefined ? {} : { receipt }) }, ambient)
  const way: Way = { request, ports, delivery, plan, evidence: evidenceOf(environment, delivery.id, ambient), facts: { ...found, plan: plan.lines, deployment: delivery.id, chronicle: delivery.chronicle }, promoted: false }
  const ended = await travel(way, ambient)
  await way.evidence.end(ended)
  return ended
}

async function travel(way: Way, ambient: Ambient): Promise<PromoteOutcome> {
  const { delivery } = way
  try {
    const left = await forward(way, ambient)
    return left === undefined ? await arrived(way, ambient) : await leave(way, left, ambient)
  } catch (fault) {
    const why = interruption(fault, delivery, ambient)
    return leave(way, why.reason === 'error' && diedOnTrial(fault) ? { reason: 'candidate-died', message: why.message } : why, ambient)
  }
}

/** One delivery on its way; `facts` and `promoted` follow what has been done. */
interface Way {
  readonly request: DeliveryRequest
  readonly ports: DeliveryPorts
  readonly delivery: Delivery
  readonly plan: Plan
  readonly evidence: Evidence
  facts: Facts
  promoted: boolean
}

/** From nothing to 100 %; what it returns is why the way was left. */
async function forward(way: Way, ambient: Ambient): Promise<Leaving | undefined> {
  const { request, ports, delivery, plan } = way
  const { environment, release } = request
  if (plan.route === 'already-live') return undefined
  const notes = pastNotes(request, ports, delivery, ambient)
  await notes.look()

  const migrated = await migrateFor(delivery, environment.migrate, { environment: environment.name, url: request.url, release }, ports.platform, ambient)
  if (!migrated.ok) {
    way.facts = { ...way.facts, lastLines: migrated.lastLines }
    return { reason: 'migrate-failed', message: migrated.why }
  }
  if (migrated.schema !== undefined) way.facts = { ...way.facts, schema: migrated.schema }

  ambient.log.step(`Start ${release.version} at weight 0`)
  const up = await bringUp(delivery, request, ports, ambient)
  if (!up.ok) return { reason: up.reason, message: up.message }
  if (up.launched.reach !== undefined) {
    const failed = await checked(way, up.launched.reach, 'before users reach it', ambient)
    if (failed !== undefined) return failed
  }
  await notes.look(up.launched)
  const left = await raise(way, up.launched, ambient)
  if (left !== undefined) return left
  notes.take(way.facts.climbed?.track.map(({ sample }) => sample) ?? [])
  await notes.record(up.launched)

  ambient.log.step(`Give ${release.version} all of it`)
  delivery.hold.signal.throwIfAborted()
  way.promoted = true
  await delivery.doing('promote', () => ports.platform.promote())
  return undefined
}

/** Traffic by steps under the judge, or all of it at once, as the plan says. */
async function raise(way: Way, launched: Launched, ambient: Ambient): Promise<Leaving | undefined> {
  const { request, ports, delivery, plan } = way
  if (plan.route === 'blue-green') {
    // Nobody extends it while the checks run, so it leaves them all of their time.
    if (ports.platform.capabilities.deadMan) await ports.platform.returnAt(ambient.clock.now() + request.environment.rollout.healthyWithinMs + request.environment.rollout.returnAfterMs)
    await delivery.doing('shift', () => ports.platform.shift(100), { weight: 100 })
    return checked(way, { url: request.url, headers: {} }, 'with all traffic', ambient)
  }
  if (plan.route !== 'canary' || ports.metrics === undefined) return undefined
  const unseen = await blindness(() => ports.metrics!.preflight(launched.arms))
  if (unseen !== undefined) return unseen
  const { arms, reach } = launched
  const lookout = lookoutOf((await ports.triggers?.({ arm: arms.candidate, url: request.url, platform: ports.platform, ...(reach === undefined ? {} : { reach }) })) ?? [], ambient)
  const mute = await blindness(() => lookout.preflight())
  if (mute !== undefined) return mute
  const climbed: Climbed = { track: [], weight: 0 }
  way.facts = { ...way.facts, climbed, lookout, evidence: way.evidence.path }
  const end = await climb({ request, ports: { ...ports, metrics: ports.metrics }, delivery, arms, evidence: way.evidence, climbed, budgets: way.facts.budgets ?? [], lookout }, ambient)
  return leaveBecause(climbed, end, request.environment.judge.checks)
}

/** What is set may be right, and has nothing to tell yet: that is no fault of anything, and nothing to judge by. */
async function blindness(preflight: () => Promise<void>): Promise<Leaving | undefined> {
  try {
    await preflight()
    return undefined
  } catch (fault) {
    if (!(fault instanceof InputError) || !fault.passing) throw fault
    return { reason: 'no-data', message: `Before the first weight there was nothing to judge by: ${fault.message} ${fault.fix}` }
  }
}

async function checked(way: Way, at: { readonly url: string; readonly headers: Readonly<Record<string, string>> }, when: string, ambient: Ambient): Promise<Leaving | undefined> {
  const report = await checkAt(way.request, at, way.delivery.hold.signal, ambient)
  if (report === undefined) return undefined
  way.facts = { ...way.facts, checks: report }
  return report.ok ? undefined : { reason: 'checks-failed', message: `${report.message} (${when})` }
}

/** Green only when users were seen to be served by the release, and its checks passed there. */
async function arrived(way: Way, ambient: Ambient): Promise<PromoteOutcome> {
  const { request, delivery, plan } = way
  const seen = await identified(request, delivery.hold.signal, ambient)
  if (!seen.ok) return leave(way, { reason: 'wrong-version', message: `After the switch ${seen.seen}.` }, ambient)
  const failed = await checked(way, { url: request.url, headers: {} }, 'after the switch', ambient)
  if (failed !== undefined) return leave(way, failed, ambient)
  // Refused when a rollback has taken the lease meanwhile: then this release is not to stay.
  await delivery.observed(`all traffic: ${seen.seen}`)
  delivery.hold.signal.throwIfAborted()
  const reason = arrivedAs(plan, way.facts)
  const message = `${request.release.version} serves \`${request.environment.name}\`: ${seen.seen}.`
  await delivery.finish({ ok: true, reason, message, ...resultParts({ live: request.release, schema: way.facts.schema }) })
  const tags = await moveTag(request.environment, request.release, way.ports.registry, ambient)
  return outcome(request, reason, message, { ...way.facts, tags, served: request.release.version })
}

function arrivedAs({ route }: Plan, { climbed }: Facts): Reason {
  if (route === 'already-live') return 'already-live'
  if (route === 'first') return 'promoted-first'
  if (route !== 'canary') return 'switched'
  return climbed?.end?.kind === 'up' && climbed.end.decided && climbed.verdict?.decision === 'PASS' ? 'promoted' : 'promoted-unsuspected'
}

async function leave(way: Way, left: Leaving, ambient: Ambient): Promise<PromoteOutcome> {
  const { request, ports, delivery } = way
  if (left.reason === 'held') return holdThere(way, left, ambient)
  const bad = isBad(left.reason) ? { bad: request.release } : {}
  const turned = await turnBack<Reason>(delivery, { ...left, ...bad }, { shielded: ports.shielded, promoted: way.promoted, schema: way.facts.schema }, ambient)
  return outcome(request, turned.reason, turned.message, { ...way.facts, turned })
}

/** The platform would not give traffic to the candidate because it has ended or is gone. */
function diedOnTrial(fault: unknown): boolean {
  return fault instanceof StateError && (fault.code === 'candidate-unhealthy' || fault.code === 'no-candidate')
}
