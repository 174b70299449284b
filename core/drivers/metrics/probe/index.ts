import type { Arm, Arms } from '../../../domain/platform.js'
import type { NoData, Sample } from '../../../domain/sample.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Metrics } from '../../../ports/metrics.js'
import { askOnce, newAsking, type Asked, type Pace } from './asking.js'
import { newTally, type Silence, type Tally } from './tally.js'

export interface ProbeGiven extends Pace {
  readonly slowerThanMs?: number
  /** Where users come in: reaches the arm that serves alone. */
  readonly url?: string
}

interface Place {
  readonly arms: readonly Asked[]
  readonly asking: ReturnType<typeof newAsking>
}

const LOOK_MS = 20
const ATTEMPTS = 3

/** Our own requests to each arm, in the place of users': where there are none, or nobody counts them. */
export function probeMetrics(given: ProbeGiven, ambient: Ambient): Metrics {
  const tallies = new Map<string, Tally>()
  let open: { readonly key: string; readonly place: Place } | undefined
  ambient.atEnd?.(async () => open?.place.asking.stop())

  const tallyOf = ({ name, identity }: Arm): Tally => {
    const key = `${name} ${identity}`
    const tally = tallies.get(key) ?? newTally(name, identity, given.slowerThanMs)
    tallies.set(key, tally)
    return tally
  }

  /** Asks these two from now on, and nobody else any more. */
  const placeFor = (arms: Arms): Place | Silence => {
    const all = listed(arms)
    const reached = all.flatMap((arm) => {
      const reach = reachOf(arm, all.length === 1 ? given.url : undefined)
      return reach === undefined ? [] : [{ name: arm.name, identity: arm.identity, reach, tally: tallyOf(arm) }]
    })
    const lost = all.find((arm) => !reached.some(({ name }) => name === arm.name))
    if (lost !== undefined) return { cause: 'unreachable', detail: `the platform does not say how ${lost.name} is reached by itself` }
    const key = JSON.stringify(reached.map(({ name, identity, reach }) => [name, identity, reach]))
    if (open?.key !== key) {
      open?.place.asking.stop()
      open = { key, place: { arms: reached, asking: newAsking(reached, given, ambient) } }
    }
    return open.place
  }

  const read = async (arms: Arms): Promise<Sample | NoData> => {
    const began = ambient.clock.now()
    const none = ({ cause, detail }: Silence): NoData => ({ kind: 'no-data', at: began, cause, detail })
    const place = placeFor(arms)
    if ('cause' in place) return none(place)
    place.asking.go()
    await someAnswers(place, given.timeoutMs, ambient)
    const gone = nobodyAnswers(place)
    if (gone !== undefined) return none(gone)
    const each = place.arms.map(({ tally }) => tally.counted())
    const silence = each.find((one) => 'cause' in one)
    if (silence !== undefined && 'cause' in silence) return none(silence)
    const [candidate, stable] = each.flatMap((one) => ('cause' in one ? [] : [one]))
    return { kind: 'sample', at: ambient.clock.now(), candidate: candidate!, ...(stable === undefined ? {} : { stable }), synthetic: true }
  }

  return { name: 'probe', read, preflight: (arms) => checkBefore(arms, given, ambient) }
}

function listed({ stable, candidate }: Arms): readonly Arm[] {
  return [candidate, ...(stable === undefined ? [] : [stable])]
}

function reachOf({ reach }: Arm, url: string | undefined): Arm['reach'] {
  return reach ?? (url === undefined ? undefined : { url, headers: {} })
}

/** Each arm has something to say, or its time for that is over. */
async function someAnswers({ arms }: Place, timeoutMs: number, ambient: Ambient): Promise<void> {
  const until = ambient.clock.now() + timeoutMs + LOOK_MS
  while (arms.some(({ tally }) => tally.fresh().ended === 0) && ambient.clock.now() < until) {
    ambient.signal.throwIfAborted()
    await ambient.clock.sleep(LOOK_MS, ambient.signal)
  }
  ambient.signal.throwIfAborted()
}

/** When no arm gives any answer the way there is lost, which says nothing of one of them: two that fail alike would else look equal. */
function nobodyAnswers({ arms }: Place): Silence | undefined {
  const fresh = arms.map(({ tally }) => tally.fresh())
  if (fresh.some(({ ended }) => ended === 0)) return { cause: 'stale', detail: 'none of our requests has ended since the last look' }
  if (arms.length === 1 || fresh.some(({ ended, unanswered }) => unanswered < ended)) return undefined
  for (const { tally } of arms) tally.drop()
  return { cause: 'unreachable', detail: `neither arm answers: ${fresh[0]!.why}` }
}

/** What serves now is asked before traffic moves. */
async function checkBefore(arms: Arms, given: ProbeGiven, ambient: Ambient): Promise<void> {
  const all = listed(arms)
  const lost = all.find((arm) => reachOf(arm, all.length === 1 ? given.url : undefined) === undefined)
  if (lost !== undefined) throw unusable(`Our own requests can't tell the arms apart: the platform does not say how ${lost.name} is reached by itself.`, 'Name another source with `judge.metrics`.')
  const { stable } = arms
  if (stable?.reach === undefined) return
  const asked = { name: stable.name, identity: stable.identity, reach: stable.reach }
  let why = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const seen = await askOnce(asked, given, ambient)
    if (seen === undefined) ambient.signal.throwIfAborted()
    if (seen?.kind === 'served') return
    why = seen === undefined ? '' : described(seen)
  }
  throw unusable(`What serves now does not answer our requests for \`${given.path}\` as ${stable.identity}: ${why}.`, 'Set `judge.metrics.probe.get` to a path that answers, and `identity` to where its answer names the release.')
}

function described(seen: NonNullable<Awaited<ReturnType<typeof askOnce>>>): string {
  if (seen.kind === 'other') return `it names itself ${seen.version}`
  return seen.kind === 'nameless' || seen.kind === 'unanswered' ? seen.why : 'it answers with a fault'
}

function unusable(message: string, fix: string): InputError {
  return new InputError([{ code: 'metrics-unusable', message, fix }])
}
