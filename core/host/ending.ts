const LINGER_MS = 1000

/** Ends with this code: by itself when nothing is open any more, else a moment later. */
export function endProcess(code: number): void {
  process.exitCode = code
  // A socket that somebody forgot must not hold a job for hours; an unreferenced timer holds nothing.
  setTimeout(() => process.exit(code), LINGER_MS).unref()
}
