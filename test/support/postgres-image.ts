/** Images of PostgreSQL with its client programs in them, and containers of them. */
import { execFileSync } from 'node:child_process'
import { readFileSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { DockerLab, ImageFile } from './docker/lab.mjs'
import { clientProgram } from './database-lab.js'

export const clientNames = ['psql', 'pg_dump', 'pg_restore'] as const

/** This machine's clients with all that they load, and a script for each that is on the image's PATH. */
export function clientFiles(names: readonly (typeof clientNames)[number][] = clientNames): Readonly<Record<string, ImageFile>> {
  const programs = names.map((name) => [name, realpathSync(clientProgram(name))] as const)
  const listed = execFileSync('ldd', programs.map(([, file]) => file), { encoding: 'utf8' })
  const libraries = new Map([...listed.matchAll(/=> (\/\S+)/g)].map(([, file]) => [path.basename(file!), realpathSync(file!)]))
  return Object.fromEntries([
    ...[...libraries].map(([name, file]) => [`/opt/pg/lib/${name}`, { content: readFileSync(file), mode: 0o755 }] as const),
    ...programs.map(([name, file]) => [`/opt/pg/bin/${name}`, { content: readFileSync(file), mode: 0o755 }] as const),
    ...programs.map(([name]) => [`/usr/local/bin/${name}`, { content: `#!/bin/sh\nLD_LIBRARY_PATH=/opt/pg/lib exec /opt/pg/bin/${name} "$@"\n`, mode: 0o755 }] as const),
  ])
}

export interface Contained {
  readonly name: string
  readonly image: string
  readonly password: string
  /** As seen from inside. */
  readonly url: string
  /** Runs statements inside and returns what they print. */
  readonly sql: (text: string) => Promise<string>
}

/** Starts a container of this name and image with `POSTGRES_PASSWORD`. */
type Start = (container: { readonly name: string; readonly image: string; readonly env: Readonly<Record<string, string>> }) => Promise<unknown>

/** A PostgreSQL in a container, with clients beside it; it ends with `lab.cleanup(part)`. */
export async function startContained(lab: DockerLab, part: string, start?: Start): Promise<Contained> {
  const image = await lab.image(`${part}:1`, { base: 'postgres', files: clientFiles() })
  const password = 'planted-pa55:/ word$(x)'
  const name = `${part}-db`
  const env = { POSTGRES_PASSWORD: password }
  await (start?.({ name, image, env }) ?? lab.docker(['run', '-d', '--name', name, '-e', 'POSTGRES_PASSWORD', image], { env }))
  const sql = (text: string): Promise<string> =>
    lab.docker(['exec', '-i', '-e', 'PGPASSWORD', name, 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', '127.0.0.1', '-U', 'postgres'], { stdin: text, env: { PGPASSWORD: password } }).then((said) => said.trim())
  await answers(() => sql('SELECT 1'))
  return { name, image, password, url: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:5432/postgres`, sql }
}

const LEAST = 60
const PATIENCE_MS = 30_000

/** Tries until it works; gives up after half a minute and a number of times, with what kept it. */
export async function answers<T>(work: () => Promise<T>): Promise<T> {
  const until = performance.now() + PATIENCE_MS
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (thrown) {
      if (attempt >= LEAST && performance.now() > until) throw thrown
      await pause(50)
    }
  }
}
