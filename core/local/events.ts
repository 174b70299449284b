import { appendFile, readFile, rename, stat } from 'node:fs/promises'
import { number, object, oneOf, optional, text } from '../domain/local-control/decode.js'
import { decodeText } from '../domain/local-control/index.js'

export interface PlatformEvent {
  readonly at: number
  /** Why an instance stopped, or anything else worth telling. */
  readonly kind: 'stop' | 'note' | 'restart'
  readonly text: string
  /** Which one was started again. */
  readonly instance?: string
}

export interface Events {
  note(text: string): void
  stopped(text: string): void
  restarted(instance: string, text: string): void
  since(at: number): Promise<readonly PlatformEvent[]>
  /** Resolves when all that was told is in the file. */
  settled(): Promise<void>
}

const decodeEvent = object<PlatformEvent>({ at: number, kind: oneOf('stop', 'note', 'restart'), text, instance: optional(text) })

const MOST_BYTES = 512 * 1024

/** What happened, in a file that outlives the server and stays small: one older part is kept. */
export function openEvents(file: string, now: () => number): Events {
  let writing: Promise<void> = Promise.resolve()
  const tell = (kind: PlatformEvent['kind'], told: string, about: Pick<PlatformEvent, 'instance'> = {}): void => {
    const line = `${JSON.stringify({ at: now(), kind, text: told, ...about } satisfies PlatformEvent)}\n`
    writing = writing.then(() => write(file, line)).catch((thrown: unknown) => console.error('events:', thrown))
  }
  return {
    note: (told) => tell('note', told),
    stopped: (told) => tell('stop', told),
    restarted: (instance, told) => tell('restart', told, { instance }),
    since: async (at) => {
      await writing
      const parts = await Promise.all([`${file}.1`, file].map((part) => readFile(part, 'utf8').catch(() => '')))
      return parts.join('').split('\n').flatMap(parsed).filter((event) => event.at >= at)
    },
    settled: () => writing,
  }
}

async function write(file: string, line: string): Promise<void> {
  const size = await stat(file).then((found) => found.size, () => 0)
  if (size > MOST_BYTES) await rename(file, `${file}.1`)
  await appendFile(file, line, { mode: 0o600 })
}

function parsed(line: string): readonly PlatformEvent[] {
  try {
    return line === '' ? [] : [decodeText(decodeEvent, line, 'event')]
  } catch {
    // A line torn by a crash.
    return []
  }
}
