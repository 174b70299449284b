import { heal, type Healed } from '../../core/delivery/heal.js'
import { withHold } from '../../core/delivery/hold.js'
import { goRound, type Round } from '../../core/delivery/telling/rounds.js'
import type { Untold } from '../../core/delivery/telling/telling.js'
import type { Grounds } from '../../core/delivery/work.js'
import type { Environment } from '../../core/domain/environment.js'
import type { DeliveryRecord } from '../../core/domain/history.js'
import { EcluseError, messageOf, StateError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Reason, ReconcileOutcome } from './outcome.js'
import { outcome } from './report.js'

export interface ReconcileRequest {
  readonly environments: readonly Environment[]
  readonly dryRun: boolean
}

/** How one environment was found, and what was done there. */
export interface Found {
  readonly environment: string
  readonly open: readonly (DeliveryRecord & { readonly alive: boolean })[]
  readonly healed: readonly Healed[]
  /** Why its open deliveries are still open. */
  readonly left?: string
  readonly failed?: boolean
  /** Who could not be told. */
  readonly untold?: readonly Untold[]
}

/** How people of an environment are told; nobody is, where it is not given. */
type Rounds = (environment: Environment) => Round
type Openers = (environment: Environment, round?: Round) => Promise<Grounds>

/** Closes what runs left open that have died: finished, or traffic back to stable, as the platform shows. */
export async function reconcile(request: ReconcileRequest, open: Openers, ambient: Ambient, rounds?: Rounds): Promise<ReconcileOutcome> {
  const found: Found[] = []
  // One that can't be reached must not keep the others from being healed.
  for (const environment of request.environments) {
    ambient.signal.throwIfAborted()
    const round = rounds?.(environment)
    const one = await inEnvironment(environment, request, (there) => open(there, round), ambient)
    if (round !== undefined) await goRound(round, { ok: one.failed !== true, reason: reasonOf([one], request), message: one.left ?? '' }, ambient)
    found.push({ ...one, untold: round?.telling.untold() ?? [] })
  }
  return outcome(reasonOf(found, request), found)
}

async function inEnvironment(environment: Environment, request: ReconcileRequest, opened: Openers, ambient: Ambient): Promise<Found> {
  const { name } = environment
  ambient.log.step(`Reconcile \`${name}\``)
  let open: Found['open'] = []
  try {
    const grounds = await opened(environment)
    open = await grounds.ledger.inFlight(name)
    for (const { id, intent, alive } of open) ambient.log.info(`${id}: ${intent.kind} of ${intent.release.version} by run ${intent.run.id}, which ${alive ? 'lives' : 'has ended'}.`)
    if (open.length === 0) ambient.log.info('Nothing is open.')
    if (request.dryRun || !open.some(({ alive }) => !alive)) return { environment: name, open, healed: [], ...(open.length === 0 ? {} : { left: request.dryRun ? 'a dry run' : 'its run lives' }) }
    const healed = await withHold(grounds.ledger, name, { preempt: false }, ambient, (hold) => heal(grounds, hold, ambient))
    return { environment: name, open: open.filter(({ id }) => !healed.some(({ delivery }) => delivery === id)), healed }
  } catch (fault) {
    if (ambient.signal.aborted) throw fault
    // Whoever holds it heals it as the first thing.
    if (fault instanceof StateError && fault.code === 'lease-held') return { environment: name, open, healed: [], left: fault.message }
    const fix = fault instanceof EcluseError ? ` ${fault.fix}` : ''
    ambient.log.error(`\`${name}\`: ${messageOf(fault)}${fix}`)
    return { environment: name, open, healed: [], left: `${messageOf(fault)}${fix}`, failed: true }
  }
}

function reasonOf(found: readonly Found[], { dryRun }: ReconcileRequest): Reason {
  if (found.some(({ failed }) => failed === true)) return 'not-healed'
  if (found.some(({ healed }) => healed.length > 0)) return 'healed'
  if (found.every(({ open }) => open.length === 0)) return 'nothing-open'
  return dryRun ? 'planned' : 'in-flight'
}
