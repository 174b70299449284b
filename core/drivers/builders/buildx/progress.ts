import { flag, list, object, optional, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { Log } from '../../../ports/log.js'

/** A step of a build that failed, as the engine tells of it. */
export interface Step {
  readonly name: string
  readonly lines: readonly string[]
  readonly error: string
}

export interface Progress {
  /** Takes a line of `--progress=rawjson`. */
  line(text: string): void
  /** The step that failed; a step that was only stopped because another failed is none. */
  failed(): Step | undefined
  /** What was told beside the steps: the place in the Dockerfile, the error itself. */
  told(): readonly string[]
  /** Whether something was read from the cache or written to it. */
  cacheAnswered(): boolean
  /** What the cache failed with, when it did. */
  cacheFault(): string | undefined
  /** Whether a step has begun and not ended. */
  atWork(name: string): boolean
  /** The digest of what is in the registry already, as soon as it is. */
  pushed(): string | undefined
  /** Whether the engine has begun with anything. */
  began(): boolean
}

interface RawVertex {
  readonly digest: string
  readonly name: string
  readonly started?: string
  readonly completed?: string
  readonly cached?: boolean
  readonly error?: string
}

interface RawLog {
  readonly vertex: string
  readonly data?: string
}

interface RawTask {
  readonly id: string
  readonly completed?: string
}

interface RawStatus {
  readonly statuses?: readonly RawTask[]
  readonly vertexes?: readonly RawVertex[]
  readonly logs?: readonly RawLog[]
}

const nullable = <T>(item: Decoder<T>): Decoder<T | undefined> => (value, at) => (value === null || value === undefined ? undefined : item(value, at))
const vertex = object<RawVertex>({ digest: text, name: text, started: nullable(text), completed: nullable(text), cached: optional(flag), error: optional(text) })
const status = object<RawStatus>({ statuses: nullable(list(object<RawTask>({ id: text, completed: nullable(text) }))), vertexes: nullable(list(vertex)), logs: nullable(list(object<RawLog>({ vertex: text, data: optional(text) }))) })

const CACHE = /^(?:importing cache manifest from|exporting cache to|exporting to GitHub Actions Cache)/
const PUSHED = /^pushing manifest for \S+@(?<digest>sha256:[0-9a-f]{64})$/
const STOPPED = /\bcancel+ed\b/i
const KEPT_LINES = 20
const KEPT_TOLD = 40

interface Known {
  name: string
  lines: string[]
  open: string
  started: boolean
  ended: boolean
  told: boolean
  error?: string
}

export function progressOf(log: Log, onCacheStart: (name: string) => void): Progress {
  const steps = new Map<string, Known>()
  const told: string[] = []
  let pushed: string | undefined
  const cache = (): readonly Known[] => [...steps.values()].filter(({ name }) => CACHE.test(name))
  return {
    line(line) {
      const seen = line.startsWith('{') ? decoded(line) : undefined
      if (seen === undefined) {
        if (line.trim() !== '') told.push(line)
        if (told.length > KEPT_TOLD) told.shift()
      }
      for (const one of seen?.vertexes ?? []) take(one, steps, log, onCacheStart)
      for (const one of seen?.logs ?? []) hear(one, steps, log)
      for (const { id, completed } of seen?.statuses ?? []) if (completed !== undefined) pushed = PUSHED.exec(id)?.groups?.['digest'] ?? pushed
    },
    failed() {
      const step = [...steps.values()].findLast(({ name, error }) => error !== undefined && !STOPPED.test(error) && !CACHE.test(name))
      return step?.error === undefined ? undefined : { name: step.name, error: step.error, lines: step.open.trim() === '' ? step.lines : [...step.lines, step.open.trimEnd()] }
    },
    told: () => told,
    cacheAnswered: () => cache().some(({ ended, error }) => ended && error === undefined),
    cacheFault: () => cache().findLast(({ error }) => error !== undefined && !STOPPED.test(error))?.error,
    pushed: () => pushed,
    began: () => [...steps.values()].some(({ started }) => started),
    atWork: (name) => [...steps.values()].some((step) => step.name === name && step.started && !step.ended),
  }
}

/** A line that is none of ours says nothing; a newer buildx may add fields. */
function decoded(line: string): RawStatus | undefined {
  try {
    return status(JSON.parse(line), 'status')
  } catch {
    return undefined
  }
}

function take({ digest, name, started, completed, cached, error }: RawVertex, steps: Map<string, Known>, log: Log, onCacheStart: (name: string) => void): void {
  const known = steps.get(digest) ?? { name, lines: [], open: '', started: false, ended: false, told: false }
  steps.set(digest, known)
  const begins = started !== undefined && completed === undefined && !(known.started && !known.ended)
  // A step that reports again after its end goes on.
  known.started = known.started || started !== undefined
  known.ended = completed !== undefined
  if (error !== undefined && error !== '') known.error = error
  if (CACHE.test(name) && begins) onCacheStart(name)
  if (name.startsWith('[internal]')) return
  if (begins) log.progress(name)
  if (completed === undefined || started === undefined || known.error !== undefined || known.told) return
  known.told = true
  log.info(`${name}${cached === true ? ': from the cache' : `: ${seconds(started, completed)}`}`)
}

function seconds(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`
}

function hear({ vertex: digest, data }: RawLog, steps: Map<string, Known>, log: Log): void {
  const step = steps.get(digest)
  if (step === undefined || data === undefined) return
  const pieces = (step.open + Buffer.from(data, 'base64').toString('utf8')).split('\n')
  step.open = pieces.pop()!.slice(-4096)
  for (const line of pieces.map((piece) => piece.trimEnd()).filter((piece) => piece !== '')) {
    step.lines.push(line)
    if (step.lines.length > KEPT_LINES) step.lines.shift()
    log.debug(line)
  }
}
