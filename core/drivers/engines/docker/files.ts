import { ProcessError } from '../../../errors/families.js'
import type { EngineCall } from '../../../ports/engine.js'
import type { Command, Processes } from '../../../ports/process.js'
import type { Answer } from '../../../ports/http.js'
import type { Question } from './direct.js'
import { isWhole, leadsElsewhere } from './tar.js'

/** Longer than any small file takes, also through ssh. */
const COPY_MS = 30_000
const READS = 5
const NOT_THERE = /No such container: |Could not find the file /i
/** Said also where the container itself is not there, or the engine. */
const NO_FOLDER = /^destination ".*" must be a directory$/

/** `docker cp` to our own pipe: no file is left behind, and nothing of a long text is lost. */
export function readingCall(container: string, path: string): EngineCall {
  return { what: `read \`${path}\` in the container \`${container}\``, argv: ['cp', '--follow-link', `${container}:${path}`, '-'], timeoutMs: COPY_MS }
}

/** A file that is being written can be cut short on the way: it is read again, a few times; then it is what it is. */
export async function readBy(process: Processes, command: Command): Promise<Uint8Array> {
  for (let tried = 1; ; tried += 1) {
    const parts: Uint8Array[] = []
    for await (const part of process.stream(command).stdout) parts.push(part)
    const archive = Buffer.concat(parts)
    if (isWhole(archive) || tried === READS) return archive
  }
}

/** The same over the engine's socket. `undefined`: it is to be read by `docker`, which also follows links; `absent`: there is no such place. */
export async function readDirectly(container: string, path: string, ask: (question: Question) => Promise<Answer | undefined>): Promise<Uint8Array | 'absent' | undefined> {
  const { what } = readingCall(container, path)
  for (let tried = 1; ; tried += 1) {
    const answer = await ask({ what, path: archivePath(container, path) })
    if (answer?.status === 404 && NOT_THERE.test(answer.body)) return 'absent'
    if (answer?.status !== 200) return undefined
    const archive = Buffer.from(answer.body)
    if (leadsElsewhere(archive)) return undefined
    if (isWhole(archive) || tried === READS) return archive
  }
}

/** Whether it was done. */
export async function writeDirectly(container: string, path: string, archive: Uint8Array, ask: (question: Question) => Promise<Answer | undefined>): Promise<boolean> {
  const answer = await ask({ what: writingCall(container, path).what, method: 'PUT', path: archivePath(container, folderOf(path)), body: Buffer.from(archive).toString() })
  return answer?.status === 200
}

function archivePath(container: string, path: string): string {
  return `/containers/${encodeURIComponent(container)}/archive?path=${encodeURIComponent(path)}`
}

export function isAbsence(thrown: unknown): boolean {
  return thrown instanceof ProcessError && thrown.code === 'program-failed' && thrown.tail.some((line) => NOT_THERE.test(line))
}

/** Its content comes by standard input, as an archive; given anew with each try. */
export function writingCall(container: string, path: string): EngineCall {
  return { what: `write \`${path}\` in the container \`${container}\``, argv: ['cp', '-', `${container}:${folderOf(path)}`], timeoutMs: COPY_MS }
}

export async function* archived(archive: Uint8Array): AsyncGenerator<Uint8Array> {
  yield archive
}

/** `docker cp` could not look at the place, and does not say why. */
export function placeUnseen(thrown: unknown): thrown is ProcessError {
  return thrown instanceof ProcessError && thrown.code === 'program-failed' && thrown.tail.some((line) => NO_FOLDER.test(line))
}

/** What looks why: it fails as any other call where the engine can not be reached. */
export function lookingCall(container: string, path: string): EngineCall {
  return { what: writingCall(container, path).what, argv: ['container', 'inspect', '--format', '{{.Id}}', container], timeoutMs: COPY_MS }
}

export function noPlace(container: string, path: string, where: string, containerThere: boolean, { argv, tail }: ProcessError): ProcessError {
  const absent = containerThere ? `there is no folder \`${folderOf(path)}\` in it` : 'there is no such container'
  return new ProcessError('file-missing', {
    message: `Could not ${writingCall(container, path).what}${where}: ${absent}.`, fix: containerThere ? 'See that the container is made of the right image, with the right volumes.' : 'See what `docker ps --all` lists there.', argv, tail,
  })
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/'
}
