// From the start of the navigation to the first picture of the dashboard in Chromium: 10 000 deliveries against 100.
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { buildPage } from '../../../.github/tools/bundling/page.mjs'
import { loadInTurn } from '../../support/dashboard/readiness.mjs'
import { sampleModel } from '../../support/dashboard/sample.mjs'
import { engine } from '../../support/engines/catalogue.mjs'
import { root } from '../../support/runner.mjs'
import { lineOf, median, medianRatio } from '../lines.mjs'

const suite = 'dashboard'
const RUNS = 9
const MANY = 10_000
const FEW = 100
const peerName = `peer: the same page with ${FEW}`

export async function* measure({ runs = RUNS }) {
  const state = engine('chromium')
  if (state.path === undefined) throw new Error(`${state.missing} Bring it with: ${state.bring}`)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-bench-'))
  const browser = await chromium.launch({ executablePath: state.path, args: ['--no-sandbox'] })
  try {
    const [few, many] = await pages(folder)
    const loads = await loadInTurn(browser, [few, many].map((file) => pathToFileURL(file).href), runs)
    const pairs = loads.map(([peer, ours]) => ({ peer: peer.ms, ours: ours.ms }))
    yield lineOf({ suite, metric: `${MANY} deliveries: navigation to the first picture (ms, ${peerName})`, ours: median(pairs.map(({ ours }) => ours)), peer: median(pairs.map(({ peer }) => peer)), ratio: medianRatio(pairs), goal: { ours: 1000 } })
    yield lineOf({ suite, metric: `${MANY} deliveries: elements on the page (${peerName})`, ours: loads[0][1].elements, peer: loads[0][0].elements, goal: { ratio: 1.5 } })
    yield lineOf({ suite, metric: `${MANY} deliveries: size of the file (MB, ${peerName})`, ours: (await stat(many)).size / 1e6, peer: (await stat(few)).size / 1e6, goal: { ours: 10 } })
  } finally {
    await browser.close()
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function pages(folder) {
  const { dashboardModel, pageWith } = await domain(folder)
  const template = await buildPage()
  const files = []
  for (const deliveries of [FEW, MANY]) {
    const file = path.join(folder, `${deliveries}.html`)
    await writeFile(file, pageWith(template, sampleModel(dashboardModel, { deliveries, details: FEW })))
    files.push(file)
  }
  return files
}

/** What makes the model is TypeScript. */
async function domain(folder) {
  const made = path.join(folder, 'domain.mjs')
  const contents = ['build', 'page'].map((name) => `export * from './core/domain/dashboard/${name}.ts'`).join('\n')
  await build({ stdin: { contents, resolveDir: root }, outfile: made, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' })
  return import(pathToFileURL(made).href)
}
