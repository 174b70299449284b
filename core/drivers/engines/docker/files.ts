import type { EngineCall } from '../../../ports/engine.js'
import type { Command, Processes } from '../../../ports/process.js'
import { archiveOf, firstFile } from './tar.js'

/** Longer than any small file takes, also through ssh. */
const COPY_MS = 30_000

export type DockerCommand = (call: EngineCall) => Command

/** `docker cp` to our own pipe: no file is left behind, and nothing of a long text is lost. */
export async function readFile(container: string, path: string, process: Processes, command: DockerCommand): Promise<string | undefined> {
  const what = `read \`${path}\` in the container \`${container}\``
  const parts: Uint8Array[] = []
  const copying = process.stream(command({ what, argv: ['cp', '--follow-link', `${container}:${path}`, '-'], timeoutMs: COPY_MS }))
  for await (const part of copying.stdout) parts.push(part)
  return firstFile(Buffer.concat(parts))
}

export async function writeFile(container: string, path: string, text: string, now: number, process: Processes, command: DockerCommand): Promise<void> {
  const cut = path.lastIndexOf('/')
  const what = `write \`${path}\` in the container \`${container}\``
  const archive = archiveOf(path.slice(cut + 1), text, now)
  await process.run(command({ what, argv: ['cp', '-', `${container}:${path.slice(0, cut) || '/'}`], timeoutMs: COPY_MS, stdin: once(archive) }))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
