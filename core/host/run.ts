import type { Outcome } from '../domain/outcome.js'
import { EcluseError, InputError, ProcessError, type Problem } from '../errors/families.js'
import { readInputs, type Fields, type Given } from '../inputs/fields.js'
import type { Ambient } from '../ports/ambient.js'
import { buildAmbient } from './ambient.js'
import { listenForSignals, signalExit, type Cancellation } from './cancellation.js'
import { useCompileCache } from './compile-cache.js'
import { complaintsOf } from './complaint.js'
import { endProcess, failUntilDone } from './ending.js'
import type { Complaint } from './faces/face.js'
import { openFace, type Opened } from './opening.js'
import { hostReasons, type HostReason } from './reasons.js'
import { buildHost, type Host } from './settings.js'
import { openRunTrace, type RunTrace } from './tracing.js'

export type { Host } from './settings.js'

export interface Action<F extends Fields, R extends string, O extends string> {
  /** The folder's name below `actions`. */
  readonly name: string
  readonly inputs: F
  readonly reasons: Readonly<Record<R, string>>
  readonly outputs: readonly O[]
  run(given: Given<F>, ambient: Ambient, host: Host): Promise<Outcome<R, O>>
}

/** The runner kills all after ten seconds. */
const CANCEL_LIMIT_MS = 9000

/** Runs an action once, from its inputs to its exit code. Never rejects. */
export async function runAction<F extends Fields, R extends string, O extends string>(action: Action<F, R, O>): Promise<void> {
  useCompileCache(process.env)
  let code = 1
  try {
    const opened = await openFace(action.name, action.inputs)
    code = opened ? await act(action, opened) : 0
  } catch (thrown) {
    // Before there was a face to say it with.
    for (const { message, fix } of complaintsOf(thrown)) process.stderr.write(`${[message, fix].join(' ')}\n`)
  }
  endProcess(code)
}

async function act<F extends Fields, R extends string, O extends string>(action: Action<F, R, O>, opened: Opened): Promise<number> {
  const { face } = opened
  const remembered = new Map<string, string>()
  const cancellation = listenForSignals({
    limitMs: CANCEL_LIMIT_MS,
    onFirst: (signal) => face.log.warn(`Cancelled (${signal}): going back.`),
    onLate(signal) {
      grounds.killAll()
      const left = [...remembered].flatMap(([name, value]) => (value === '' ? [] : [`${name} ${value}`])).join(', ')
      face.complain(action.name, {
        code: 'aborted',
        message: `Cancelled, and going back did not end within ${CANCEL_LIMIT_MS / 1000} s.`,
        fix: left === '' ? 'Nothing was begun that must be healed.' : `Left to the post step or the next run: ${left}.`,
      })
      face.output('reason', 'cancelled' satisfies HostReason)
      process.exit(signalExit(signal))
    },
  })
  const trace = await openRunTrace(action.name, opened)
  face.output('traceparent', trace.next)
  const remember = (name: string, value: string): void => {
    remembered.set(name, value)
    face.remember(name, value)
    if (name === 'delivery') nameDelivery(value, opened, trace)
  }
  const grounds = buildAmbient({ ...opened, signal: cancellation.signal, remember, tracing: trace.tracing })
  const done = failUntilDone(() => fallSilent(action.name, opened))
  let ended: { readonly ok: boolean; readonly reason: string } = { ok: false, reason: 'error' satisfies HostReason }
  try {
    const host = buildHost(opened, grounds.ambient)
    const given = await readAll(action.inputs, opened, host)
    const outcome = await action.run(given, grounds.ambient, host)
    ended = outcome
    return await report(action, opened, outcome)
  } catch (thrown) {
    ended = { ok: false, reason: reasonOf(thrown, cancellation) }
    return await explain(action.name, opened, cancellation, thrown)
  } finally {
    done()
    await grounds.tidy()
    await trace.finish(ended, cancellation.cause() !== undefined)
    cancellation.close()
    face.end()
  }
}

/** For what is told of the run from now on. */
function nameDelivery(delivery: string, { correlation }: Opened, { tracing }: RunTrace): void {
  // Before its id is known, and after its end.
  if (delivery === 'begun' || delivery === '') return
  correlation.delivery = delivery
  tracing?.about({ 'ecluse.delivery': delivery })
}

/** The work waits for something that can not come any more. */
function fallSilent(name: string, { face }: Opened): void {
  face.complain(name, { message: 'This is a bug in Ecluse: the work stopped in the middle, with nothing left to wait for. Nothing that it was to observe counts.', fix: 'Report it with the lines above.' })
  face.output('reason', 'error' satisfies HostReason)
  face.end()
}

/** Every problem at once, those of the flags and of `ECLUSE_ENV` with those of the values, and then those of the file too. */
async function readAll<F extends Fields>(fields: F, { face, problems }: Opened, host: Host): Promise<Given<F>> {
  const found: Problem[] = [...problems]
  let given: Given<F> | undefined
  try {
    given = readInputs(fields, face.raw)
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown
    found.push(...thrown.problems)
  }
  const [first, ...others] = found
  if (first) throw new InputError([first, ...others, ...(await problemsOfFile(fields, host))])
  return given!
}

/** Which variables an action needs it says itself, later: only what is wrong whoever reads the file, and no input twice. */
async function problemsOfFile(fields: Fields, host: Host): Promise<readonly Problem[]> {
  try {
    if (Object.hasOwn(fields, 'environment')) await host.environment({ unneeded: ['settings'] })
    return []
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown
    return thrown.problems.filter(({ code, message }) => code === 'config-invalid' && !message.startsWith('Input '))
  }
}

async function report<R extends string, O extends string>({ name, outputs }: Pick<Action<Fields, R, O>, 'name' | 'outputs'>, { face }: Opened, outcome: Outcome<R, O>): Promise<number> {
  for (const output of outputs) face.output(output, outcome.outputs[output])
  face.output('reason', outcome.reason)
  if (outcome.ok) face.log.info(`${outcome.reason}: ${outcome.message}`)
  else face.complain(name, { message: outcome.message, code: outcome.reason })
  await summarize(face, outcome.summary)
  return outcome.ok ? 0 : 1
}

async function explain(name: string, { face }: Opened, cancellation: Cancellation, thrown: unknown): Promise<number> {
  const cause = cancellation.cause()
  const reason = reasonOf(thrown, cancellation)
  const complaints = complaintsOf(thrown)
  for (const complaint of complaints) face.complain(name, complaint)
  face.output('reason', reason)
  const tail = thrown instanceof ProcessError ? thrown.tail : []
  for (const line of tail) face.log.info(line)
  if (thrown instanceof EcluseError && thrown.stack !== undefined) face.log.debug(thrown.stack)
  // A terminal shows all of it right above.
  if (face.kind === 'runner') await summarize(face, failureSummary(name, reason, complaints, tail))
  if (cause !== undefined) return signalExit(cause)
  return reason === 'invalid-input' && face.kind === 'terminal' ? 2 : 1
}

function reasonOf(thrown: unknown, cancellation: Cancellation): HostReason {
  if (cancellation.cause() !== undefined) return 'cancelled'
  return thrown instanceof InputError ? 'invalid-input' : 'error'
}

function failureSummary(name: string, reason: HostReason, complaints: readonly Complaint[], tail: readonly string[]): Outcome['summary'] {
  return {
    title: `${name}: ${reason}`,
    parts: [
      { kind: 'text', text: hostReasons[reason] },
      { kind: 'table', columns: ['Observed', 'To do', 'Code'], rows: complaints.map(({ message, fix = '', code = 'bug' }) => [message, fix, code]) },
      ...(tail.length === 0 ? [] : [{ kind: 'details' as const, title: 'Last lines of the program', text: tail.join('\n') }]),
    ],
  }
}

/** A summary that can't be written changes nothing about what was done. */
async function summarize(face: Opened['face'], summary: Outcome['summary']): Promise<void> {
  try {
    await face.summary(summary)
  } catch (thrown) {
    face.log.warn(`The summary could not be written: ${complaintsOf(thrown)[0]?.message}`)
  }
}
