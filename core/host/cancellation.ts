/** How a process is told to stop, and what it then has time for. */
export interface Cancellation {
  readonly signal: AbortSignal
  /** The signal that came, if one came. */
  cause(): NodeJS.Signals | undefined
  close(): void
}

interface Reactions {
  readonly onFirst: (name: NodeJS.Signals) => void
  /** It is still not over: the last words before the process ends itself. */
  readonly onLate: (name: NodeJS.Signals) => void
  readonly limitMs: number
}

const NAMES = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/**
 * The first signal asks the flow to go back; a second one does not make it stop half-way. A runner sends
 * SIGINT, SIGTERM after 7.5 s, and kills all after 10 s: the limit lets the process end by itself before.
 */
export function listenForSignals({ onFirst, onLate, limitMs }: Reactions): Cancellation {
  const controller = new AbortController()
  let cause: NodeJS.Signals | undefined
  let watchdog: NodeJS.Timeout | undefined
  const listener = (name: NodeJS.Signals): void => {
    if (cause !== undefined) return
    cause = name
    watchdog = setTimeout(() => onLate(name), limitMs)
    watchdog.unref()
    onFirst(name)
    controller.abort(new Error(`the run was cancelled (${name})`))
  }
  for (const name of NAMES) process.on(name, listener)
  return {
    signal: controller.signal,
    cause: () => cause,
    close() {
      clearTimeout(watchdog)
      for (const name of NAMES) process.off(name, listener)
    },
  }
}

/** The exit code by which a shell tells that a signal ended a program. */
export function signalExit(name: NodeJS.Signals): number {
  return 128 + (NUMBERS[name] ?? 0)
}
