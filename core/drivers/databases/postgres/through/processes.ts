import { messageOf, ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Command, Conversation, Finished, Processes, Streaming } from '../../../../ports/process.js'
import type { Address } from '../address.js'
import { newMark } from './mark.js'
import { endSessions, outlived } from './sessions.js'
import { PROGRAMS, type Way } from './way.js'

/** A cancelled run has ten seconds for all of its way back. */
const END_MS = 4000

/** The same surroundings, where client programs run in another place. */
export function led(way: Way, address: Address, inner: Ambient): Ambient {
  return { ...inner, process: processes(way, address, inner), shielded: (limitMs) => led(way, address, inner.shielded(limitMs)) }
}

function processes(way: Way, address: Address, ambient: Ambient): Processes {
  const inner = ambient.process
  const isOurs = ({ argv }: Command): boolean => PROGRAMS.some((program) => program === argv[0])
  const endings = new Set<Promise<unknown>>()
  const begin = (command: Command, streams = false): Begun => {
    const mark = newMark(ambient)
    const started = !ambient.signal.aborted
    let ending: Promise<unknown> | undefined
    const judge = async (thrown: unknown): Promise<unknown> => {
      if (started && (wasCut(thrown, streams) || way.broke?.(thrown) === true)) await endThere(way, { address, mark }, ambient)
      return way.explain(thrown, command)
    }
    const fault = (thrown: unknown): Promise<unknown> => {
      ending ??= judge(thrown)
      endings.add(ending)
      return ending
    }
    // A lead that tells the end of its program knows it.
    const left = async (): Promise<boolean> => way.ended === undefined && outlived(mark, { address, process: bare(way, ambient) })
    const ended = (lead: Finished): Finished => way.ended?.(lead) ?? lead
    return { command: way.lead(command, mark), opening: way.opening?.(command) ?? '', fault, ended, left, others: () => Promise.all(endings) }
  }
  return {
    ...inner,
    run: (command) => (isOurs(command) ? run(begin(command), inner) : inner.run(command)),
    stream: (command) => (isOurs(command) ? stream(begin(command, true), inner) : inner.stream(command)),
    converse: (command) => (isOurs(command) ? converse(begin(command), inner) : inner.converse(command)),
  }
}

/** A client program on its way. */
interface Begun {
  readonly command: Command
  readonly opening: string
  /** What its failure means, once nothing of it is left. */
  readonly fault: (thrown: unknown) => Promise<unknown>
  readonly ended: (lead: Finished) => Finished
  /** Whether it is still at work there though its lead said that it has ended. */
  readonly left: () => Promise<boolean>
  /** Done when nothing is left of the others either: a dump that nobody wanted any more. */
  readonly others: () => Promise<unknown>
}

async function run(begun: Begun, inner: Processes): ReturnType<Processes['run']> {
  try {
    return begun.ended(await inner.run(opened(begun)))
  } catch (thrown) {
    throw await begun.fault(thrown)
  }
}

/** Its output is handed on as it is, so that another program can read it directly. */
function stream(begun: Begun, inner: Processes): Streaming {
  const streaming = inner.stream(opened(begun))
  const done = streaming.done.then(
    async (finished) => {
      // `docker exec` ends well, too, when nobody reads its output any more; the program goes on.
      if (await begun.left()) throw await begun.fault(endedEarly(begun.command))
      return begun.ended(finished)
    },
    async (thrown: unknown) => {
      throw await begun.fault(thrown)
    },
  )
  // Whoever waits for it still gets the rejection; nobody has to.
  done.catch(() => undefined)
  return { done, stdout: streaming.stdout }
}

function endedEarly({ what, argv }: Command): ProcessError {
  return new ProcessError('program-failed', { message: `Could not ${what}: \`${argv[0]}\` ended before the program that it led to.`, argv, tail: [] })
}

function converse(begun: Begun, inner: Processes): Conversation {
  const talk = inner.converse(begun.command)
  const explained = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (thrown) {
      throw await begun.fault(thrown)
    }
  }
  // `write` ends a line, and the opening ends with one.
  const began = begun.opening === '' ? Promise.resolve() : talk.write(begun.opening.replace(/\n$/, ''))
  began.catch(() => undefined)
  return {
    read: () => talk.read(),
    write: (line) => explained(async () => {
      await began
      await talk.write(line)
    }),
    close: () => explained(async () => {
      const finished = await talk.close()
      await begun.others()
      return begun.ended(finished)
    }),
  }
}

function opened({ command, opening }: Pick<Begun, 'command' | 'opening'>): Command {
  if (opening === '') return command
  const { stdin } = command
  if (stdin === undefined || typeof stdin === 'string') return { ...command, stdin: `${opening}${stdin ?? ''}` }
  return { ...command, stdin: following(opening, stdin) }
}

async function* following(opening: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(opening)
  yield* content
}

/** We stopped it, or something else did; one that ended by itself leaves nothing. Of a lead whose output nobody read any more, its exit code says nothing. */
function wasCut(thrown: unknown, streams: boolean): boolean {
  if (!(thrown instanceof ProcessError)) return true
  if (thrown.code === 'program-missing' || thrown.code === 'file-missing') return false
  return streams || thrown.code === 'aborted' || thrown.code === 'program-timeout' || thrown.exitCode === undefined
}

/** Cutting the lead does not end the program there: docker and kubectl leave it running. The server ends its session, and so it ends. */
async function endThere(way: Way, { address, mark }: { readonly address: Address; readonly mark: string }, ambient: Ambient): Promise<void> {
  const around = ambient.shielded(END_MS)
  try {
    await Promise.all([way.end?.(mark, around), endSessions(mark, { address, process: bare(way, around) })])
  } catch (thrown) {
    ambient.log.debug(`What was begun in ${way.place} could not be ended: ${messageOf(thrown)}`)
  }
}

/** For the ending itself, which has nothing to end. */
function bare(way: Way, around: Ambient): Processes {
  const answered = async (command: Command): Promise<Finished> => {
    const lead = await around.process.run(opened({ command: way.lead(command, newMark(around)), opening: way.opening?.(command) ?? '' }))
    return way.ended?.(lead) ?? lead
  }
  return { ...around.process, run: answered }
}
