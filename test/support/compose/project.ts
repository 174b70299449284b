/** A user's compose project in a checkout of its own, on the lab's engine. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ComposeOptions } from '../../../core/domain/environment.js'
import type { Release } from '../../../core/domain/release.js'
import { dockerEngine } from '../../../core/drivers/engines/docker/index.js'
import { resolveStack, type Stack } from '../../../core/drivers/platforms/compose/model/index.js'
import { systemProcesses } from '../../../core/io/process.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Engine } from '../../../core/ports/engine.js'
import type { DockerLab } from '../docker/lab.mjs'
import { realAmbient } from '../surroundings.js'

export interface Checkout {
  readonly folder: string
  readonly ambient: Ambient
  readonly engine: Engine
  readonly options: (given?: Partial<ComposeOptions>) => ComposeOptions
  readonly stack: (given?: Partial<ComposeOptions>) => Promise<Stack>
  /** `docker compose …` as the user types it there; standard output, or both streams. */
  readonly compose: (argv: readonly string[], options?: { readonly both?: boolean; readonly accept?: readonly number[] }) => Promise<string>
  readonly write: (name: string, text: string) => void
  readonly end: () => void
}

export const plainOptions: ComposeOptions = {
  name: 'compose', hosts: [{ hostKeys: [] }], files: [], service: 'web', healthPath: '/', sticky: false, drainMs: 1000, keep: 3, adopt: false,
  edge: { image: 'haproxy', reload: [] },
}

export function checkout(lab: DockerLab, files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Checkout {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'ecluse-checkout-')))
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  const plain = realAmbient({ work: folder, dist: 'dist' })
  const process = systemProcesses({ signal: plain.signal, env: { HOME: folder, ...lab.env, ...env } })
  const ambient: Ambient = { ...plain, process, shielded: () => ambient }
  const engine = dockerEngine({ hostKeys: [] }, ambient)
  const options = (given: Partial<ComposeOptions> = {}): ComposeOptions => ({ ...plainOptions, ...given })
  return {
    folder, ambient, engine, options, write,
    stack: (given) => resolveStack(options(given), engine, ambient),
    compose: async (argv, { both = false, accept } = {}) => {
      const { stdout, stderr } = await engine.run({
        what: `run compose ${argv.join(' ')}`, argv: ['compose', ...argv], cwd: folder, userEnvironment: true, timeoutMs: 60_000,
        ...(accept === undefined ? {} : { accept }),
      })
      return both ? `${stdout}${stderr}` : stdout
    },
    end: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export function release(image: string, more: Partial<Release> = {}): Release {
  return { app: 'shop', version: 'v1', commit: '', images: { shop: image }, serving: 'shop', settings: {}, settingsHash: '0'.repeat(64), ...more }
}
