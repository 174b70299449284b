import type { Command, Finished, Streaming } from '../../ports/process.js'
import { bytesOf } from '../bytes.js'
import { minimalEnvironment, type Variables } from './environment.js'
import { failureOf, notStarted, refused, type Mask } from './failure.js'
import { feed } from './feed.js'
import { lineCutter } from './lines.js'
import { start, type Call, type Running, type Surroundings } from './start.js'
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
  const running = startOrExplain(command, context, how)
  const stdout = tailOf(STDOUT_BYTES)
  const stderr = tailOf(STDERR_BYTES)
  if (how.reads === 'ours') running.child.stdout?.on('data', (chunk: Buffer) => stdout.add(chunk))
  running.child.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk))
  if (command.onErrorLine !== undefined) tellLines(running, command.onErrorLine)
  const unwanted = (): void => running.stop('unwanted')
  if (command.stop?.aborted === true) unwanted()
  command.stop?.addEventListener('abort', unwanted, { once: true })
  const feeding = command.stdin !== undefined && running.child.stdin ? feed(running.child.stdin, command.stdin) : undefined
  const broken = feeding?.then((thrown) => {
    if (thrown !== undefined) running.stop('unwanted')
    return thrown
  })
  const finish = async (): Promise<Finished> => {
    const ending = await running.ended
    command.stop?.removeEventListener('abort', unwanted)
    const output = { stdout: stdout.text(), stderr: stderr.text() }
    // The source's own fault says more than what the program made of half an input.
    const thrown = await (ending.cause === 'unwanted' ? broken : undefined)
    if (thrown !== undefined) throw thrown
    const failure = failureOf(command, ending, output, context.mask)
    if (failure) throw failure
    return { exitCode: ending.exitCode!, ...output, elapsedMs: ending.elapsedMs }
  }
  const finished = finish()
  // Whoever waits for it still gets the rejection; nobody has to.
  finished.catch(() => undefined)
  return { ...running, finished, stdout }
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
  const { argv, timeoutMs, cwd } = command
  try {
    return start({ argv, env, timeoutMs, ...(cwd === undefined ? {} : { cwd }), ...how }, context)
  } catch (thrown) {
    throw notStarted(command, thrown, context.mask)
  }
}

export async function run(command: Command, context: Context): Promise<Finished> {
  return begin(command, context, { reads: 'ours', stdin: command.stdin === undefined ? 'ignore' : 'pipe' }).finished
}

export function stream(command: Command, context: Context): Streaming {
  const program = begin(command, context, { reads: 'caller', stdin: command.stdin === undefined ? 'ignore' : 'pipe' })
  return { stdout: chunks(program), done: program.finished }
}

async function* chunks(program: Program): AsyncGenerator<Uint8Array> {
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
