/** What act's log says of jobs and steps. */
import { z } from 'zod'

const event = z.object({
  jobID: z.string().optional(),
  jobResult: z.string().optional(),
  stage: z.string().optional(),
  stepID: z.array(z.string()).optional(),
  stepResult: z.string().optional(),
  command: z.string().optional(),
  name: z.string().optional(),
  arg: z.string().optional(),
  content: z.string().optional(),
  raw: z.string().optional(),
  msg: z.string().optional(),
})

export interface ActJob {
  readonly result: string
  /** Outputs by step, then by name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface ActLog {
  /** Every step that ran and every job that ended, in order: `staging/deploy: success`, `staging/post deploy: success`, `staging: success`. */
  readonly ran: readonly string[]
  readonly jobs: Readonly<Record<string, ActJob>>
  /** Markdown of every step's summary. */
  readonly summaries: readonly string[]
  /** All that is shown or kept of a run. A mask is told in the clear: that is how a runner learns of it. */
  readonly shown: string
}

interface Reading {
  readonly ran: string[]
  readonly jobs: Record<string, { result: string; readonly outputs: Record<string, Record<string, string>> }>
  readonly summaries: string[]
  readonly shown: string[]
}

export function readLog(lines: readonly string[]): ActLog {
  const reading: Reading = { ran: [], jobs: {}, summaries: [], shown: [] }
  for (const line of lines) read(line, reading)
  return { ...reading, shown: reading.shown.join('\n') }
}

function read(line: string, into: Reading): void {
  const found = parsed(line)
  if (found === undefined) {
    into.shown.push(line)
    return
  }
  const { jobID, jobResult, command, name, arg, content } = found
  const step = found.stepID?.join('/')
  if (command !== 'add-mask') into.shown.push(...shownOf(found))
  if (command === 'summary' && content !== undefined) into.summaries.push(content)
  if (jobID === undefined) return
  const job = (into.jobs[jobID] ??= { result: 'not ended', outputs: {} })
  if (step !== undefined && found.stepResult !== undefined) into.ran.push(`${jobID}/${found.stage === 'Main' ? '' : `${found.stage?.toLowerCase()} `}${step}: ${found.stepResult}`)
  if (step !== undefined && command === 'set-output' && name !== undefined) (job.outputs[step] ??= {})[name] = arg ?? ''
  if (jobResult !== undefined) {
    into.ran.push(`${jobID}: ${jobResult}`)
    job.result = jobResult
  }
}

/** The message tells most of it already. */
function shownOf({ msg = '', raw = '', arg = '', content = '' }: z.infer<typeof event>): readonly string[] {
  return [msg, ...[raw, arg, content].filter((text) => !msg.includes(text))].map((text) => text.trimEnd()).filter((text) => text !== '')
}

function parsed(line: string): z.infer<typeof event> | undefined {
  try {
    return event.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
