// The user's side of the story: a folder with the shop's sources and an `ecluse.yml`, as a checkout would hold them.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { unusedPort } from '../../test/support/ports.mjs'

const app = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'app')

/** A work folder with the sources in `shop/`; `database` says how each environment reaches its own. */
export async function openShop({ database } = {}) {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-demo-'))
  const ports = { staging: await unusedPort(), production: await unusedPort() }
  await cp(app, path.join(work, 'shop'), { recursive: true })
  if (database !== undefined) await bringDriver(path.join(work, 'shop'))
  await writeFile(path.join(work, 'ecluse.yml'), configuration(ports, database))
  return {
    work,
    url: (environment) => `http://127.0.0.1:${ports[environment]}`,
    state: path.join(work, '.ecluse'),
    close: () => rm(work, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** The image holds all it needs: the database client becomes part of the one file that uses it. */
async function bringDriver(sources) {
  const file = path.join('orders', 'database.mjs')
  await mkdir(path.join(sources, 'orders'), { recursive: true })
  await build({
    entryPoints: [path.join(app, file)], outfile: path.join(sources, file), allowOverwrite: true, logLevel: 'error',
    bundle: true, platform: 'node', format: 'esm', target: 'node20', external: ['pg-native'],
    // Also leaves out the comments with paths of this machine: the same sources give the same digest anywhere.
    minify: true,
    // The client is CommonJS and asks for Node's own modules by `require`.
    banner: { js: "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)" },
  })
}

const settings = (database, environment) => Object.entries(database.settings(environment)).map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')

function configuration(ports, database) {
  const own = (environment) => (database === undefined ? '' : `
    settings: { ${settings(database, environment)} }
    migrate: { up: node migrate.mjs, in: release }`)
  const backup = database === undefined ? '' : `
    backup: { database: "\${env:DATABASE_URL}" }`
  return `app: shop
build: { context: shop }
identity: { get: /health, json: version }
environments:
  staging:
    platform: { local: { port: ${ports.staging}, drain: 1s } }
    checks:
      - { get: /health, health: true, within: 2s }
      - { get: /, status: 200, contains: Shop }${own('staging')}
  production:
    extends: staging
    platform: { local: { port: ${ports.production}, drain: 1s } }
    rollout: { weights: [5, 25, 50, 100], step: { at-least: 2s, at-most: 30s }, decide-within: 60s }
    judge: { every: 1s, false-alarm: 1%, missed: 5%, errors: { fail-above: +10%, pass-below: +50% +3pp } }${own('production')}${backup}
`
}
