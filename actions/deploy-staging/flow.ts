import { bringUp, identified } from '../../core/delivery/bring-up.js'
import { moveTag } from '../../core/delivery/environment-tag.js'
import { heal } from '../../core/delivery/heal.js'
import { withHold, type Hold } from '../../core/delivery/hold.js'
import { migrateFor } from '../../core/delivery/migrate.js'
import { pastNotes } from '../../core/delivery/past-notes.js'
import { lookAround, type DeliveryPorts, type DeliveryRequest } from '../../core/delivery/request.js'
import { interruption, interruptionBefore, turnBack } from '../../core/delivery/turn.js'
import { checkSignatures } from '../../core/delivery/verify-image.js'
import { begin, resultParts, type Delivery } from '../../core/delivery/work.js'
import type { Observed } from '../../core/domain/platform.js'
import { sameRelease } from '../../core/domain/release.js'
import { StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { DeployOutcome, Reason } from './outcome.js'
import { outcome, planOf, type Facts } from './report.js'

/** Brings a release to 100 % of an environment, healthy and identified, or leaves the previous one serving. */
export async function deploy(request: DeliveryRequest, ports: DeliveryPorts, ambient: Ambient): Promise<DeployOutcome> {
  if (request.dryRun) return dryRun(request, ports, ambient)
  try {
    return await withHold(ports.ledger, request.environment.name, { preempt: false }, ambient, (hold) => deployHeld(request, ports, hold, ambient))
  } catch (fault) {
    const why = interruptionBefore(fault, ambient)
    if (why === undefined) throw fault
    return outcome(request, why.reason, why.message, {})
  }
}

/** Takes nothing from anybody, and heals nothing. */
async function dryRun(request: DeliveryRequest, ports: DeliveryPorts, ambient: Ambient): Promise<DeployOutcome> {
  const signed = await checkSignatures(request, ports.signatures, ambient)
  const { observed, refused, overruled } = await lookAround(request, 'deploy', ports, ambient)
  const plan = planOf(request, observed, overruled, signed)
  for (const line of plan) ambient.log.info(line)
  const not = refused ?? (signed.ok ? undefined : signed)
  const open = (await ports.ledger.inFlight(request.environment.name))[0]
  const first = open === undefined ? '' : ` The ${open.intent.kind} of ${open.intent.release.version} by run ${open.intent.run.id} is in flight.`
  return outcome(request, not?.reason ?? 'planned', not?.message ?? `Nothing was changed.${first}`, { plan, overruled, signed, ...previousOf(observed) })
}

async function deployHeld(request: DeliveryRequest, ports: DeliveryPorts, hold: Hold, ambient: Ambient): Promise<DeployOutcome> {
  // 1. Close what a dead run left open, find out who signed the release, then look at what is: after that nothing waits.
  const healed = await heal(ports, hold, ambient)
  const signed = await checkSignatures(request, ports.signatures, ambient)
  const { observed, refused, overruled } = await lookAround(request, 'deploy', ports, ambient)
  const plan = planOf(request, observed, overruled, signed)
  const facts: Facts = { healed, plan, overruled, signed, ...previousOf(observed) }
  for (const line of plan) ambient.log.info(line)

  // 2. May it go?
  const not = refused ?? (signed.ok ? undefined : signed)
  if (not !== undefined) return outcome(request, not.reason, not.message, facts)

  // 3. Record the intent, then go forward; whatever interrupts that, traffic goes back first.
  const { environment, release, requestedAt } = request
  const delivery = await begin(ports, hold, { kind: 'deploy', release, requestedAt, plan, run: ambient.run, ...previousOf(observed), ...(overruled === undefined ? {} : { overruled }) }, ambient)
  const known = { ...facts, deployment: delivery.id, chronicle: delivery.chronicle }
  let promoted = false
  let schema: Facts['schema']
  const back = async (reason: Reason, message: string, lastLines: readonly string[] = []): Promise<DeployOutcome> => {
    const turned = await turnBack(delivery, { reason, message }, { shielded: ports.shielded, promoted, schema }, ambient)
    return outcome(request, turned.reason, turned.message, { ...known, schema, turned, lastLines })
  }
  try {
    if (alreadyLive(observed, request)) return await settle('already-live', request, known, { ports, delivery, hold }, ambient, back)

    const notes = pastNotes(request, ports, delivery, ambient)
    await notes.look()
    const migrated = await migrateFor(delivery, environment.migrate, { environment: environment.name, url: request.url, release }, ports.platform, ambient)
    if (!migrated.ok) return await back('migrate-failed', migrated.why, migrated.lastLines)
    schema = migrated.schema

    ambient.log.step(`Start ${release.version} beside what serves`)
    const up = await bringUp(delivery, request, ports, ambient)
    if (!up.ok) return await back(up.reason, up.message)
    await notes.look(up.launched)
    await notes.record(up.launched)

    ambient.log.step(`Give ${release.version} the traffic`)
    hold.signal.throwIfAborted()
    promoted = true
    await delivery.doing('promote', () => ports.platform.promote())
    return await settle('deployed', request, { ...known, schema }, { ports, delivery, hold }, ambient, back)
  } catch (fault) {
    const why = interruption(fault, delivery, ambient)
    const died = why.reason === 'error' && fault instanceof StateError && fault.code === 'candidate-unhealthy'
    return back(died ? 'unhealthy' : why.reason, why.message)
  }
}

/** Green only when the environment's own address was seen to answer as the new release. */
async function settle(
  reason: 'deployed' | 'already-live',
  request: DeliveryRequest,
  facts: Facts,
  { ports, delivery, hold }: { readonly ports: DeliveryPorts; readonly delivery: Delivery; readonly hold: Hold },
  ambient: Ambient,
  back: (reason: Reason, message: string) => Promise<DeployOutcome>,
): Promise<DeployOutcome> {
  const seen = await identified(request, hold.signal, ambient)
  if (!seen.ok) return back('wrong-version', `After the switch ${seen.seen}.`)
  // Refused when a rollback has taken the lease meanwhile: then this release is not to stay.
  await delivery.observed(`all traffic: ${seen.seen}`)
  hold.signal.throwIfAborted()
  const message = `${request.release.version} serves \`${request.environment.name}\`: ${seen.seen}.`
  await delivery.finish({ ok: true, reason, message, ...resultParts({ live: request.release, schema: facts.schema }) })
  const tags = await moveTag(request.environment, request.release, ports.registry, ambient)
  return outcome(request, reason, message, { ...facts, tags, served: request.release.version })
}

function alreadyLive(observed: Observed, request: DeliveryRequest): boolean {
  return observed.stable !== undefined && observed.stable.healthy && observed.candidate === undefined && sameRelease(observed.stable.release, request.release)
}

function previousOf(observed: Observed): { previous?: NonNullable<Observed['stable']>['release'] } {
  return observed.stable === undefined ? {} : { previous: observed.stable.release }
}
