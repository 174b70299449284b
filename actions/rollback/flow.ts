import type { Way } from '../../core/delivery/bring-back.js'
import type { AtRegistry } from '../../core/delivery/environment-tag.js'
import { heal } from '../../core/delivery/heal.js'
import { withHold, type Hold } from '../../core/delivery/hold.js'
import { interruptionBefore } from '../../core/delivery/turn.js'
import type { Grounds } from '../../core/delivery/work.js'
import { chooseTarget, justRolledBack, rollbackTargets, type RollbackChoice } from '../../core/domain/eligibility.js'
import { readableDuration } from '../../core/domain/duration.js'
import type { Environment, FlushCache } from '../../core/domain/environment.js'
import { lastLive, type DeliveryRecord, type EnvironmentHistory } from '../../core/domain/history.js'
import type { Observed, PastRelease } from '../../core/domain/platform.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { sameRelease } from '../../core/domain/release.js'
import { RemoteError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { DataPorts } from './afterwards.js'
import { carryOut } from './carry.js'
import { refusedBackup } from './named-backup.js'
import type { Reason, RollbackOutcome } from './outcome.js'
import { outcome, type Facts } from './report.js'
import { incompatible, settledBy } from './schema.js'
import { lookForSecond, type WhoApproved } from './second-person.js'

export interface RollbackRequest {
  readonly environment: Environment
  readonly url: string
  /** Version, digest or deployment id; absent: the previous good release. */
  readonly to?: string
  readonly because?: string
  /** Why an obstacle is overruled. */
  readonly force?: string
  /** Why the second person is done without, in the user's words. */
  readonly breakGlass?: string
  /** The GitHub environment that guards this run, when it is another one. */
  readonly gate?: string
  readonly migrateDown?: string
  readonly flushCache?: FlushCache
  /** Id of the receipt whose backup replaces the database; given twice by the user. */
  readonly restoreReceipt?: string
  readonly dryRun: boolean
  /** When the process began (epoch ms), for the time that a rollback takes. */
  readonly startedAt: number
}

export type RollbackPorts = Grounds & { readonly shielded: () => Promise<Grounds>; readonly data: DataPorts; readonly whoApproved?: WhoApproved; readonly registry?: AtRegistry }

/** Brings the previous good release back, taking over from whatever is at work in the environment. */
export async function rollback(request: RollbackRequest, ports: RollbackPorts, ambient: Ambient): Promise<RollbackOutcome> {
  // 1. Going back preempts going forward; a dry run takes nothing from anybody.
  try {
    const open = (await ports.ledger.inFlight(request.environment.name))[0]
    if (request.dryRun) return await dryRun(request, ports, open, ambient)
    return await withHold(ports.ledger, request.environment.name, { preempt: true }, ambient, (hold) => rollbackHeld(request, ports, hold, open, ambient))
  } catch (fault) {
    const why = interruptionBefore(fault, ambient)
    if (why !== undefined && why.reason !== 'lease-held') return outcome(request, why.reason, why.message, {})
    if (isGitHubs(fault, ambient)) ambient.log.error('The record on GitHub could not be used. To go back without it, give `ledger: file`, and `force` with a reason where that knows of no release to go back to.')
    throw fault
  }
}

/** GitHub's fault, not the platform's. */
function isGitHubs(fault: unknown, { github }: Ambient): boolean {
  return fault instanceof RemoteError && github !== undefined && URL.canParse(github.api) && fault.service === new URL(github.api).host
}

async function rollbackHeld(request: RollbackRequest, ports: RollbackPorts, hold: Hold, open: DeliveryRecord | undefined, ambient: Ambient): Promise<RollbackOutcome> {
  // 2. Whatever was in flight goes back first, by itself or healed by us.
  const taken = open ?? (await takenOver(ports.ledger, hold))
  const healed = (await heal(ports, hold, ambient)).map((one) => `Healed delivery ${one.delivery}: ${one.seen}.`)

  // 3. Which release, and can it come back?
  const decision = await decide(request, ports, taken, ambient)
  const facts: Facts = { ...decision.facts, healed }
  if ('refused' in decision) return outcome(request, decision.refused, decision.message, facts)
  hold.signal.throwIfAborted()
  return carryOut(request, ports, hold, decision.way, facts, ambient)
}

/** The delivery whose run the lease was taken from, also when that run has closed it since. */
async function takenOver(ledger: Ledger, { lease, preempted }: Hold): Promise<DeliveryRecord | undefined> {
  if (preempted === undefined) return undefined
  const { deliveries } = await ledger.history(lease.environment)
  const last = deliveries.at(-1)
  // A rollback that had begun nothing yet was itself taking over from the last one.
  return deliveries.findLast(({ fence }) => fence === preempted.fence) ?? (last?.result?.reason === 'preempted' ? last : undefined)
}

export type Decision = { readonly facts: Facts } & ({ readonly way: Way } | { readonly refused: Reason; readonly message: string })

async function decide(request: RollbackRequest, ports: RollbackPorts, taken: DeliveryRecord | undefined, ambient: Ambient): Promise<Decision> {
  const [observed, history, kept] = await Promise.all([ports.platform.observe(), ports.ledger.history(request.environment.name), ports.platform.releases()])
  const stable = observed.stable?.release
  const receipts = request.restoreReceipt === undefined ? [] : await ports.data.receipts()
  const choices = choicesOf(request, { kept, observed, history, receipts })
  const facts: Facts = { choices, ...(stable === undefined ? {} : { served: stable.version }) }
  const unfit = await refusedBackup(request, ports.data, receipts)
  if (unfit !== undefined) return { facts, refused: 'receipt-unknown', message: unfit }
  const begun = wayBegun(observed, taken, choices)
  if (begun !== undefined && request.to === undefined) return { facts: { ...facts, ...leaving(begun) }, way: begun }
  const just = justRolledBack(history, request.startedAt)
  if (just !== undefined && request.to === undefined && request.force === undefined) return { facts, refused: 'just-rolled-back', message: again(just, request) }
  const chosen = chooseTarget(choices, request.to, { force: request.force !== undefined })
  // What is named serves already, but for what the candidate has or was about to get.
  if (chosen.kind === 'already-there' && begun?.reason === 'candidate-abandoned') return { facts: { ...facts, ...leaving(begun) }, way: begun }
  if (chosen.kind === 'schema-incompatible') return incompatible(request, ports, { facts, history, chosen }, ambient)
  if (chosen.kind !== 'chosen') return { facts, refused: chosen.kind, message: chosen.message }
  const eyes = await lookForSecond(request, { past: chosen.past, choices, history }, ports.whoApproved, ambient)
  if (!eyes.ok) return { facts, refused: 'needs-second-person', message: eyes.message }
  const { by, overruled } = eyes
  const way: Way = { reason: 'rolled-back', target: chosen.past.release, past: chosen.past, ...schemaOf(choices, chosen.past), ...(stable === undefined ? {} : { left: stable }), ...(by === undefined ? {} : { second: by }), ...(overruled === undefined ? {} : { overruled }) }
  return { facts: { ...facts, ...leaving(way) }, way }
}

/**
 * Going back from a delivery on its way means that its candidate goes and what served before serves all; from an
 * unfinished rollback that it is done: whoever asks twice in a hurry does not want the release before that.
 */
function wayBegun({ stable, candidate }: Observed, taken: DeliveryRecord | undefined, choices: readonly RollbackChoice[]): Way | undefined {
  if (taken?.intent.kind === 'rollback' && candidate === undefined) {
    const { release: target, previous } = taken.intent
    const past = choices.find(({ release }) => sameRelease(release, target))?.past
    const there = stable?.healthy === true && sameRelease(stable.release, target)
    if (!there && past === undefined) return undefined
    return { reason: 'rolled-back', target, ...(there || past === undefined ? {} : { past }), ...(previous === undefined ? {} : { left: previous }) }
  }
  const left = candidate?.release ?? (taken?.intent.kind === 'rollback' ? undefined : taken?.intent.release)
  if (stable === undefined || left === undefined || sameRelease(stable.release, left)) return undefined
  return { reason: 'candidate-abandoned', target: stable.release, left }
}

function leaving({ target, left, second, overruled }: Way): Pick<Facts, 'target' | 'previous' | 'second' | 'overruled'> {
  return { target, ...(left === undefined ? {} : { previous: left }), ...(second === undefined ? {} : { second }), ...(overruled === undefined ? {} : { overruled }) }
}

async function dryRun(request: RollbackRequest, ports: RollbackPorts, open: DeliveryRecord | undefined, ambient: Ambient): Promise<RollbackOutcome> {
  const decision = await decide(request, ports, open, ambient)
  if ('refused' in decision) return outcome(request, decision.refused, decision.message, decision.facts)
  const { way, facts } = decision
  const first = open === undefined ? '' : `The ${open.intent.kind} of ${open.intent.release.version} by run ${open.intent.run.id} is in flight and would be taken over first. `
  const then = way.reason === 'rolled-back' ? `${way.target.version} would be brought back` : `${way.left?.version} would go, and ${way.target.version} would have all traffic`
  return outcome(request, 'planned', `${first}${facts.served ?? 'Nothing'} serves; ${then}.`, facts)
}

function again({ intent, result }: DeliveryRecord, request: RollbackRequest): string {
  const ago = readableDuration(Math.max(0, request.startedAt - (result?.at ?? request.startedAt)))
  return `${intent.release.version} was brought back ${ago} ago already, by run ${intent.run.id} of ${intent.run.actor}. If that was not far enough, name the release with \`to\`, or give \`force\` with a reason.`
}

function choicesOf(request: RollbackRequest, { kept, observed, history, receipts }: { readonly kept: readonly PastRelease[]; readonly observed: Observed; readonly history: EnvironmentHistory; readonly receipts: readonly Receipt[] }): readonly RollbackChoice[] {
  const current = observed.stable?.release ?? lastLive(history)?.result?.live
  return rollbackTargets(history, kept, current, { backwardCompatible: request.environment.migrate?.backwardCompatible ?? true, settled: settledBy(request, receipts) })
}

function schemaOf(choices: readonly RollbackChoice[], past: PastRelease): Pick<Way, 'schema'> {
  const schema = choices.find((choice) => choice.past === past)?.schema
  return schema === undefined ? {} : { schema }
}
