import type { DeliveryRecord } from '../domain/history.js'
import { sameRelease, type Release } from '../domain/release.js'
import { StateError } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Platform } from '../ports/platform.js'
import { goBack, goBackTo, type WentBack } from './go-back.js'
import type { Hold } from './hold.js'
import { continued, resultParts, type Grounds } from './work.js'

/** How long a preempted delivery gets to give stable all traffic itself before it is done for it. */
const YIELD_WITHIN_MS = 8000

export interface Healed {
  readonly delivery: string
  readonly reason: 'healed-finished' | 'healed-went-back'
  readonly seen: string
}

/**
 * Closes what other runs left open in an environment whose lease we hold: what the platform says *is* decides.
 * A preempted run that still lives is given time to go back itself. Rejects when the signal of the hold aborts.
 */
export async function heal(grounds: Grounds, hold: Hold, ambient: Ambient): Promise<readonly Healed[]> {
  await waitForYield(grounds, hold, ambient)
  const healed: Healed[] = []
  for (const record of await grounds.ledger.inFlight(hold.lease.environment)) {
    hold.signal.throwIfAborted()
    ambient.log.info(`Run ${record.intent.run.id} left the ${record.intent.kind} of ${record.intent.release.version} unfinished; healing it.`)
    const one = await healOne(record, grounds, hold, ambient)
    ambient.log.info(`Healed: ${one.seen}.`)
    healed.push(one)
  }
  return healed
}

async function waitForYield({ ledger }: Grounds, hold: Hold, ambient: Ambient): Promise<void> {
  if (hold.preempted === undefined) return
  const until = ambient.clock.now() + YIELD_WITHIN_MS
  while (ambient.clock.now() < until) {
    hold.signal.throwIfAborted()
    const open = await ledger.inFlight(hold.lease.environment)
    if (!open.some((record) => record.alive)) return
    ambient.log.progress('Waiting for the delivery in flight to give stable all traffic.')
    await ambient.clock.sleep(100, hold.signal)
  }
}

async function healOne(record: DeliveryRecord, grounds: Grounds, hold: Hold, ambient: Ambient): Promise<Healed> {
  const { intent } = record
  const before = await grounds.platform.observe()
  const target = returnsTo(record)
  const wanted = target ?? intent.release
  const arrived = before.stable !== undefined && sameRelease(before.stable.release, wanted) && before.candidate === undefined && before.weight === 0
  const delivery = continued(grounds, hold, record, ambient)
  const verb = target === undefined ? 'abandon' : 'restore'
  const went = arrived ? undefined : await delivery.doing(verb, () => finishOrGoBack(target, grounds.platform, ambient), { detail: 'healing' })
  // A release that is not healthy, or not the one that was wanted, is for whoever comes next: it must not bar their way.
  if (went !== undefined && !went.settled) {
    throw new StateError('platform-refused', {
      message: `Healing the ${intent.kind} of ${intent.release.version} in \`${record.environment}\` did not succeed: ${went.seen}.`,
      fix: 'Look at the platform, put the traffic where it belongs by hand, and run this again.',
    })
  }
  const live: Release | undefined = went === undefined ? before.stable?.release : went.live
  const reason = live !== undefined && sameRelease(live, intent.release) ? 'healed-finished' : 'healed-went-back'
  const seen = went?.seen ?? `${wanted.version} serves 100 %`
  // Never `ok`: nobody observed what this delivery's own checks and judge would have.
  await delivery.finish({ ok: false, reason, message: `Run ${intent.run.id} ended before it was done; run ${ambient.run.id} found: ${seen}.`, ...resultParts({ live, bad: condemned(record) }) })
  return { delivery: record.id, reason, seen }
}

/** The judge had spoken against it before its run died: the next delivery of it need not ask again. */
function condemned({ intent, events }: DeliveryRecord): Release | undefined {
  const last = events.findLast((event) => event.type === 'verdict')
  return last?.type === 'verdict' && last.decision === 'FAIL' ? intent.release : undefined
}

/** The release that an unfinished delivery was bringing back; `undefined` when it was going forward, or had only a candidate to take back. */
function returnsTo({ intent, events }: DeliveryRecord): Release | undefined {
  if (intent.kind === 'rollback') return intent.release
  // It had been promoted and something spoke against it: finishing it would bring a bad release live.
  return events.some((event) => event.type === 'doing' && event.verb === 'restore') ? intent.previous : undefined
}

/** A target that can not be brought back leaves what serves now, without a candidate. */
async function finishOrGoBack(target: Release | undefined, platform: Platform, ambient: Ambient): Promise<WentBack> {
  const went = target === undefined ? undefined : await goBackTo(target, platform, ambient)
  return went?.settled === true ? went : goBack(platform, ambient)
}
