/** One change at a time; a launch that is still waiting for its instance gives way to a change that takes it back. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>
  /** Joins the launch of the same thing that is under way; calls off that of another. */
  launch<T>(key: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  callOffLaunch(): void
}

export function newTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  let pending: { readonly key: string; readonly control: AbortController; readonly result: Promise<unknown> } | undefined
  const take = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
  return {
    take,
    launch: <T>(key: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
      if (pending?.key === key && !pending.control.signal.aborted) return pending.result as Promise<T>
      pending?.control.abort()
      const control = new AbortController()
      const result = take(() => work(control.signal)).finally(() => {
        if (pending?.control === control) pending = undefined
      })
      pending = { key, control, result }
      return result
    },
    callOffLaunch: () => pending?.control.abort(),
  }
}
