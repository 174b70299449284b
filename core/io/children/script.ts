import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ScriptResult, UserScript } from '../../ports/process.js'
import { bytesOf } from '../bytes.js'
import { fileFault } from '../faults.js'
import { scriptEnvironment } from './environment.js'
import { failureOf, notStarted, refused } from './failure.js'
import { linesOf } from './lines.js'
import type { Context } from './program.js'
import { start, type Running } from './start.js'
import { tailOf, type Tail } from './tail.js'

const KEPT_LINES = 50
const PLAIN = ['--noprofile', '--norc'] as const
/** One pipe for both outputs keeps their order. The file's name is an argument, never part of this text. */
const APART = `exec bash ${PLAIN.join(' ')} -e -o pipefail "$0"`
const JOINED = `${APART} 2>&1`
const ANSWER_BYTES = 64 * 1024

/** Runs the user's commands as a workflow's `run:` does, from a file that nobody else can read. */
export async function script(user: UserScript, context: Context): Promise<ScriptResult> {
  const folder = await ownFolder(context.env['RUNNER_TEMP'] || context.env['TMPDIR'] || tmpdir())
  try {
    const file = path.join(folder, 'script.sh')
    await writeFile(file, user.script.endsWith('\n') ? user.script : `${user.script}\n`, { mode: 0o700 })
    return await runFile(file, user, context)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function ownFolder(temp: string): Promise<string> {
  try {
    return await mkdtemp(path.join(temp, 'ecluse-script-'))
  } catch (thrown) {
    throw fileFault('make a folder for the script in', temp, thrown)
  }
}

async function runFile(file: string, user: UserScript, context: Context): Promise<ScriptResult> {
  const { answers = false } = user
  const attempt = { ...user, argv: ['bash', ...PLAIN, '-c', answers ? APART : JOINED, file] as const }
  const running = startScript(attempt, context)
  const kept: string[] = []
  const answer = tailOf(ANSWER_BYTES)
  const reading = follow(running, answers ? answer : undefined, (line) => {
    const shown = answers ? line : context.mask(line)
    kept.push(shown)
    if (kept.length > KEPT_LINES) kept.shift()
    if (!answers) user.onLine?.(shown)
  })
  const ending = await running.ended
  await reading
  if (ending.fault || ending.cause === 'abort') throw failureOf(attempt, ending, { stdout: answers ? '' : kept.join('\n'), stderr: '' }, context.mask)!
  return {
    ...(ending.exitCode === undefined || ending.cause !== 'itself' ? {} : { exitCode: ending.exitCode }),
    timedOut: ending.cause === 'time-out',
    lastLines: kept,
    ...(answers ? { answer: answer.text() } : {}),
    elapsedMs: ending.elapsedMs,
  }
}

function startScript(attempt: UserScript & { argv: readonly [string, ...string[]] }, context: Context): Running {
  if (context.signal?.aborted) throw refused(attempt, context.mask)
  const { argv, timeoutMs, cwd } = attempt
  const env = scriptEnvironment(context.env, attempt.env)
  try {
    return start({ argv, env, timeoutMs, stdin: 'ignore', reads: 'ours', ...(cwd === undefined ? {} : { cwd }) }, context)
  } catch (thrown) {
    throw notStarted(attempt, thrown, context.mask)
  }
}

/** Lines of standard output; of standard error where the other one is an answer. */
async function follow(running: Running, answer: Tail | undefined, onLine: (line: string) => void): Promise<void> {
  const { child } = running
  if (answer === undefined) child.stderr?.resume()
  else child.stdout?.on('data', (chunk: Buffer) => answer.add(chunk))
  try {
    for await (const line of linesOf(quietly(bytesOf(answer === undefined ? child.stdout : child.stderr)))) onLine(line)
  } catch (thrown) {
    // The reader's own fault, such as a closed standard output: nothing is left to run for.
    running.stop('unwanted')
    throw thrown
  }
}

/** Ends where a pipe is cut by our own stop. */
async function* quietly(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]()
  for (;;) {
    const next = await iterator.next().catch(() => undefined)
    if (!next || next.done) return
    yield next.value
  }
}
