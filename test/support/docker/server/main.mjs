// The lab: an engine and a registry for all tests of this checkout. It lives as long as somebody is connected to its socket, so
// that nothing stays behind whichever way a test ends. One at a time: whoever starts it holds a lock (see ../lab.mjs).
import { mkdir, rm } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { startCluster } from '../../kubernetes/server/cluster.mjs'
import { hear, say } from '../lines.mjs'
import { handControllersDown } from './control-groups.mjs'
import { startEngine } from './engine.mjs'
import { startRegistry } from './registry.mjs'
import { startSshHost } from './ssh-host.mjs'
import { tidyUp } from './tidying.mjs'

const [folder] = process.argv.slice(2)
const socket = path.join(folder, 'lab.sock')
// Time to connect for the one who started it, and between two test files of a run.
const PATIENCE = 15_000
const LINGER = 2000

const clients = new Set()
const leaving = new Set()
const lab = { next: 1, timer: undefined, ending: false, expect: (_time) => undefined }

const place = (kind) => path.join(folder, `${kind}-${lab.next++}`)

const open = async () => {
  await tidyUp(folder)
  handControllersDown()
  const [engine, registry] = await Promise.all([startEngine({ folder: place('engine') }), startRegistry(place('registry'))])
  return { engine, registry, facts: { pid: process.pid, socket: engine.socket, registry: registry.address } }
}

const openers = {
  engine: async ({ dataBytes }) => {
    const engine = await startEngine({ folder: place('engine'), dataBytes })
    return { thing: engine, facts: () => ({ socket: engine.socket, pid: engine.pid() }) }
  },
  'ssh-host': async ({ engineSocket, permitted, docker, forwards }) => {
    const host = await startSshHost({ folder: place('ssh'), engineSocket, permitted, docker, forwards })
    return { thing: host, facts: host.facts }
  },
  cluster: async ({ pause }) => {
    const cluster = await startCluster({ folder: place('cluster'), pause })
    return { thing: cluster, facts: cluster.facts }
  },
}

// What a client opened is its own: `of` numbers its things from 0, and all of them end with its connection.
const serve = async (things, { open: kind, of, verb, ...given }) => {
  if (kind) {
    const opened = await openers[kind](given)
    return { of: things.push(opened) - 1, ...opened.facts() }
  }
  const { thing, facts } = things[of]
  const answer = await thing[verb]()
  return { ...facts(), answer: answer ?? null }
}

const leave = async (connection, things) => {
  clients.delete(connection)
  const ends = await Promise.allSettled(things.map(({ thing }) => thing.end()))
  for (const { reason } of ends) if (reason) console.error(reason)
  if (clients.size === 0) lab.expect(LINGER)
}

const welcome = (connection, opened) => {
  clients.add(connection)
  clearTimeout(lab.timer)
  const things = []
  const pending = new Set()
  connection.on('error', () => connection.destroy())
  opened.then(({ facts }) => say(connection, { ready: facts }), (error) => say(connection, { failed: error.message }))
  hear(connection, ({ id, ...request }) => {
    const done = serve(things, request).then((result) => say(connection, { id, result }), (error) => say(connection, { id, failed: error.message }))
    pending.add(done)
    void done.finally(() => pending.delete(done))
  })
  // What is being opened when its client goes is ended, too.
  connection.on('close', () => {
    const left = Promise.allSettled([opened, ...pending]).then(() => leave(connection, things))
    leaving.add(left)
    void left.finally(() => leaving.delete(left))
  })
}

const end = async (server, opened) => {
  if (lab.ending) return
  lab.ending = true
  // From here on nobody finds this lab: the next one waits for the lock.
  await rm(socket, { force: true })
  server.close()
  for (const connection of clients) connection.destroy()
  await new Promise(setImmediate)
  const { engine, registry } = await opened.catch(() => ({}))
  const ends = await Promise.allSettled([...leaving, engine?.end(), registry?.end()])
  for (const { reason } of ends) if (reason) console.error(reason)
  process.exit(0)
}

const run = async () => {
  await mkdir(folder, { recursive: true, mode: 0o711 })
  await rm(socket, { force: true })
  const opened = open()
  opened.catch(() => lab.expect(LINGER))
  const server = net.createServer((connection) => welcome(connection, opened)).listen(socket)
  lab.expect = (time) => {
    clearTimeout(lab.timer)
    lab.timer = setTimeout(() => void end(server, opened), time)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => void end(server, opened))
  lab.expect(PATIENCE)
}

await run()
