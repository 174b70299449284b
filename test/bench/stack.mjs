// A host with a stack of one service, which the bundled actions and, beside it, `docker compose` by hand move from release to release.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { stringify } from 'yaml'
import { unusedPort } from '../../demo/shop/place.mjs'
import { dockerLab } from '../support/docker/lab.mjs'
import { engine } from '../support/engines/catalogue.mjs'
import { interruptible, newRuns } from './actions.mjs'
import { runTimed } from './programs.mjs'

/** The lab, or why it can't be had here. */
export async function openDocker() {
  const state = engine('docker')
  if (state.path === undefined) throw new Error(`${state.missing} Bring it with: ${state.bring}`)
  return dockerLab()
}

/** As many applications are: an own server, which ends as it should when it is told to. It names its release itself, so that both ways are seen by the same eyes. */
export const SERVER = `import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
const version = readFileSync('version', 'utf8')
const server = createServer((request, response) => response.writeHead(200, { 'content-type': 'application/json', 'x-ecluse-version': version }).end(JSON.stringify({ version })))
process.on('SIGTERM', () => {
  server.close(() => process.exit(0))
  server.closeIdleConnections()
})
// Longer than its users keep theirs: a connection that it closes while they use it is no fault of a release.
server.keepAliveTimeout = 120_000
server.listen(8080, '0.0.0.0')
`

/** `often`: it asks each half second until the first answer; `seldom`: as most are written, the first time after a whole interval. */
const healthchecks = {
  often: 'interval: 5s, timeout: 3s, retries: 3, start_period: 20s, start_interval: 500ms',
  seldom: 'interval: 5s, timeout: 3s, retries: 3',
}

const composeFile = (healthcheck) => `services:
  web:
    image: \${WEB_IMAGE}
    ports: ["127.0.0.1:\${WEB_PORT}:8080"]
    healthcheck: { test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:8080/health"], ${healthchecks[healthcheck]} }
    stop_grace_period: 5s
    restart: unless-stopped
`

/** Margins so wide that a verdict needs few requests: what is measured is the way, not the judge. */
const settings = ({ app, port, edge }) => ({
  app,
  identity: { get: '/', json: 'version' },
  environments: {
    production: {
      url: `http://127.0.0.1:${port}`,
      platform: { compose: { files: ['compose.yml'], project: app, service: 'web', adopt: true, drain: '2s', keep: 3, edge: { image: edge } } },
      checks: ['GET / 200 within 2s'],
      // A twelfth of the usual time of a step: long enough that what users feel is not the start of the container alone.
      rollout: { weights: [5, 25, 50, 100], step: { 'at-least': '5s' }, 'healthy-within': '60s' },
      judge: { metrics: { haproxy: {} }, every: '250ms', 'min-requests': 20, errors: { 'fail-above': '+5%', 'pass-below': '+50% +15pp' } },
    },
  },
})

const usual = (version) => ({ files: { '/app/server.mjs': SERVER, '/app/version': version } })

/** Opens a stack, hands it to `use`, ends and removes all that was started. `made`: what is particular to the image of a version. */
export async function withStack(use, { healthcheck = 'often', made = usual } = {}) {
  const docker = await openDocker()
  const app = docker.unique('bench')
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-bench-'))
  const ports = { ours: await unusedPort(), peer: await unusedPort() }
  const envOf = (side, image) => ({ ...docker.env, WEB_PORT: String(ports[side]), ...(image === undefined ? {} : { WEB_IMAGE: image }) })
  await writeFile(path.join(work, 'compose.yml'), composeFile(healthcheck))
  const edge = await docker.base('haproxy')
  const configure = (change = (usually) => usually) => writeFile(path.join(work, 'ecluse.yml'), stringify(change(settings({ app, port: ports.ours, edge }))))
  await configure()
  const image = (version) => docker.image(`${app}:${version}`, { base: 'node', workdir: '/app', entrypoint: ['node', 'server.mjs'], ...made(version) })
  // A delivery names the image itself; compose wants the variable all the same.
  const runs = newRuns({ cwd: work, env: envOf('ours', await image('v1')) })
  const given = async (version) => ({ environment: 'production', image: await image(version), version })
  const stack = {
    docker, app, work, env: envOf('ours', await image('v1')),
    url: (side) => `http://127.0.0.1:${ports[side]}/`,
    image, configure, given, run: runs.run,
    promote: async (version) => runs.run('canary-promote', await given(version), ['promoted', 'promoted-unsuspected'], { apart: true }),
    deploy: async (version) => runs.run('deploy-staging', await given(version), ['deployed']),
    rollback: () => runs.run('rollback', { environment: 'production' }, ['rolled-back']),
    /** What people type: the tag in the environment, then `up`. */
    up: async (side, version) => runTimed('docker', ['compose', '--project-name', side === 'ours' ? app : `${app}-peer`, 'up', '--detach'], { env: envOf(side, await image(version)), cwd: work }),
  }
  try {
    return await interruptible(runs, () => use(stack))
  } finally {
    await docker.cleanup(app)
    await rm(work, { recursive: true, force: true })
  }
}
