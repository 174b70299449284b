import { ProcessError } from '../../../errors/families.js'
import type { EngineCall } from '../../../ports/engine.js'
import type { Command, Processes } from '../../../ports/process.js'
import { archiveOf, firstFile } from './tar.js'

/** Longer than any small file takes, also through ssh. */
const COPY_MS = 30_000
const NOT_THERE = /No such container: |Could not find the file /i
/** `docker` says this also where the container itself is not there. */
const NO_FOLDER = /^destination ".*" must be a directory$/

/** `docker cp` to our own pipe: no file is left behind, and nothing of a long text is lost. */
export function readingCall(container: string, path: string): EngineCall {
  return { what: `read \`${path}\` in the container \`${container}\``, argv: ['cp', '--follow-link', `${container}:${path}`, '-'], timeoutMs: COPY_MS }
}

export async function readBy(process: Processes, command: Command): Promise<string | undefined> {
  const parts: Uint8Array[] = []
  for await (const part of process.stream(command).stdout) parts.push(part)
  return firstFile(Buffer.concat(parts))
}

export function isAbsence(thrown: unknown): boolean {
  return thrown instanceof ProcessError && thrown.code === 'program-failed' && thrown.tail.some((line) => NOT_THERE.test(line))
}

/** Its content comes by standard input, as an archive; given anew with each try. */
export function writingCall(container: string, path: string): EngineCall {
  return { what: `write \`${path}\` in the container \`${container}\``, argv: ['cp', '-', `${container}:${folderOf(path)}`], timeoutMs: COPY_MS }
}

export async function* archived(path: string, text: string, now: number): AsyncGenerator<Uint8Array> {
  yield archiveOf(path.slice(path.lastIndexOf('/') + 1), text, now)
}

/** Says which folder is not there. */
export function writeFault(container: string, path: string, thrown: unknown): unknown {
  if (!(thrown instanceof ProcessError) || !thrown.tail.some((line) => NO_FOLDER.test(line) || NOT_THERE.test(line))) return thrown
  return new ProcessError('file-missing', {
    message: `${thrown.message.slice(0, thrown.message.indexOf(': `docker`'))}: there is no such container, or no folder \`${folderOf(path)}\` in it.`,
    fix: `See what \`docker inspect ${container}\` says of it.`, argv: thrown.argv, tail: thrown.tail, ...(thrown.exitCode === undefined ? {} : { exitCode: thrown.exitCode }),
  })
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
