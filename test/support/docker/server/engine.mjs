// One Docker Engine in a folder of its own. It leaves the machine's firewall and forwarding as they are.
import { execFile } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { promisify } from 'node:util'
import { containersFolder } from '../../engines/containers.mjs'
import { call, halt, poll, start } from './children.mjs'
import { claimNetwork, releaseNetwork } from './network.mjs'
import { endProcesses, removeFolder, unmount } from './remains.mjs'

const bin = `${containersFolder}/bin`
const overlay = 0x794c7630
/** Whoever is in this group may use the engine's socket. */
export const dockerGroup = 64_900

const answers = (socket, path) =>
  new Promise((resolve) => {
    const request = http.get({ socketPath: socket, path, timeout: 5000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('error', () => resolve(false))
    request.on('timeout', () => request.destroy())
  })

const settings = (place) => ({
  hosts: [`unix://${place.socket}`],
  group: String(dockerGroup),
  'data-root': place.data,
  'exec-root': `${place.folder}/exec`,
  pidfile: `${place.folder}/dockerd.pid`,
  features: { 'containerd-snapshotter': true },
  // An overlay on an overlay cannot be: in a container whose own root is one, layers are copied.
  ...(statfsSync(place.data).type === overlay ? { 'storage-driver': 'native' } : {}),
  bridge: place.network.bridge,
  'default-address-pools': [{ base: place.network.pool, size: 24 }],
  iptables: false,
  ip6tables: false,
  'ip-forward': false,
  'shutdown-timeout': 3,
})

// Relays of other tests go on meanwhile: a lab that stood still for seconds would be a lost connection to them.
const client = async (place, args) => {
  const env = { PATH: process.env.PATH, DOCKER_HOST: `unix://${place.socket}`, HOME: place.folder }
  return (await promisify(execFile)(`${bin}/docker`, args, { timeout: 60_000, env })).stdout
}

const launch = async (place) => {
  const env = { PATH: `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`, HOME: place.folder }
  const child = start(`${bin}/dockerd`, ['--config-file', `${place.folder}/daemon.json`], { log: place.log, env })
  const ready = await poll(60_000, async () => child.gone() || answers(place.socket, '/_ping'))
  if (ready && !child.gone()) return child
  await halt(child)
  throw new Error(`\`dockerd\` did not start. It said:\n${child.last()}`)
}

const removeContainers = async (place) => {
  const ids = (await client(place, ['ps', '-aq'])).split('\n').filter(Boolean)
  if (ids.length > 0) await client(place, ['rm', '-f', '-v', ...ids])
  await client(place, ['network', 'prune', '-f'])
}

/**
 * Starts an engine in `folder`. `dataBytes` bounds what it can store. `stop`, `kill` and `start` are a person's or the
 * machine's doing; `end` removes all of it.
 */
export const startEngine = async ({ folder, dataBytes }) => {
  const place = { folder, socket: `${folder}/docker.sock`, data: `${folder}/data`, log: `${folder}/dockerd.log` }
  await mkdir(place.data, { recursive: true })
  if (dataBytes) call('mount', ['-t', 'tmpfs', '-o', `size=${dataBytes},mode=711`, 'tmpfs', place.data])
  place.network = claimNetwork()
  await writeFile(`${folder}/network`, String(place.network.number))
  await writeFile(`${folder}/daemon.json`, JSON.stringify(settings(place)))
  const state = { child: undefined, ended: undefined }
  const begin = async () => {
    if (state.child && !state.child.gone()) return
    state.child = await launch(place)
  }
  const endAll = async () => {
    if (state.child && !state.child.gone()) {
      try {
        await removeContainers(place)
      } catch {
        // An engine that answers no more is ended like any other process.
      }
      await halt(state.child)
    }
    await endProcesses(folder)
    unmount(folder)
    releaseNetwork(place.network.number)
    await removeFolder(folder)
  }
  const end = () => (state.ended ??= endAll())
  const kill = async () => {
    state.child.kill('SIGKILL')
    await poll(5000, state.child.gone)
    // Its containerd dies with it. Found by their numbers, both would be waited for.
    for (const name of ['dockerd.pid', 'exec/containerd/containerd.pid']) await rm(`${folder}/${name}`, { force: true })
  }
  try {
    await begin()
  } catch (error) {
    await end()
    throw error
  }
  return { socket: place.socket, pid: () => state.child.pid, start: begin, stop: () => halt(state.child, 20_000), kill, end }
}
