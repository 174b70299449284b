/** A registry that wants a password. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { unusedPort } from '../../support/ports.mjs'

export const USER = 'deploy'
export const PASSWORD = 's3cret-push'
const HASH = '$2b$04$RuKrmgKq4n/XIxcPgUPqF.MrnqjN5kyNvVwcWjYN09bIce5Yjh2ne'

export interface GuardedRegistry {
  readonly address: string
  stop(): Promise<void>
}

export async function guardedRegistry(tools: string): Promise<GuardedRegistry> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ecluse-guarded-'))
  const port = await unusedPort()
  await writeFile(path.join(folder, 'users'), `${USER}:${HASH}\n`)
  await writeFile(path.join(folder, 'registry.yml'), JSON.stringify({
    version: '0.1', log: { level: 'warn', accesslog: { disabled: true } }, http: { addr: `127.0.0.1:${port}` },
    storage: { filesystem: { rootdirectory: path.join(folder, 'data') } }, auth: { htpasswd: { realm: 'guarded', path: path.join(folder, 'users') } },
  }))
  const running = spawn(path.join(tools, 'docker-registry'), ['serve', path.join(folder, 'registry.yml')], { stdio: 'ignore' })
  const ended = once(running, 'exit')
  const address = `127.0.0.1:${port}`
  for (;;) {
    const status = await fetch(`http://${address}/v2/`).then((answer) => answer.status, () => 0)
    if (status === 401) break
    if (running.exitCode !== null) throw new Error(`the registry ended with ${running.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    address,
    async stop() {
      running.kill()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
