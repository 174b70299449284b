// Releases on a host with Docker Compose, as users see them: the bundled actions against `docker compose up` of the other tag by hand.
import { setTimeout as sleep } from 'node:timers/promises'
import { openDriver } from '../compose-driver.mjs'
import { lineOf, median, medianRatio } from '../lines.mjs'
import { withStack } from '../stack.mjs'
import { longestGapMs, p99, sendUsers, settledMs } from '../users.mjs'

const suite = 'compose'
const RUNS = 5
const RPS = 200
const QUIET_MS = 5000
const byHand = 'peer: `docker compose up -d` of the other tag'

export async function* measure({ runs = RUNS }) {
  const all = []
  const slow = []
  for (let index = 0; index < runs; index += 1) {
    all.push(await withStack(story))
    slow.push(await withStack(backOnly, { healthcheck: 'seldom' }))
  }
  yield* linesOf(all)
  yield line(`rollback, with a healthcheck each 5 s: start of the process to 100 % of the old release (s, ${byHand})`, slow.map(({ ours, peer }) => ({ ours: ours.seconds, peer: peer.seconds })), { ours: 3 })
  yield* await withStack((stack) => byTheDriver(stack, runs))
}

/** A stack that runs already is taken over, gets a release by steps, and goes back; beside it the same by hand. */
async function story(stack) {
  await stack.up('ours', 'v1')
  await stack.up('peer', 'v1')
  const adopted = await bySides(stack, (side) => (side === 'ours' ? stack.promote('v2') : stack.up(side, 'v2')), 'v2')
  const promoted = await bySides(stack, (side) => (side === 'ours' ? stack.promote('v3') : stack.up(side, 'v3')), 'v3')
  const back = await bySides(stack, (side) => (side === 'ours' ? stack.rollback() : stack.up(side, 'v2')), 'v2')
  return { adopted, promoted, back }
}

/** Only the way back. */
async function backOnly(stack) {
  for (const version of ['v1', 'v2']) {
    await stack.deploy(version)
    await stack.up('peer', version)
  }
  return bySides(stack, (side) => (side === 'ours' ? stack.rollback() : stack.up(side, 'v1')), 'v1')
}

/** The peer first, so that what ours leaves to be tidied up does not slow it down. */
async function bySides(stack, act, version) {
  const peer = await seenByUsers(stack.url('peer'), () => act('peer'), version)
  const ours = await seenByUsers(stack.url('ours'), () => act('ours'), version)
  return { ours, peer }
}

/** What `act` did to users who ask all the time, from before it begins until this version alone serves. */
async function seenByUsers(url, act, version) {
  const users = sendUsers(url, RPS)
  try {
    await users.answeredBy(undefined, Date.now())
    const begun = Date.now()
    await sleep(QUIET_MS)
    const { startedAt, mb } = await act()
    const ended = Date.now()
    await users.answeredBy(version, ended)
    await sleep(300)
    const { answers } = users
    const { failed } = await users.stop()
    return { failed, mb, seconds: settledMs(answers, version, startedAt) / 1000, gap: longestGapMs(answers) / 1000, before: p99(answers, begun, startedAt), during: p99(answers, startedAt, ended) }
  } finally {
    await users.stop()
  }
}

function* linesOf(all) {
  const pairs = (of) => all.map(of)
  const both = (deed, figure) => pairs((one) => ({ ours: one[deed].ours[figure], peer: one[deed].peer[figure] }))
  yield counted(`a promotion 0 → 100 % under ${RPS} requests/s: failed requests (${byHand})`, both('promoted', 'failed'))
  yield line('p99 of requests while it is promoted (ms, peer: before)', pairs(({ promoted: { ours } }) => ({ ours: ours.during, peer: ours.before })), { ratio: 1.5 })
  yield line(`rollback: start of the process to 100 % of the old release (s, ${byHand})`, both('back', 'seconds'), { ours: 3 })
  yield counted(`rollback: failed requests (${byHand})`, both('back', 'failed'))
  yield line(`a running stack is taken over: nobody is served (s, ${byHand})`, both('adopted', 'gap'), { ours: 3 })
  const memory = ['adopted', 'promoted', 'back'].flatMap((deed) => both(deed, 'mb'))
  const most = (side) => Math.max(...memory.map((pair) => pair[side]))
  yield lineOf({ suite, metric: `memory of the action, at most (MB, ${byHand})`, ours: most('ours'), peer: most('peer'), goal: { ours: 150 } })
}

const line = (metric, pairs, goal) => lineOf({ suite, metric, ours: median(pairs.map(({ ours }) => ours)), peer: median(pairs.map(({ peer }) => peer)), ratio: medianRatio(pairs), goal })

/** One failed request is one too many: not a median, but all of them. */
function counted(metric, pairs) {
  const sum = (side) => pairs.reduce((total, pair) => total + pair[side], 0)
  const [ours, peer] = [sum('ours'), sum('peer')]
  return lineOf({ suite, metric: `${metric}, all runs`, ours, peer, ratio: ours === 0 ? 0 : ours / peer, goal: { ours: 0 } })
}

/** One change of weight, and the switch that goes back without us; from the call of the driver until users have it. */
async function byTheDriver(stack, runs) {
  const driver = await openDriver(stack)
  const users = sendUsers(stack.url('ours'), RPS)
  try {
    await driver.live('v1')
    await driver.trial('v2')
    await users.answeredBy('v1', Date.now())
    const weights = []
    const late = []
    for (let index = 0; index < runs; index += 1) {
      weights.push(await changed(driver, users, 100, 'v2'), await changed(driver, users, 0, 'v1'))
      late.push(await returned(driver, users))
    }
    const floor = median(weights.map(({ floor: ms }) => ms))
    return [
      lineOf({ suite, metric: 'a change of weight: call to effect for new requests (ms, peer: one `docker cp`)', ours: median(weights.map(({ ms }) => ms)), peer: floor, goal: { ours: 500 } }),
      lineOf({ suite, metric: 'dead-man\'s switch: after its time until nobody gets the candidate (s, peer: a cron job of the host each minute)', ours: median(late) / 1000, peer: CRON_S, goal: { ours: 0.5 } }),
    ]
  } finally {
    await users.stop()
  }
}

/** On average. */
const CRON_S = 30

async function changed(driver, users, weight, version) {
  const copied = performance.now()
  await driver.floor()
  const floor = performance.now() - copied
  const from = Date.now()
  await driver.shift(weight)
  return { floor, ms: await settled(users, version, from) }
}

const DEADLINE_MS = 2000
const AMPLE_MS = 600_000

async function returned(driver, users) {
  await driver.shift(50)
  await users.answeredBy('v2', Date.now())
  const from = Date.now()
  await driver.returnAt(from + DEADLINE_MS)
  await sleep(from + DEADLINE_MS + 1000 - Date.now())
  // Before its time is as wrong as after it.
  const late = Math.abs((await settled(users, 'v1', from)) - DEADLINE_MS)
  await driver.shift(0)
  // What comes next has time again.
  await driver.returnAt(Date.now() + AMPLE_MS)
  return late
}

/** When all who ask from now on were answered by this version, in ms since `from`. */
async function settled(users, version, from) {
  await users.answeredBy(version, Date.now())
  await sleep(200)
  return settledMs(users.answers, version, from)
}
