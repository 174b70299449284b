// From the start of the process `dist/rollback` to the old release serving everything, as users see it.
import { spawn } from 'node:child_process'
import { cp } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { unusedPort } from '../../../demo/shop/place.mjs'
import { newRecorder } from '../../../demo/shop/visitors.mjs'
import { load } from '../../support/load.mjs'
import { lineOf, median, medianRatio } from '../lines.mjs'
import { withShop } from '../shop.mjs'

const suite = 'rollback'
const RUNS = 7
const goal = { ours: 2 }
const peerName = 'peer: the same program ended and started again by hand'

export async function* measure({ runs = RUNS }) {
  const pairs = { warm: [], cold: [] }
  await withShop(['v1', 'v2'], async (stage) => {
    const restart = await bareRestart(path.join(stage.shop.work, 'shop'))
    try {
      await stage.deploy('production', 'v1', 'v1')
      for (let index = 1; index <= runs; index += 1) {
        await stage.deploy('production', 'v2', `next-${index}`)
        pairs.warm.push({ peer: await restart.once(), ours: await rollBack(stage, 'v1') })
        // With another release in between, the old one runs no more and is started anew.
        await stage.deploy('production', 'v2', `between-${index}`)
        await stage.deploy('production', 'v2', `newest-${index}`)
        pairs.cold.push({ peer: await restart.once(), ours: await rollBack(stage, 'v1') })
      }
    } finally {
      await restart.end()
    }
  })
  yield line(`start of the process to 100 % of the release before (s, ${peerName})`, pairs.warm)
  yield line(`start of the process to 100 % of an older release, started anew (s, ${peerName})`, pairs.cold)
}

const line = (metric, pairs) => lineOf({ suite, metric, ours: median(pairs.map(({ ours }) => ours)), peer: median(pairs.map(({ peer }) => peer)), ratio: medianRatio(pairs), goal })

/** Asks 200 times a second throughout: over when the old one answers and no other does any more. */
async function rollBack({ shop, run }, to) {
  const recorder = newRecorder(Date.now())
  const asking = load({ url: `${shop.url('production')}/`, rps: 200, seconds: 60, connections: 10, onAnswer: recorder.record })
  try {
    await sleep(300)
    const before = recorder.versions()
    if (before.includes(to)) throw new Error(`${to} served before the rollback to it.`)
    const startedAt = Date.now()
    await run('rollback', { environment: 'production', to }, ['rolled-back'])
    await sleep(300)
    const lastOfOthers = Math.max(...recorder.versions().filter((version) => version !== to).map((version) => recorder.of(version).lastDone))
    return (Math.max(recorder.of(to).first, lastOfOthers) - startedAt) / 1000
  } finally {
    await asking.stop()
  }
}

/** The floor: end one process of the shop, start another, ask until it answers. */
async function bareRestart(folder) {
  await cp(path.join(folder, 'releases', 'v1.mjs'), path.join(folder, 'release.mjs'))
  const port = await unusedPort()
  const start = async () => {
    const child = spawn(process.execPath, ['server.mjs'], { cwd: folder, env: { PATH: process.env.PATH, PORT: String(port) }, stdio: 'ignore' })
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`The shop ended with ${child.exitCode} on port ${port}.`)
      await sleep(5)
    }
    return child
  }
  const end = (child) => new Promise((resolve) => { child.once('close', resolve).kill('SIGTERM') })
  let current = await start()
  return {
    once: async () => {
      const began = performance.now()
      await end(current)
      current = await start()
      return (performance.now() - began) / 1000
    },
    end: () => end(current),
  }
}

const answers = (port) => fetch(`http://127.0.0.1:${port}/health`, { headers: { connection: 'close' } }).then((response) => response.ok, () => false)
