import { messageOf, ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Command, Conversation, Processes, Streaming } from '../../../../ports/process.js'
import type { Address } from '../address.js'
import { endSessions } from './sessions.js'
import { newMark } from './mark.js'
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
  const begin = (command: Command): Begun => {
    const mark = newMark(ambient)
    const started = !ambient.signal.aborted
    let ending: Promise<unknown> | undefined
    const judge = async (thrown: unknown): Promise<unknown> => {
      if (started && wasCut(thrown)) await endThere(way, { address, mark }, ambient)
      return way.explain(thrown, command)
    }
    return { command: way.lead(command, mark), opening: way.opening?.(command) ?? '', fault: (thrown) => (ending ??= judge(thrown)) }
  }
  return {
    ...inner,
    run: (command) => (isOurs(command) ? run(begin(command), inner) : inner.run(command)),
    stream: (command) => (isOurs(command) ? stream(begin(command), inner) : inner.stream(command)),
    converse: (command) => (isOurs(command) ? converse(begin(command), inner) : inner.converse(command)),
  }
}

/** A client program on its way. */
interface Begun {
  readonly command: Command
  readonly opening: string
  /** What its failure means, once nothing of it is left. */
  readonly fault: (thrown: unknown) => Promise<unknown>
}

async function run(begun: Begun, inner: Processes): ReturnType<Processes['run']> {
  try {
    return await inner.run(opened(begun))
  } catch (thrown) {
    throw await begun.fault(thrown)
  }
}

function stream(begun: Begun, inner: Processes): Streaming {
  const streaming = inner.stream(opened(begun))
  const done = streaming.done.catch(async (thrown: unknown) => {
    throw await begun.fault(thrown)
  })
  // Whoever waits for it still gets the rejection; nobody has to.
  done.catch(() => undefined)
  return { done, stdout: chunks(streaming.stdout, done) }
}

async function* chunks(content: AsyncIterable<Uint8Array>, done: Promise<unknown>): AsyncGenerator<Uint8Array> {
  let whole = false
  try {
    yield* content
    whole = true
  } catch (thrown) {
    await done
    throw thrown
  } finally {
    // Whoever stopped reading goes on when the program is gone there, too.
    if (!whole) await done.catch(() => undefined)
  }
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
    close: () => explained(() => talk.close()),
  }
}

function opened({ command, opening }: Begun): Command {
  if (opening === '') return command
  const { stdin } = command
  if (stdin === undefined || typeof stdin === 'string') return { ...command, stdin: `${opening}${stdin ?? ''}` }
  return { ...command, stdin: following(opening, stdin) }
}

async function* following(opening: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(opening)
  yield* content
}

/** We stopped it, or something else did; one that ended by itself leaves nothing. */
function wasCut(thrown: unknown): boolean {
  if (!(thrown instanceof ProcessError)) return true
  if (thrown.code === 'program-missing' || thrown.code === 'file-missing') return false
  return thrown.code === 'program-timeout' || thrown.exitCode === undefined
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
function bare(way: Way, around: Ambient): Pick<Processes, 'run'> {
  return { run: (command) => around.process.run(opened({ command: way.lead(command, newMark(around)), opening: way.opening?.(command) ?? '', fault: (thrown) => Promise.resolve(thrown) })) }
}
