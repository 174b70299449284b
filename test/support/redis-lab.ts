/** A real Redis on loopback, with a password, for tests of the cache. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { unusedPort } from './local-lab.js'

export interface RedisLab {
  readonly port: number
  readonly password: string
  /** Address of one of its databases. */
  url(database?: number | '', user?: string): string
  /** One command by its own client; what it printed. */
  cli(database: number, ...argv: readonly string[]): string
  /** Keeps its connections and answers nothing. */
  freeze(): void
  stop(): Promise<void>
}

export async function redisLab(program: string, more: readonly string[] = []): Promise<RedisLab> {
  const port = await unusedPort()
  const password = 'p%ss w:rd'
  const argv = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--requirepass', password, ...more]
  const server = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(server, 'exit')
  let said = ''
  for await (const chunk of server.stdout) {
    said += String(chunk)
    if (said.includes('Ready to accept connections')) break
  }
  // Its output ends before it is gone.
  if (!said.includes('Ready to accept connections')) throw new Error(said)
  const cli = path.join(path.dirname(program), 'redis-cli')
  return {
    port,
    password,
    url: (database = 0, user = '') => `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}${database === '' ? '' : `/${database}`}`,
    cli: (database, ...command) => {
      const { stdout } = spawnSync(cli, ['-h', '127.0.0.1', '-p', String(port), '-n', String(database), ...command], { encoding: 'utf8', env: { PATH: process.env['PATH'], REDISCLI_AUTH: password } })
      return stdout.trim()
    },
    freeze: () => void server.kill('SIGSTOP'),
    stop: async () => {
      server.kill('SIGKILL')
      await ended
    },
  }
}
