/** Work that nobody waits for but the end of the run. */
export interface Queue {
  /** In the order in which it is given, unless it is `beside`. What fails is told and does not stop the others. */
  later(work: () => Promise<void>, beside?: boolean): void
  idle(): boolean
}

export function queue(failed: (fault: unknown) => void): Queue {
  let last: Promise<void> = Promise.resolve()
  let waiting = 0
  return {
    idle: () => waiting === 0,
    later(work, beside = false) {
      waiting += 1
      const done = (beside ? work() : last.then(work)).catch(failed).finally(() => {
        waiting -= 1
      })
      if (!beside) last = done
    },
  }
}
