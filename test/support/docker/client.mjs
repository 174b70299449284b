// The docker client at one engine's socket.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { containersFolder } from '../engines/containers.mjs'

const WITHIN = 120_000

// Beside the socket, so that it goes when the engine goes. Several processes may make it at once.
const configOf = (socket) => {
  const folder = path.join(path.dirname(socket), 'config')
  mkdirSync(folder, { recursive: true })
  const plugins = path.join(folder, 'cli-plugins')
  try {
    if (!existsSync(plugins)) symlinkSync(path.join(containersFolder, 'plugins'), plugins)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
  return folder
}

const environmentOf = (socket) => ({
  DOCKER_HOST: `unix://${socket}`,
  DOCKER_CONFIG: configOf(socket),
  // The machine's own ssh and the like come before ours, its docker does not.
  PATH: [path.join(containersFolder, 'bin'), process.env.PATH, path.join(containersFolder, 'tools')].join(':'),
})

export const run = (program, argv, { env, stdin, within = WITHIN, cwd }) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, argv, { env: { HOME: process.env.HOME, LANG: 'C.UTF-8', ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    const limit = setTimeout(() => child.kill('SIGKILL'), within)
    for (const stream of ['stdout', 'stderr']) child[stream].setEncoding('utf8').on('data', (text) => (said[stream] += text))
    child.stdin.on('error', () => undefined).end(stdin ?? '')
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      if (code === 0) resolve(said.stdout)
      else reject(new Error(`\`${path.basename(program)} ${argv.join(' ')}\` ended with ${code ?? signal}:\n${(said.stderr || said.stdout).trim()}`))
    })
  })

const kinds = [
  { list: ['ps', '-aq'], remove: ['rm', '-f', '-v'] },
  { list: ['network', 'ls', '-q'], remove: ['network', 'rm'] },
  { list: ['volume', 'ls', '-q'], remove: ['volume', 'rm', '-f'] },
]

/** `docker(argv)` gives what it printed; `remove(part)` ends all containers, networks and volumes whose name has that part. */
export const clientOf = (socket) => {
  const env = environmentOf(socket)
  const program = path.join(containersFolder, 'bin', 'docker')
  const docker = (argv, { env: more = {}, ...rest } = {}) => run(program, argv, { ...rest, env: { ...env, ...more } })
  const remove = async (part) => {
    if (part.length < 4) throw new Error(`"${part}" could be part of anybody's name.`)
    for (const kind of kinds) await removeAll(kind, part)
  }
  // What ends by itself meanwhile, or is held by what is just ending, makes it fail: then what is left is looked for again.
  const removeAll = async (kind, part, tries = 5) => {
    const ids = (await docker([...kind.list, '--filter', `name=${part}`])).split('\n').filter(Boolean)
    if (ids.length === 0) return
    try {
      await docker([...kind.remove, ...ids])
    } catch (fault) {
      if (tries === 1) throw fault
      await sleep(500)
      await removeAll(kind, part, tries - 1)
    }
  }
  return { socket, env, docker, remove }
}
