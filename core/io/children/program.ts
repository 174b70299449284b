import type { Command, Finished, Streaming } from '../../ports/process.js'
import { bytesOf } from '../bytes.js'
import { minimalEnvironment, type Variables } from './environment.js'
import { failureOf, notStarted, refused, type Mask } from './failure.js'
import { feed } from './feed.js'
import { lineCutter } from './lines.js'
import { claim, faultOf, offer, settle, withdraw, type Source } from './outlet.js'
import { start, type Call, type Ending, type Running, type Surroundings } from './start.js'
import { tailOf, type Tail } from './tail.js'

export interface Context extends Surroundings {
  readonly env: Variables
  readonly mask: Mask
}

const STDOUT_BYTES = 1024 * 1024
const STDERR_BYTES = 64 * 1024

/** A started command with its error output kept. */
export interface Program extends Running {
  readonly finished: Promise<Finished>
  readonly stdout: Tail
}

/** Starts a command and turns its end into an answer or a `ProcessError`. */
export function begin(command: Command, context: Context, how: Pick<Call, 'reads' | 'stdin'>): Program {
  const connected = claim(command.stdin)
  const running = startOrExplain(command, context, connected === undefined ? how : { ...how, stdin: connected.stdout })
  const stdout = tailOf(STDOUT_BYTES)
  const stderr = tailOf(STDERR_BYTES)
  if (how.reads === 'ours') running.child.stdout?.on('data', (chunk: Buffer) => stdout.add(chunk))
  running.child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk))
  if (command.onErrorLine !== undefined) tellLines(running, command.onErrorLine)
  const unwanted = (): void => running.stop('unwanted')
  if (command.stop?.aborted === true) unwanted()
  command.stop?.addEventListener('abort', unwanted, { once: true })
  const supply = connected === undefined ? fed(running, command) : piped(running, connected.source)
  const finish = async (): Promise<Finished> => {
    const ending = await running.ended
    command.stop?.removeEventListener('abort', unwanted)
    const output = { stdout: stdout.text(), stderr: stderr.text() }
    const failure = failureOf(command, ending, output, context.mask)
    // The source's own fault says more than what the program made of half an input.
    const thrown = await supply.fault(ending, failure !== undefined)
    if (thrown !== undefined) throw thrown
    if (failure) throw failure
    return { exitCode: ending.exitCode!, ...output, elapsedMs: ending.elapsedMs }
  }
  const finished = finish()
  // Whoever waits for it still gets the rejection; nobody has to.
  finished.catch(() => undefined)
  return { ...running, finished, stdout }
}

/** Where a program's input comes from: what was wrong there, once the program has ended. */
interface Supply {
  fault(ending: Ending, failed: boolean): Promise<unknown>
}

/** We write its input; content that ends with a failure stops the program. */
function fed(running: Running, { stdin }: Command): Supply {
  const feeding = stdin !== undefined && running.child.stdin ? feed(running.child.stdin, stdin) : undefined
  const broken = feeding?.then((thrown) => {
    if (thrown !== undefined) running.stop('unwanted')
    return thrown
  })
  return { fault: async ({ cause }) => (cause === 'unwanted' ? broken : undefined) }
}

/** It reads another program's output by itself; one that fails stops the other. */
function piped(running: Running, source: Source): Supply {
  let dismissed = false
  // Ours would keep the pipe open, and the source would never learn that nobody reads any more.
  source.child.stdout?.destroy()
  const broken = faultOf(source, () => dismissed).then((thrown) => {
    if (thrown !== undefined) running.stop('unwanted')
    return thrown
  })
  return {
    async fault(_, failed) {
      if (failed && !(await settle(source))) {
        dismissed = true
        source.stop('unwanted')
      }
      return broken
    },
  }
}

/** Follows standard error beside its tail; a pipe that our own stop cuts just ends. */
function tellLines(running: Running, tell: (line: string) => void): void {
  const lines = lineCutter(tell)
  running.child.stderr?.on('data', (chunk: Buffer) => lines.add(chunk))
  void running.ended.then(() => lines.end())
}

function startOrExplain(command: Command, context: Context, how: Pick<Call, 'reads' | 'stdin'>): Running {
  if (context.signal?.aborted) throw refused(command, context.mask)
  const env = minimalEnvironment(context.env, command.env, command.inherit)
  const { argv, timeoutMs, cwd, as, batch } = command
  try {
    return start({ argv, env, timeoutMs, ...(cwd === undefined ? {} : { cwd }), ...(as === undefined ? {} : { as }), ...(batch === undefined ? {} : { batch }), ...how }, context)
  } catch (thrown) {
    throw notStarted(command, thrown, context.mask)
  }
}

export async function run(command: Command, context: Context): Promise<Finished> {
  return begin(command, context, { reads: 'ours', stdin: command.stdin === undefined ? 'ignore' : 'pipe' }).finished
}

export function stream(command: Command, context: Context): Streaming {
  const program = begin(command, context, { reads: 'caller', stdin: command.stdin === undefined ? 'ignore' : 'pipe' })
  const stdout = chunks(program, () => withdraw(stdout))
  offer(stdout, program)
  return { stdout, done: program.finished }
}

async function* chunks(program: Program, begins: () => void): AsyncGenerator<Uint8Array> {
  begins()
  let whole = false
  try {
    yield* bytesOf(program.child.stdout)
    whole = true
  } catch (thrown) {
    // A pipe cut by our own stop: the reason is in `finished`.
    await program.finished
    throw thrown
  } finally {
    if (!whole) program.stop('unwanted')
  }
  await program.finished
}
