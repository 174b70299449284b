// A history of deliveries as the actions would have recorded it: made up, and the same for the same seed.
import { documentOf } from './delivery-documents.mjs'
import { hostileTexts, seededDice } from './dice.mjs'

const DAY = 86_400_000
const PEOPLE = ['ada', 'grace', 'linus', 'margaret', 'dennis', 'barbara', 'renovate[bot]']
const WENT_WRONG = {
  deploy: ['unhealthy', 'migrate-failed', 'wrong-version', 'cancelled', 'error'],
  promote: ['failed', 'failed', 'failed', 'checks-failed', 'candidate-died', 'unhealthy', 'no-data', 'undecided', 'preempted', 'cancelled', 'healed-went-back'],
}
/** Reasons that come after users were served by the release. */
const ON_TRIAL = ['failed', 'candidate-died', 'no-data', 'undecided', 'preempted', 'healed-went-back']

/** Deliveries of releases that pass through all environments in their order; the last one is let in by a canary. */
export function deliveryHistory({ seed = 1, deliveries = 1000, environments = ['staging', 'production'], until = Date.UTC(2026, 10, 21, 14, 5), days = 365, details = 200, inFlight = true, hostile = false } = {}) {
  const dice = seededDice(seed)
  const made = { dice, say: (text) => (hostile && dice.chance(0.3) ? dice.pick(hostileTexts) : text) }
  const states = environments.map((name, place) => ({ name, canary: place === environments.length - 1, deliveries: [], facts: [], served: [], schema: 100 }))
  // A release makes more deliveries than this on average; what comes out too much is cut off at its oldest end.
  const releases = Math.ceil(deliveries / (environments.length * 0.9)) + 2
  const every = (days * DAY) / releases
  for (let build = 1; build <= releases; build += 1) deliverEverywhere(made, states, Math.round(until - days * DAY + (build - 1) * every), build, every)
  fitIn(states, until)
  if (inFlight) openLast(states.at(-1), until)
  const histories = states.map(({ name, deliveries: all, facts }) => ({ environment: name, deliveries: all, facts }))
  trim(histories, deliveries)
  const newest = histories.flatMap((history) => history.deliveries).filter(({ result }) => result).toSorted((a, b) => b.begunAt - a.begunAt).slice(0, details)
  return { histories, documents: newest.map((delivery) => documentOf(delivery, made)) }
}

function deliverEverywhere(made, states, at, build, every) {
  const { dice, say } = made
  const release = releaseOf(dice, say(`2026.${1 + Math.floor(build / 40)}.${build % 40}-${dice.hex(7)}`))
  let next = at + Math.round(dice.share() * every * 0.1)
  for (const state of states) {
    const ended = deliver(made, state, release, next)
    if (!ended.result.ok) return
    next = ended.result.at + Math.round(every * 0.02) + 1000
  }
  const production = states.at(-1)
  if (dice.chance(0.04) && production.served.length > 1) rollBack(made, production, next + Math.round(dice.share() * every * 0.2))
}

function deliver(made, state, release, at) {
  const { dice, say } = made
  const kind = state.canary ? 'promote' : 'deploy'
  const ok = dice.chance(state.canary ? 0.9 : 0.95)
  const reason = ok ? (state.canary ? dice.pick(['promoted', 'promoted', 'promoted', 'promoted-unsuspected']) : 'deployed') : dice.pick(WENT_WRONG[kind])
  const receipt = state.canary ? backUp(made, state, at) : undefined
  const begunAt = at + 2000
  const events = eventsOf(dice, kind, reason, begunAt, release)
  const endedAt = (events.at(-1)?.at ?? begunAt) + dice.whole(800, 9000)
  const previous = state.served.at(-1)
  const live = ok ? release : previous
  const message = say(ok ? `${release.version} serves \`${state.name}\`: 5 of 5 answers named it.` : `${release.version} went back: ${reason}.`)
  const bad = ['failed', 'candidate-died', 'checks-failed'].includes(reason) ? { bad: release } : {}
  const schema = ok && dice.chance(0.1) ? { schema: { before: String(state.schema), after: String((state.schema += 1)) } } : {}
  const record = {
    id: idOf(begunAt, dice), environment: state.name, begunAt, fence: state.deliveries.length + 1,
    intent: { kind, release, ...(previous ? { previous } : {}), plan: ['Migrate.', say('Start it beside what serves.'), kind === 'promote' ? 'Let it in by 5, 25, 50, 100 %.' : 'Give it all traffic.'], requestedAt: at - dice.whole(20_000, 600_000), run: runOf(made), ...(receipt ? { receipt } : {}) },
    events,
    result: { at: endedAt, ok, reason, message, ...(live ? { live } : {}), ...bad, ...schema },
  }
  if (ok && state.served.at(-1) !== release) state.served.push(release)
  return keep(state, record)
}

function rollBack(made, state, at) {
  const { dice, say } = made
  const left = state.served.pop()
  const target = state.served.at(-1)
  const endedAt = at + dice.whole(6000, 70_000)
  return keep(state, {
    id: idOf(at, dice), environment: state.name, begunAt: at, fence: state.deliveries.length + 1,
    intent: { kind: 'rollback', release: target, previous: left, plan: [`Bring ${target.version} back.`], requestedAt: at - dice.whole(1000, 20_000), run: runOf(made) },
    events: [{ type: 'doing', at: at + 500, verb: 'restore', detail: target.version }, { type: 'observed', at: endedAt - 300, detail: 'all traffic: 5 of 5 answers named it' }],
    result: { at: endedAt, ok: true, reason: 'rolled-back', message: say(`${target.version} serves \`${state.name}\` again.`), live: target, bad: left },
  })
}

function eventsOf(dice, kind, reason, begunAt, release) {
  let at = begunAt
  const after = (least, most) => (at += dice.whole(least, most))
  const events = [{ type: 'doing', at: after(50, 400), verb: 'migrate' }]
  if (reason === 'migrate-failed') return events
  events.push({ type: 'doing', at: after(500, 20_000), verb: 'launch' }, { type: 'observed', at: after(2000, 30_000), detail: `healthy: ${release.version}` })
  if (kind === 'promote') climb(events, reason, after, dice)
  if (!['deployed', 'promoted', 'promoted-unsuspected', 'wrong-version'].includes(reason)) return [...events, { type: 'doing', at: after(100, 900), verb: 'abandon', detail: reason }]
  events.push({ type: 'doing', at: after(100, 900), verb: 'promote' })
  return reason === 'wrong-version' ? [...events, { type: 'doing', at: after(900, 4000), verb: 'restore', detail: reason }] : [...events, { type: 'observed', at: after(900, 4000), detail: `all traffic: 5 of 5 answers named ${release.version}` }]
}

function climb(events, reason, after, dice) {
  if (['checks-failed', 'unhealthy', 'cancelled'].includes(reason)) return
  const stops = ON_TRIAL.includes(reason) ? dice.whole(1, 3) : 3
  let requests = 0
  for (const [step, weight] of [5, 25, 50].slice(0, stops).entries()) {
    events.push({ type: 'doing', at: after(100, 900), verb: 'shift', weight })
    requests += dice.whole(200, 9000)
    const failed = reason === 'failed' && step === stops - 1
    const errors = Math.round(requests * (failed ? 0.08 : 0.004))
    const decision = failed ? 'FAIL' : reason === 'promoted' && step > 0 ? 'PASS' : 'CONTINUE'
    events.push({ type: 'verdict', at: after(20_000, 300_000), weight, decision, lean: failed ? 'fail' : 'pass', requests, errors, detail: `errors: ${errors} of ${requests} bad, ${(requests * 0.01).toFixed(1)} allowed` })
  }
}

/** At most one backup a day, some of them never proven. */
function backUp({ dice }, state, at) {
  const last = state.facts.findLast(({ type }) => type === 'receipt')
  if (last && last.at > at - DAY) return last.receipt.id
  const id = `${state.name}-${new Date(at).toISOString().slice(0, 10)}-${dice.hex(6)}`
  const iso = (time) => new Date(time).toISOString()
  const verified = dice.chance(0.97) ? { at: iso(at), how: 'restored', restoreMs: dice.whole(4000, 90_000) } : null
  state.facts.push({ type: 'receipt', at, receipt: {
    format: 1, id, app: 'shop', environment: state.name, version: state.served.at(-1)?.version ?? '', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '7' },
    store: 'disk', object: `${id}.dump.gz`, bytes: dice.whole(4e6, 9e8), sha256: dice.hex(64), compression: 'gzip', takenAt: iso(at - 60_000), dumpMs: 9000, clientVersion: '18.1', serverVersion: '18.1',
    schemaRevision: String(state.schema), fingerprint: { schema: dice.hex(64), rows: { 'public.orders': 9 }, sequences: {}, extensions: {}, largeObjects: 0 }, verified,
  } })
  return verified ? id : undefined
}

function releaseOf(dice, version) {
  return { app: 'shop', version, commit: dice.hex(40), serving: 'web', settings: { LOG_LEVEL: 'info' }, settingsHash: 'f'.repeat(64), images: { web: `ghcr.io/acme/shop@sha256:${dice.hex(64)}` } }
}

function runOf({ dice, say }) {
  const id = String(dice.whole(1e9, 9e9))
  return { id, attempt: 1, actor: say(dice.pick(PEOPLE)), workflow: 'deliver', job: 'production', url: `https://github.com/acme/shop/actions/runs/${id}`, host: 'runner', pid: 2, started: '1' }
}

function keep(state, record) {
  state.deliveries.push(record)
  return record
}

/** As the file ledger names them. */
function idOf(at, dice) {
  return `${new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')}-${dice.hex(8)}`
}

/** The end of a delivery that was begun late may lie behind the moment that the history is looked at. */
function fitIn(states, until) {
  for (const state of states) state.deliveries = state.deliveries.filter(({ result }) => result.at < until)
}

/** The newest delivery is on its way: 25 % of the traffic. */
function openLast(state, until) {
  const place = state.deliveries.findLastIndex(({ intent }) => intent.kind === 'promote')
  if (place < 1) return
  const { result: _, ...open } = state.deliveries[place]
  const previous = state.deliveries[place - 1].result.live
  const begunAt = until - 120_000
  state.deliveries.splice(place, state.deliveries.length, { ...open, begunAt, intent: { ...open.intent, ...(previous ? { previous } : {}), requestedAt: begunAt - 9000 }, events: [5, 25].map((weight, step) => ({ type: 'doing', at: begunAt + 20_000 * (step + 1), verb: 'shift', weight })) })
}

/** Leaves the newest so many. */
function trim(histories, most) {
  const oldest = histories.flatMap(({ deliveries }) => deliveries.map(({ begunAt }) => begunAt)).toSorted((a, b) => b - a)[most - 1] ?? 0
  for (const history of histories) history.deliveries = history.deliveries.filter(({ begunAt }) => begunAt >= oldest)
}
