/** Surroundings of a backup on the real machine that note what was said and remembered. */
import os from 'node:os'
import { systemClock } from '../../core/io/clock.js'
import { systemFiles } from '../../core/io/files.js'
import { systemHttp } from '../../core/io/http.js'
import { ownStart, systemProcesses } from '../../core/io/process.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Log } from '../../core/ports/log.js'

export interface AmbientOptions {
  readonly work: string
  readonly signal?: AbortSignal
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly said?: string[]
  readonly remembered?: Map<string, string>
}

export function backupAmbient({ work, signal = new AbortController().signal, env = process.env, said = [], remembered = new Map() }: AmbientOptions): Ambient {
  const note = (text: string): void => void said.push(text)
  const log: Log = { step: note, info: note, progress: note, warn: note, error: note, debug: note }
  const run = { id: 'test-1', attempt: 1, actor: 'test', workflow: 'test', job: 'test', url: '', host: os.hostname(), pid: process.pid, started: ownStart() }
  const under = (bound: AbortSignal): Ambient => ({
    clock: systemClock(), http: systemHttp({ signal: bound }), process: systemProcesses({ signal: bound, env }), files: systemFiles(),
    log, signal: bound, run, startedAt: Date.now(),
    paths: { work, temp: work, dist: work, node: process.execPath },
    mask: () => undefined,
    remember: (name, value) => void remembered.set(name, value),
    shielded: (limitMs) => under(AbortSignal.timeout(limitMs)),
  })
  return under(signal)
}

export async function collected(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export async function* bytes(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}
