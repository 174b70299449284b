import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { openSync, readFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { containersFolder } from '../engines/containers.mjs'
import { kubectlOf } from '../kubernetes/kubectl.mjs'
import { clientOf } from './client.mjs'
import { imagesOf } from './images/index.mjs'
import { hear, say } from './lines.mjs'
import { labFolder, lockOf, ownFolder, serverFolder } from './place.mjs'

const START_WITHIN = 120_000

// Of several that try at once, one gets the lock; the lab keeps it until all is tidied up. In a mount namespace of its own no
// mount outlives it.
const launch = (folder) => {
  const log = openSync(path.join(folder, 'lab.log'), 'a')
  const args = ['-n', '-F', lockOf(folder), 'unshare', '--mount', process.execPath, path.join(serverFolder, 'main.mjs'), folder]
  // Not what jest has in its environment: the lab is a plain program.
  const { NODE_OPTIONS: _options, ...env } = process.env
  spawn('flock', args, { detached: true, stdio: ['ignore', log, log], env }).on('error', () => undefined).unref()
}

const dial = (folder) =>
  new Promise((resolve) => {
    const connection = net.connect(path.join(folder, 'lab.sock'))
    const link = { connection, answered: undefined }
    connection.on('error', () => undefined)
    // Closed without a word: a lab that was about to end, or none.
    connection.once('close', () => resolve(undefined))
    hear(connection, (message) => {
      if (link.answered) link.answered(message)
      else resolve({ link, first: message })
    })
  })

const connect = async () => {
  const folder = await labFolder()
  ownFolder(folder)
  const deadline = performance.now() + START_WITHIN
  for (let tries = 0; performance.now() < deadline; tries++) {
    const found = await dial(folder)
    if (found) return found
    // Whoever has the lock may still be tidying up: then this one ends at once, and another has to be tried.
    if (tries % 20 === 0) launch(folder)
    await sleep(50)
  }
  const said = readFileSync(path.join(folder, 'lab.log'), 'utf8').trim().split('\n').slice(-10).join('\n')
  throw new Error(`The Docker lab in \`${folder}\` did not answer within ${START_WITHIN / 1000} s. It said last:\n${said}`)
}

// Requests to the lab. While none is under way, the connection keeps no process alive.
const asker = ({ link }) => {
  const { connection } = link
  const waiting = new Map()
  const settle = (id, act) => {
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (waiting.size === 0) connection.unref()
    act(waiter)
  }
  link.answered = ({ id, result, failed }) => settle(id, ({ resolve, reject }) => (failed === undefined ? resolve(result) : reject(new Error(failed))))
  connection.on('close', () => {
    for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(new Error('The Docker lab has ended.')))
  })
  connection.unref()
  return (request) =>
    new Promise((resolve, reject) => {
      const id = randomBytes(6).toString('hex')
      waiting.set(id, { resolve, reject })
      connection.ref()
      say(connection, { id, ...request })
    })
}

const engineOf = async (ask, given) => {
  const { of, ...facts } = await ask({ open: 'engine', ...given })
  const client = clientOf(facts.socket)
  const verb = (name) => async () => {
    const { pid } = await ask({ of, verb: name })
    return { pid }
  }
  return { ...client, pid: facts.pid, start: verb('start'), stop: verb('stop'), kill: verb('kill'), end: verb('end') }
}

const sshHostOf = async (ask, given) => {
  const { of, open: _open, accepted: _accepted, ...facts } = await ask({ open: 'ssh-host', ...given })
  const verb = (name) => async () => void (await ask({ of, verb: name }))
  const counts = async () => (await ask({ of, verb: 'counts' })).answer
  const verbs = Object.fromEntries(['drop', 'hold', 'release', 'refuse', 'admit'].map((name) => [name, verb(name)]))
  return { ...facts, ...verbs, counts, stop: verb('end') }
}

const clusterOf = async (ask, given) => {
  const { pid, config, of } = await ask({ open: 'cluster', ...given })
  const verb = (name) => async () => void (await ask({ of, verb: name }))
  return { pid, config, ...kubectlOf(config), stop: verb('stop'), start: verb('start'), end: verb('end') }
}

const open = async () => {
  const found = await connect()
  if (found.first.failed !== undefined) throw new Error(`The Docker lab did not start. ${found.first.failed}`)
  const { pid, socket, registry } = found.first.ready
  const ask = asker(found)
  const client = clientOf(socket)
  const images = imagesOf(registry)
  const unique = (prefix) => `${prefix}-${randomBytes(4).toString('hex')}`
  return {
    ...client,
    pid,
    registry,
    tools: path.join(containersFolder, 'tools'),
    ...images,
    unique,
    cleanup: (part) => client.remove(part),
    privateEngine: (given = {}) => engineOf(ask, given),
    cluster: async () => clusterOf(ask, { pause: await images.image('pause', { cmd: ['sleep', '2147483647'] }) }),
    sshHost: ({ engine, ...given } = {}) => sshHostOf(ask, { engineSocket: engine?.socket ?? socket, ...given }),
  }
}

const shared = { lab: undefined }

export const dockerLab = () => {
  shared.lab ??= open().catch((error) => {
    shared.lab = undefined
    throw error
  })
  return shared.lab
}
