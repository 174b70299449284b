// `npm run demo`: one release after the other, from source to production and back, on this machine.
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { factsOf, tableOf } from './facts.mjs'
import { openBoard } from './live/board.mjs'
import { inkFor } from './live/ink.mjs'
import { openLines } from './live/lines.mjs'
import { writeReport } from './reporting/report.mjs'
import { openDatabase } from './shop/database.mjs'
import { openShop } from './shop/place.mjs'
import { newRuns } from './shop/runs.mjs'
import { stopServer } from './shop/servers.mjs'
import { newRecorder } from './shop/visitors.mjs'
import { acts } from './story.mjs'

const LOOK_EVERY_MS = 250
/** Whatever hangs, the demo does not. */
const LONGEST_MS = 240_000
const demo = path.dirname(fileURLToPath(import.meta.url))
const { values } = parseArgs({ options: { report: { type: 'string', default: path.join(demo, 'report', 'index.html') } } })
const out = process.stdout
const ink = inkFor(out, process.env)
const startedAt = Date.now()
const interrupted = new AbortController()

async function main() {
  const undo = []
  try {
    const stage = await setUp(undo)
    const timeline = await play(stage)
    await stage.visitors?.stop()
    return await conclude(stage, timeline)
  } catch (fault) {
    if (!interrupted.signal.aborted) out.write(`\n${ink.red(fault.message)}\n${fault.said === undefined ? '' : `What it said:\n${fault.said}\n`}`)
    return interrupted.signal.aborted ? 130 : 1
  } finally {
    if (interrupted.signal.aborted) out.write('Interrupted: ending what was started.\n')
    for (const step of undo.toReversed()) await step().catch((fault) => out.write(`Left behind: ${fault.message}\n`))
  }
}

/** Everything that is started is undone in the reverse order, whatever happens. */
async function setUp(undo) {
  const { database, leftOut } = await openDatabase()
  if (database !== undefined) undo.push(database.close)
  interrupted.signal.throwIfAborted()
  const shop = await openShop({ database })
  undo.push(shop.close)
  const dashboard = path.join(path.dirname(path.resolve(values.report)), 'dashboard')
  const stage = { shop, database, leftOut, dashboard, images: {}, recorder: newRecorder(startedAt), signal: interrupted.signal }
  stage.runs = newRuns({ cwd: shop.work, env: database?.secrets ?? {}, onLine: (line) => { stage.line = line } })
  for (const environment of ['staging', 'production']) undo.push(() => stopServer(shop.state, environment))
  // Requests on their way may wait for what was just interrupted, too.
  undo.push(() => Promise.race([stage.visitors?.stop(), sleep(1000)]))
  interrupted.signal.addEventListener('abort', () => void stage.runs.stop())
  return stage
}

async function play(stage) {
  const live = out.isTTY ? openBoard(out, ink, startedAt, acts) : openLines(out, ink, startedAt)
  const looking = setInterval(() => {
    void Promise.resolve(stage.evidence?.look()).catch(() => undefined).then(() => live.look(stage))
  }, LOOK_EVERY_MS)
  const timeline = []
  try {
    for (const act of acts) {
      if (act.needsDatabase && stage.database === undefined) live.leave(act, stage.leftOut)
      else timeline.push(await playAct(act, stage, live))
    }
    return timeline
  } finally {
    clearInterval(looking)
    live.close()
  }
}

async function playAct(act, stage, live) {
  interrupted.signal.throwIfAborted()
  const from = Date.now()
  const before = stage.recorder.total()
  live.begin(act)
  try {
    const { seen, note } = await act.play(stage)
    await stage.evidence?.look()
    live.look(stage)
    live.end(act, note)
    const polls = stage.evidence?.polls() ?? []
    stage.evidence = undefined
    return { ...act, from, to: Date.now(), seen, note, polls, requests: stage.recorder.total() - before }
  } catch (fault) {
    live.fail(act)
    throw fault
  }
}

async function conclude({ recorder, visitors, runs, leftOut }, timeline) {
  const seen = Object.fromEntries(timeline.filter(({ key }) => key !== undefined).map((act) => [act.key, act.seen]))
  const failures = recorder.versions().filter((version) => version !== 'v3').reduce((sum, version) => sum + recorder.of(version).failed, 0)
  const users = {
    requests: recorder.total(), platformFailures: failures, skipped: visitors.skipped(),
    last: Object.keys(recorder.seconds().findLast((second) => Object.keys(second).length > 0) ?? {}).join(),
    requestsMeanwhile: timeline.find(({ key }) => key === 'bad')?.requests,
  }
  const told = { seen, users, leftOut }
  const facts = factsOf(told)
  const table = tableOf(told)
  const good = facts.every(({ ok }) => ok)
  const report = await writeReport(path.resolve(values.report), { startedAt, timeline, facts, table, runs: runs.all, recorder })
  const width = Math.max(...table.map(([name]) => name.length))
  out.write([
    '', ...facts.map(({ text, ok }) => ` ${ok ? ink.green('✓') : ink.red('✗')} ${text}`),
    '', ...table.map(([name, value]) => ` ${ink.bold(name.padEnd(width))}   ${value}`),
    ` ${ink.bold('Took'.padEnd(width))}   ${((Date.now() - startedAt) / 1000).toFixed(0)} s`, ` ${ink.bold('Report'.padEnd(width))}   ${report}`, ` ${ink.bold('Dashboard'.padEnd(width))}   ${seen.record?.page}`,
    '', 'Open both in a browser: the report is what users saw, the dashboard is what the record tells.', '',
  ].join('\n'))
  return good ? 0 : 1
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => interrupted.abort())
setTimeout(() => interrupted.abort(), LONGEST_MS).unref()
process.exitCode = await main()
if (interrupted.signal.aborted) process.exit()
