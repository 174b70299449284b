/** One change at a time; a launch that is still waiting for its instance gives way to a change that takes it back. */
export interface Turns<Launched> {
  take<T>(work: () => Promise<T>): Promise<T>
  /** Joins the launch of the same thing that is under way; calls off that of another. */
  launch(key: string, work: (signal: AbortSignal) => Promise<Launched>): Promise<Launched>
  callOffLaunch(): void
}

export function newTurns<Launched>(): Turns<Launched> {
  let last: Promise<unknown> = Promise.resolve()
  let pending: { readonly key: string; readonly control: AbortController; readonly result: Promise<Launched> } | undefined
  const take = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
  return {
    take,
    launch: (key, work) => {
      if (pending?.key === key && !pending.control.signal.aborted) return pending.result
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
