// What the record on GitHub costs: calls that count against the rate limit for each kind of delivery, and what a call costs on top of its request.
import { build } from 'esbuild'
import { setTimeout as sleep } from 'node:timers/promises'
import { newRecorder, sendVisitors } from '../../../demo/shop/visitors.mjs'
import { root } from '../../support/runner.mjs'
import { startGitHub } from '../../support/services/github/github.mjs'
import { lineOf, median, medianRatio } from '../lines.mjs'
import { withShop } from '../shop.mjs'

const suite = 'ledger'
const RUNS = 5
const CALLS = 200
const TOKEN = 'ghs_fake'
/** Of a whole delivery, as the issue of this ledger bounds it. */
const MOST_CALLS = 25

export async function* measure({ runs = RUNS }) {
  const github = await startGitHub({ limit: 1_000_000 })
  try {
    github.addCommits(2)
    github.addRun({ id: 4711 })
    yield* calls(github)
    yield* overhead(github, runs)
    yield* wholeAction(github, runs)
    if (github.faults.length > 0) throw new Error(github.faults.join('\n'))
  } finally {
    await github.close()
  }
}

const env = (github) => ({ GITHUB_API_URL: github.url, GITHUB_SHA: github.head() })
const onGitHub = { ledger: 'github', token: TOKEN }

/** Each kind of delivery once, by the bundles as a runner starts them, post steps included. */
async function* calls(github) {
  const counts = await withShop(['v1', 'v2'], async ({ shop, images, run }) => {
    const found = []
    const counted = async (what, action, inputs, reason) => {
      github.forget()
      await run(action, { ...onGitHub, ...inputs }, [reason])
      found.push({ what, ours: github.counted(), peer: github.calls.length })
    }
    const given = (version, image = version) => ({ image: images[image], version, commit: github.head() })
    await counted('a deploy to staging, the first', 'deploy-staging', { environment: 'staging', ...given('v1') }, 'deployed')
    await counted('a deploy to staging', 'deploy-staging', { environment: 'staging', ...given('v2') }, 'deployed')
    await run('canary-promote', { ...onGitHub, environment: 'production', ...given('v1') }, ['promoted-first'])
    const visitors = sendVisitors({ url: shop.url('production'), rps: 200, orders: false, recorder: newRecorder(Date.now()) })
    try {
      await sleep(1000)
      await counted('a canary over 5, 25, 50, 100 %', 'canary-promote', { environment: 'production', ...given('v2') }, 'promoted')
      await counted('a rollback', 'rollback', { environment: 'production', to: 'v1' }, 'rolled-back')
    } finally {
      await visitors.stop()
    }
    return found
  }, env(github))
  for (const { what, ours, peer } of counts) yield lineOf({ suite, metric: `${what}: calls that count (peer: the same without conditional requests)`, ours, peer, goal: { ours: MOST_CALLS } })
}

/** The driver of the API against a bare request for the same, in turn. */
async function* overhead(github, runs) {
  const open = await loadDriver()
  const driver = open({ api: github.url, token: TOKEN, repository: github.repository })
  const url = `${github.url}/repos/${github.repository}/deployments?environment=production&per_page=100`
  const bare = async () => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}`, accept: 'application/vnd.github+json' } })
    await answer.json()
  }
  const ours = () => driver.call({ what: 'list', route: 'GET /repos/{owner}/{repo}/deployments', parameters: { environment: 'production', per_page: 100 }, permission: 'deployments: read' })
  const looking = () => driver.look({ what: 'list', route: 'GET /repos/{owner}/{repo}/deployments', parameters: { environment: 'production', per_page: 100 }, permission: 'deployments: read' })
  for (const { what, act } of [{ what: 'a call', act: ours }, { what: 'a look that finds nothing new', act: looking }]) {
    await act()
    const pairs = []
    for (let index = 0; index < runs; index += 1) pairs.push({ peer: await perCall(bare), ours: await perCall(act) })
    yield lineOf({ suite, metric: `${what} by the driver (ms, peer: a bare request)`, ours: median(pairs.map((pair) => pair.ours)), peer: median(pairs.map((pair) => pair.peer)), ratio: medianRatio(pairs), goal: { ratio: 3 } })
  }
}

async function perCall(act) {
  const began = performance.now()
  for (let index = 0; index < CALLS; index += 1) await act()
  return (performance.now() - began) / CALLS
}

/** The same release deployed again and again, with the record here or there. */
async function* wholeAction(github, runs) {
  const pairs = await withShop(['v1'], async ({ images, run }) => {
    const timed = async (inputs, version) => {
      const { ms } = await run('deploy-staging', { environment: 'staging', image: images.v1, version, commit: github.head(), ...inputs }, ['deployed'])
      return ms / 1000
    }
    const found = []
    for (let index = 0; index < runs; index += 1) found.push({ peer: await timed({ ledger: 'file' }, `file-${index}`), ours: await timed(onGitHub, `github-${index}`) })
    return found
  }, env(github))
  yield lineOf({ suite, metric: 'a deploy with its record on GitHub (s, peer: in a file)', ours: median(pairs.map((pair) => pair.ours)), peer: median(pairs.map((pair) => pair.peer)), ratio: medianRatio(pairs), goal: { ours: 8 } })
}

/** The driver is TypeScript; plain Node gets it as one module. */
async function loadDriver() {
  const contents = `
    import { openGitHub } from './core/drivers/github/octokit/index.ts'
    import { systemClock } from './core/io/clock.ts'
    import { systemHttp } from './core/io/http.ts'
    const quiet = () => undefined
    const { signal } = new AbortController()
    export const open = (access) => openGitHub(access, { clock: systemClock(), http: systemHttp({ signal }), signal, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } })`
  const { outputFiles } = await build({ stdin: { contents, resolveDir: root, loader: 'ts' }, bundle: true, format: 'esm', platform: 'node', target: 'node20', write: false, logLevel: 'error' })
  const { open } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
  return open
}
