// Full records of made-up deliveries: polls, steps, approvals.

const POLL_MS = 5000
const MOST_POLLS = 120

/** @param {import('../../core/domain/history.js').DeliveryRecord} delivery */
export function documentOf(delivery, { dice, say }) {
  const { intent, result, begunAt, events } = delivery
  const approvals = intent.kind === 'promote' ? [{ by: say('grace'), state: 'approved', comment: say('Looks good.'), at: intent.requestedAt + 5000 }] : []
  return { v: 1, delivery, steps: stepsOf(events, begunAt, result.at), approvals, polls: pollsOf(delivery, dice) }
}

function stepsOf(events, begunAt, endedAt) {
  const doing = events.filter(({ type }) => type === 'doing')
  return [{ name: 'look around', startedAt: begunAt, ms: (doing[0]?.at ?? endedAt) - begunAt }, ...doing.map(({ verb, weight, at }, index) => ({
    name: weight === undefined ? verb : `${verb} ${weight} %`, startedAt: at, ms: (doing[index + 1]?.at ?? endedAt) - at,
  }))]
}

/** Counters only grow; the one arm has as much as its weight. */
function pollsOf({ intent, events, result }, dice) {
  const shifts = events.filter(({ verb }) => verb === 'shift')
  const from = shifts[0]?.at
  if (from === undefined) return []
  const to = events.findLast(({ type }) => type === 'verdict')?.at ?? result.at
  const gap = Math.max(POLL_MS, (to - from) / MOST_POLLS)
  const stable = { identity: intent.previous?.version ?? '0', requests: 50_000, errors: 180, slow: 900 }
  const candidate = { identity: intent.release.version, requests: 0, errors: 0, slow: 0 }
  const polls = []
  for (let at = from; at <= to; at += gap) {
    const weight = shifts.findLast((shift) => shift.at <= at).weight
    const requests = dice.whole(150, 450)
    const bad = result.reason === 'failed' && at > from + (to - from) / 2 ? 0.08 : 0.004
    grow(candidate, Math.round((requests * weight) / 100), bad, dice)
    grow(stable, requests - Math.round((requests * weight) / 100), 0.004, dice)
    const time = Math.round(at)
    polls.push(dice.chance(0.03)
      ? { weight, sample: { kind: 'no-data', at: time, cause: 'unreachable', detail: 'the source did not answer' } }
      : { weight, sample: { kind: 'sample', at: time, stable: { ...stable }, candidate: { ...candidate } }, decision: 'CONTINUE', lean: bad > 0.01 ? 'fail' : 'pass' })
  }
  return polls
}

function grow(arm, requests, bad, dice) {
  arm.requests += requests
  arm.errors += Math.round(requests * bad * dice.share() * 2)
  arm.slow += Math.round(requests * 0.02 * dice.share() * 2)
}
