// From the start of a bundle's process to its first complaint on the output, against a Node that does nothing.
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { engine } from '../../support/engines/catalogue.mjs'
import { contractOf, root, startAction } from '../../support/runner.mjs'
import { lineOf, median, medianRatio } from '../lines.mjs'

const suite = 'cold-start'
const PAIRS = 15
const goal = { ratio: 3 }

/** Values that no action takes; the first input that an action has gets its one. */
const wrong = { 'dry-run': 'perhaps', within: 'soon', 'max-size': 'huge', mode: 'guess', strict: 'perhaps', deliveries: 'many', severity: 'loud' }

export async function* measure({ runs = PAIRS }) {
  const state = engine('node24')
  const node = state.path ?? process.execPath
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-bench-'))
  try {
    for (const action of await actions()) {
      const inputs = await wrongInputs(action)
      yield await lineFor(action, `${action}: start to the first complaint, first step of a job (ms)`, runs, (env) => complain({ action, inputs, cwd: folder, node, env }), { node, temp: undefined })
      const temp = await mkdtemp(path.join(folder, 'temp-'))
      await complain({ action, inputs, cwd: folder, node, env: { RUNNER_TEMP: temp } })
      yield await lineFor(action, `${action}: start to the first complaint, later step (ms)`, runs, (env) => complain({ action, inputs, cwd: folder, node, env }), { node, temp })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function lineFor(action, metric, runs, ours, { node, temp }) {
  const pairs = []
  for (let pair = 0; pair < runs; pair += 1) {
    const peer = await nothing(node)
    pairs.push({ peer, ours: await ours(temp === undefined ? {} : { RUNNER_TEMP: temp }) })
  }
  return lineOf({ suite, metric, ours: median(pairs.map((pair) => pair.ours)), peer: median(pairs.map((pair) => pair.peer)), ratio: medianRatio(pairs), goal })
}

const actions = async () => (await readdir(path.join(root, 'actions'), { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).toSorted()

async function wrongInputs(action) {
  const { inputs = {} } = await contractOf(action)
  const name = Object.keys(wrong).find((one) => one in inputs)
  if (name === undefined) throw new Error(`\`${action}\` has no input that this suite knows a wrong value for: ${Object.keys(wrong).join(', ')}.`)
  return { [name]: wrong[name] }
}

async function complain(run) {
  let first
  const started = await startAction({ ...run, onLine: (line, ms) => { if (line.startsWith('::error')) first ??= ms } })
  try {
    const { code, stdout, outputs } = await started.finished
    if (code === 0 || first === undefined) throw new Error(`\`${run.action}\` did not complain: exit code ${code}, reason "${outputs.reason}".\n${stdout}`)
    return first
  } finally {
    await started.close()
  }
}

function nothing(node) {
  const began = performance.now()
  const child = spawn(node, ['-e', '0'], { stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.resume()
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', () => resolve(performance.now() - began))
  })
}
