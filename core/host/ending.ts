const LINGER_MS = 1000

/**
 * Until the answer is known, any end is a failure: Node ends with 0 as soon as nothing is left to wait for, also in the
 * middle of the work. `onSilence` is called when that happens; the result ends the guard.
 */
export function failUntilDone(onSilence: () => void): () => void {
  process.exitCode = 1
  process.once('beforeExit', onSilence)
  return () => void process.off('beforeExit', onSilence)
}

/** Ends with this code: by itself when nothing is open any more, else a moment later. */
export function endProcess(code: number): void {
  process.exitCode = code
  // A socket that somebody forgot must not hold a job for hours; an unreferenced timer holds nothing.
  setTimeout(() => process.exit(code), LINGER_MS).unref()
}
