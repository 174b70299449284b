import type { RunInfo } from './history.js'
import { number, object, text } from './local-control/decode.js'

export const runInfo = object<RunInfo>({
  id: text, attempt: number, actor: text, workflow: text, job: text, url: text, host: text, pid: number, started: text,
})
