import type { EngineCall } from '../../../ports/engine.js'
import type { Streaming } from '../../../ports/process.js'
import type { Reach } from './way.js'

interface Begun {
  readonly reach: Reach
  readonly streaming: Streaming
}

/** A stream whose program starts once the engine can be reached, and whose failure is told as that of any other call. */
export function streamed(call: EngineCall, begin: () => Promise<Begun>): Streaming {
  const begun = begin()
  let told: Promise<unknown> | undefined
  // Both its output and its end tell of one failure: it is looked into once.
  const tell = ({ reach }: Begun, thrown: unknown): Promise<unknown> => told ??= reach.judge(call, { thrown }, true).then((failed) => failed?.error ?? thrown)
  const finish = async (): Promise<Awaited<Streaming['done']>> => {
    const started = await begun
    const finished = await started.streaming.done.catch(async (thrown: unknown) => {
      throw await tell(started, thrown)
    })
    const failed = finished.exitCode === 0 ? undefined : await started.reach.judge(call, { finished }, true)
    if (failed !== undefined) throw failed.error
    return finished
  }
  const done = finish()
  // Whoever waits for it still gets the rejection; nobody has to.
  done.catch(() => undefined)
  return { stdout: chunks(begun, tell, done), done }
}

async function* chunks(begun: Promise<Begun>, tell: (begun: Begun, thrown: unknown) => Promise<unknown>, done: Promise<unknown>): AsyncGenerator<Uint8Array> {
  const started = await begun
  try {
    yield* started.streaming.stdout
  } catch (thrown) {
    throw await tell(started, thrown)
  }
  await done
}
