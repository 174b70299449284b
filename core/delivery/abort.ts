/**
 * The work's result, or a rejection as soon as the signal aborts. What is in flight then is left to its own time limit:
 * whoever must go back can't wait for it.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      const { reason } = signal
      reject(reason instanceof Error ? reason : new Error('The work was given up.'))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
