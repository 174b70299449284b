import { z } from 'zod'
import { type WorkflowChecker, workflowFiles } from './files.js'
import { printed } from './program.js'

const findings = z.array(z.object({ filepath: z.string(), line: z.number(), column: z.number(), message: z.string() }))

// GitHub knows `concurrency.queue`; this version of actionlint does not yet.
const known = ['-ignore', 'unexpected key "queue"']
// What happens to be installed must not decide what is found.
const alone = ['-shellcheck=', '-pyflakes=']

export const checkWithActionlint =
  (actionlint: string): WorkflowChecker =>
  (root) => {
    const args = ['-no-color', '-format', '{{json .}}', ...alone, ...known, ...workflowFiles(root)]
    const found = findings.parse(JSON.parse(printed(actionlint, args, root, [0, 1])))
    return found.map(({ filepath, line, column, message }) => `${filepath}:${line}:${column}: ${message}`)
  }
