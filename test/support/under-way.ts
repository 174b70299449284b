/** Actions that a test started and requests that it has made: what is still under way ends with the lab. */
import { load, type Load, type LoadOptions } from './load.mjs'
import { startAction, type ActionRun, type StartedAction } from './runner.mjs'

export interface UnderWay {
  start(run: ActionRun): Promise<StartedAction>
  load(options: LoadOptions): Load
  end(): Promise<void>
}

export function underWay(): UnderWay {
  const loads: Load[] = []
  const started: StartedAction[] = []
  return {
    start: async (run) => {
      const one = await startAction(run)
      started.push(one)
      return one
    },
    load: (options) => {
      const one = load(options)
      loads.push(one)
      return one
    },
    end: async () => {
      await Promise.all(loads.map((one) => one.stop()))
      for (const one of started) {
        one.kill('SIGKILL')
        await one.close()
      }
    },
  }
}
