// The story, act by act. Each act does one thing with the bundled actions and returns what was seen of it.
import { setTimeout as sleep } from 'node:timers/promises'
import { publishDashboard } from './reporting/dashboard.mjs'
import { followEvidence, weightsOf } from './shop/evidence.mjs'
import { sendVisitors } from './shop/visitors.mjs'

const RPS = 350
/** After a switch, so many answers in a row say that nothing of the other release is left. */
const ENOUGH_ANSWERS = 200

export const acts = [
  { key: 'build', title: 'Build v1, v2 and v3 once, by digest', play: buildAll },
  { title: 'Staging: deploy v1, smoke test', play: (stage) => stageRelease(stage, 'v1') },
  { key: 'first', title: 'Production: v1 goes live, users arrive', play: goLive },
  { title: 'Staging: deploy v2, smoke test', play: (stage) => stageRelease(stage, 'v2') },
  { key: 'backup', title: 'Back the database up, restore the copy, compare', play: backUp, needsDatabase: true },
  { key: 'good', title: 'Production: v2 climbs 5 → 25 → 50 → 100 %', play: promoteGood },
  { title: 'Staging: deploy v3, smoke test (finds nothing)', play: (stage) => stageRelease(stage, 'v3') },
  { key: 'backup', title: 'Back the database up again: every release has its own receipt', play: backUp, needsDatabase: true },
  { key: 'bad', title: 'Production: v3 fails one customer in five', play: catchBad },
  { key: 'back', title: 'On call: back to v1, at once', play: rollBack },
  { key: 'record', title: 'A month later: what was live, and how did it get there?', play: showRecord },
]

async function buildAll({ runs, images }) {
  for (const version of ['v1', 'v2', 'v3']) {
    const { outputs } = await runs.run('build-image', { version, args: `RELEASE=${version}` }, ['built'])
    images[version] = outputs.image
  }
  const digests = Object.values(images).map((image) => image.split('@sha256:')[1])
  return { seen: { digests: new Set(digests).size }, note: digests.map((digest) => digest.slice(0, 8)).join(', ') }
}

async function stageRelease({ runs, images, shop }, version) {
  const deployed = await runs.run('deploy-staging', { environment: 'staging', image: images[version], version }, ['deployed'])
  const tested = await runs.run('smoke-test', { environment: 'staging', version }, ['passed'])
  return { note: `${deployed.outputs.version} at ${shop.url('staging')}, ${tested.outputs.passed} checks passed` }
}

async function goLive(stage) {
  const { runs, images, database, shop, recorder } = stage
  // A production with a backup in its configuration takes no release without a receipt, not even the first.
  const receipt = database === undefined ? {} : { receipt: (await runs.run('db-backup', { environment: 'production' }, ['verified'])).outputs['receipt-id'] }
  const done = await runs.run('canary-promote', { environment: 'production', image: images.v1, version: 'v1', ...receipt }, ['promoted-first'])
  stage.visitors = sendVisitors({ url: shop.url('production'), rps: RPS, orders: database !== undefined, recorder })
  await answered(stage, 'v1')
  return { seen: { first: done.outputs.version }, note: `${done.outputs.version} at ${shop.url('production')}, ${RPS} requests a second from now on` }
}

async function backUp(stage) {
  const { runs } = stage
  const { outputs } = await runs.run('db-backup', { environment: 'production' }, ['verified'])
  const receipt = JSON.parse(outputs.receipt)
  const rows = Object.values(receipt.fingerprint.rows).reduce((sum, count) => sum + count, 0)
  stage.receipt = receipt
  const seconds = (receipt.dumpMs + (receipt.verified?.restoreMs ?? 0)) / 1000
  return { seen: { verified: receipt.verified !== null, rows, bytes: receipt.bytes }, note: `${rows} rows came back equal from ${receipt.bytes} bytes (dump and restore ${seconds.toFixed(1)} s)` }
}

async function promoteGood(stage) {
  const done = await letIn(stage, 'v2', ['promoted'])
  await answered(stage, 'v2')
  const weights = weightsOf(stage.evidence.polls())
  return { seen: { weights, requests: Number(done.outputs.requests), version: done.outputs.version }, note: `judged on ${done.outputs.requests} requests of v2, then 100 %` }
}

async function catchBad(stage) {
  const { recorder } = stage
  const done = await letIn(stage, 'v3', ['high-error-rate'])
  await answered(stage, 'v2')
  const v3 = recorder.of('v3')
  const seconds = (v3.last - v3.first) / 1000
  return {
    seen: { seconds, exit: done.code, verdict: done.outputs.verdict, weight: Number(done.outputs.weight), back: done.outputs.version, requests: v3.requests, failed: v3.failed },
    note: `caught and sent back ${seconds.toFixed(1)} s after its first request, at ${done.outputs.weight} %; ${v3.failed} requests failed`,
  }
}

async function letIn(stage, version, expected) {
  const { runs, images, receipt, shop } = stage
  stage.evidence = await followEvidence(shop.state)
  const inputs = { environment: 'production', image: images[version], version, ...(receipt === undefined ? {} : { receipt: receipt.id }) }
  const done = await runs.run('canary-promote', inputs, expected)
  await stage.evidence.look()
  return done
}

async function rollBack(stage) {
  const { runs, database, recorder, receipt } = stage
  await stage.visitors.stopOrders()
  const lost = await database?.loseOrders()
  const data = database === undefined ? {} : { 'restore-receipt': receipt.id, 'confirm-restore-receipt': receipt.id }
  const startedAt = Date.now()
  const done = await runs.run('rollback', { environment: 'production', because: 'Orders are missing', ...data }, ['rolled-back'])
  await answered(stage, 'v1')
  // From the start of the process until the last answer of the release that went.
  const seconds = Math.max(0, recorder.of('v2').lastDone - startedAt) / 1000
  const restored = await database?.countOrders()
  const told = database === undefined ? '' : `; ${lost} lost orders are back (${restored} rows)`
  return { seen: { seconds, told: Number(done.outputs.seconds), version: done.outputs.version, lost, restored, kept: done.outputs.database }, note: `v1 served everything ${seconds.toFixed(2)} s after the start${told}` }
}

async function showRecord(stage) {
  const seen = await publishDashboard(stage)
  return { seen, note: `production: ${seen.live} live, ${seen.deliveries} deliveries, ${seen.rollbacks} rollback, all on one page` }
}

/** Waits until users got so many answers that all came from one release. */
async function answered({ recorder, signal }, version) {
  const limit = Date.now() + 10_000
  const others = () => recorder.total() - recorder.of(version).requests
  let [mine, rest] = [recorder.of(version).requests, others()]
  while (recorder.of(version).requests - mine < ENOUGH_ANSWERS) {
    signal.throwIfAborted()
    if (Date.now() > limit) throw new Error(`Users were still not served by ${version} alone after 10 s.`)
    if (others() !== rest) [mine, rest] = [recorder.of(version).requests, others()]
    await sleep(50)
  }
}
