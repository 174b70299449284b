// The driver of the platform `compose`, on a stack of the bench.
import { loadSources } from './typescript.mjs'

const SOURCES = `
  import { edgeContainer, hostScope } from './core/domain/edge-control/index.ts'
  import { dockerEngine } from './core/drivers/engines/docker/index.ts'
  import { composePlatform } from './core/drivers/platforms/compose/index.ts'
  import { systemProcesses } from './core/io/process.ts'
  import { realAmbient } from './test/support/surroundings.ts'
  export const open = (options, { app, environment, url, work, env }) => {
    const plain = realAmbient({ work, dist: '' })
    const ambient = { ...plain, process: systemProcesses({ signal: plain.signal, env: { ...process.env, ...env } }) }
    const engines = options.hosts.map((host) => dockerEngine(host, ambient))
    return { platform: composePlatform(options, { app, environment, url, secretSettings: {} }, engines, ambient), edge: edgeContainer(hostScope(app, environment)) }
  }`

const plan = { strategy: 'canary', weights: [5, 25, 50, 100], healthyWithinMs: 60_000 }

export async function openDriver({ docker, app, work, url, image, env }) {
  const { open } = await loadSources(SOURCES)
  const options = {
    name: 'compose', hosts: [{ hostKeys: [] }], files: ['compose.yml'], project: app, service: 'web', healthPath: '/', sticky: false, drainMs: 2000, keep: 3, adopt: false,
    edge: { image: await docker.base('haproxy'), reload: [] },
  }
  const { platform, edge } = open(options, { app, environment: 'production', url: url('ours'), work, env })
  const releaseOf = async (version) => ({ app, version, commit: '', images: { [app]: await image(version) }, serving: app, settings: {}, settingsHash: '0'.repeat(64) })
  return {
    live: async (version) => {
      await platform.launch(await releaseOf(version), plan)
      await platform.promote()
    },
    trial: async (version) => platform.launch(await releaseOf(version), plan),
    shift: (weight) => platform.shift(weight),
    returnAt: (deadline) => platform.returnAt(deadline),
    /** The least that a change can take: one call of docker's client that puts a file there. */
    floor: () => docker.docker(['cp', `${work}/compose.yml`, `${edge}:/var/lib/ecluse/floor`]),
  }
}
