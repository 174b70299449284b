// GitHub's API for one repository, in memory. `startGitHub()` starts it.
import { areas } from './areas/index.mjs'
import { description } from './description.mjs'
import { createGit } from './git.mjs'
import { createLimits } from './limits.mjs'
import { linksFor } from './links.mjs'
import { seedingFor } from './seeding.mjs'
import { createServer } from './server.mjs'
import { createStore } from './store.mjs'
import { createVault } from './vault.mjs'
import { createWeather } from './weather.mjs'

const TOKEN = 'ghs_fake'

export async function startGitHub({ repository = 'acme/shop', now = Date.now, port = 0, seed = 1, prefix = '', limit = 5000 } = {}) {
  const world = await createWorld({ repository, now, seed, prefix, limit })
  const server = createServer(world)
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  world.server = `http://127.0.0.1:${server.address().port}`
  world.base = `${world.server}${prefix}`
  return {
    url: world.base, repository, state: stateOf(world), calls: world.calls, faults: world.faults, tokens: world.tokens,
    counted: () => world.calls.filter(({ counted }) => counted).length,
    forget: () => void (world.calls.length = 0),
    setRemaining: (remaining, token = TOKEN) => world.limits.setRemaining(token, remaining),
    inject: (given) => world.weather.inject(given),
    lag: (given) => world.weather.lag(given),
    calm: () => world.weather.calm(),
    ...Object.fromEntries(Object.entries(seedingFor(world)).map(([name, act]) => [name, (...given) => world.store.together(() => act(...given))])),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (world.broken.length > 0) throw new AggregateError(world.broken, `The fake GitHub broke: ${world.broken.map(({ message }) => message).join('\n')}`)
    },
  }
}

async function createWorld({ repository, now, seed, prefix, limit }) {
  const store = createStore(now)
  const world = {
    repository, owner: repository.split('/')[0], prefix, now, store, areas, calls: [], faults: [], broken: [], base: '', server: '',
    description: await description(), git: createGit(), vault: await createVault(), limits: createLimits(now, limit), weather: createWeather(store, { now, seed }),
    tokens: new Map([[TOKEN, { permissions: 'all' }]]),
    settings: { private: false, plan: 'free', defaultBranch: 'main' },
    nextNumber: () => (world.lastNumber += 1),
    lastNumber: 0,
    // Known by their files on the default branch, and by the runs that name them.
    workflows: () => [...new Set(['deliver.yml', 'rollback.yml', 'reconcile.yml'].map((name) => `.github/workflows/${name}`).concat(store.head.all('runs').map(({ workflow }) => workflow)))]
      .map((file, index) => ({ id: index + 1, file, name: file.split('/').at(-1).replace(/\.ya?ml$/, '') })),
  }
  world.links = linksFor(world)
  const seeding = seedingFor(world)
  seeding.addUser('octo-admin', 'admin')
  seeding.addUser('github-actions[bot]', 'write')
  seeding.addCommits([{ message: 'Begin', files: { 'README.md': `# ${repository}\n` } }])
  return world
}

function stateOf({ store, settings }) {
  return {
    all: (table) => store.head.all(table),
    get: (table, id) => store.head.get(table, id),
    put: (table, record) => store.put(table, record),
    remove: (table, id) => store.remove(table, id),
    nextId: () => store.nextId(),
    settings,
  }
}
