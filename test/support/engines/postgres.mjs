import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { reachable } from './place.mjs'
import { postgresFiles } from './postgres-files.mjs'

const host = '127.0.0.1'
const user = 'postgres'
const startWithin = 30_000
const portTaken = /could not bind|Address already in use/
const isRoot = () => process.getuid?.() === 0

// initdb and postgres refuse root, and the user they run as must have a name.
const unprivileged = () => {
  const users = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'))
  const found = users.find(([, , uid]) => uid === '65534') ?? users.find(([, , uid]) => Number(uid) > 0)
  if (!found) throw new Error('PostgreSQL refuses to run as root and /etc/passwd has no other user. Add one, for example `nobody`.')
  return { uid: Number(found[2]), gid: Number(found[3]) }
}

const freePort = async () => {
  const probe = net.createServer().listen(0, host)
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

const open = async (major) => {
  const identity = isRoot() ? unprivileged() : {}
  const files = await postgresFiles({ asRoot: isRoot(), ...(major === undefined ? {} : { major }) })
  // Short, because the path of a socket may have 107 characters at most.
  const base = isRoot() ? await reachable([os.tmpdir(), '/tmp', '/var/tmp']) : os.tmpdir()
  const folder = await mkdtemp(path.join(base, 'ecl-pg-'))
  const place = { identity, files, folder, dataDir: path.join(folder, 'data'), sockets: path.join(folder, 's') }
  await mkdir(place.sockets)
  if (isRoot()) for (const made of [folder, place.sockets]) await chown(made, identity.uid, identity.gid)
  await chmod(folder, 0o700)
  return place
}

const launch = (place, program, args, stdin = '') => {
  const library = path.join(place.files, 'lib')
  const child = spawn(path.join(place.files, 'bin', program), args, {
    cwd: place.folder,
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH: library, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...place.identity,
  })
  const said = { tail: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      said.tail = (said.tail + chunk).slice(-4000)
    })
  }
  child.on('error', (error) => {
    said.tail += error.message
  })
  child.stdin.on('error', () => undefined).end(stdin)
  return { child, said }
}

const run = async (place, program, args, stdin) => {
  const { child, said } = launch(place, program, args, stdin)
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`\`${program}\` ended with ${code}. It said:\n${said.tail.trim()}`)
}

const initialise = async (place, password, database) => {
  const secret = path.join(place.folder, 'password')
  await writeFile(secret, password, { mode: 0o600 })
  if (isRoot()) await chown(secret, place.identity.uid, place.identity.gid)
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C'
  const given = ['-U', user, '--auth=scram-sha-256', `--pwfile=${secret}`, '--encoding=UTF8', `--locale=${locale}`, '--no-sync']
  await run(place, 'initdb', ['-D', place.dataDir, ...given])
  await rm(secret)
  if (database !== 'postgres') await run(place, 'postgres', ['--single', '-D', place.dataDir, 'postgres'], `CREATE DATABASE "${database}"\n`)
}

const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=50', 'shared_buffers=32MB']

// Line 8 of this file is what pg_ctl waits for, too.
const isReady = async ({ dataDir }) => {
  const lines = (await readFile(path.join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  return lines[7]?.trim() === 'ready'
}

const serve = async (place, port) => {
  const options = [...settings, ...place.settings, `unix_socket_directories=${place.sockets}`].flatMap((setting) => ['-c', setting])
  const { child, said } = launch(place, 'postgres', ['-D', place.dataDir, '-h', host, '-p', String(port), ...options])
  const gone = () => child.pid === undefined || child.exitCode !== null || child.signalCode !== null
  const deadline = Date.now() + startWithin
  while (!gone() && !(await isReady(place)) && Date.now() < deadline) await sleep(10)
  if (!gone() && (await isReady(place))) return { child, gone }
  child.kill('SIGKILL')
  throw new Error(`PostgreSQL did not start on ${host}:${port}. It said:\n${said.tail.trim()}`)
}

// A free port may be taken before the server binds it: then another one is tried.
const serveSomewhere = async (place, wanted) => {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort())
    try {
      return { port, ...(await serve(place, port)) }
    } catch (error) {
      if (wanted !== undefined || attempt === 5 || !portTaken.test(error.message)) throw error
    }
  }
}

// Fast shutdown first, then immediate, then none asked.
const halt = async ({ child, gone }) => {
  for (const [signal, within] of [['SIGINT', 5000], ['SIGQUIT', 2000], ['SIGKILL', 2000]]) {
    if (gone()) return
    child.kill(signal)
    const deadline = Date.now() + within
    while (!gone() && Date.now() < deadline) await sleep(10)
  }
}

// A process that never calls stop() still ends, and takes its server and folder along.
const leaveNothing = (child, folder) => {
  const atExit = () => {
    child.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', atExit)
  child.unref()
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.unref?.()
  return () => process.removeListener('exit', atExit)
}

export const startPostgres = async ({ port: wanted, database = 'postgres', major, settings: more = [] } = {}) => {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(database)) throw new Error(`The database name is "${database}". Use small letters, digits and _.`)
  const password = randomBytes(16).toString('hex')
  const place = { ...(await open(major)), settings: more }
  const server = await initialise(place, password, database)
    .then(() => serveSomewhere(place, wanted))
    .catch(async (error) => {
      await rm(place.folder, { recursive: true, force: true })
      throw error
    })
  const { port } = server
  const forget = leaveNothing(server.child, place.folder)
  const stop = async () => {
    await halt(server)
    await rm(place.folder, { recursive: true, force: true, maxRetries: 3 })
    forget()
  }
  const url = `postgres://${user}:${password}@${host}:${port}/${database}`
  return { url, host, port, user, password, database, dataDir: place.dataDir, pid: server.child.pid, stop }
}
