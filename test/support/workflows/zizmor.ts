import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type WorkflowChecker, workflowFiles } from './files.js'
import { printed } from './program.js'

const place = z.object({
  symbolic: z.object({ kind: z.string(), key: z.object({ Local: z.object({ verbatim_path: z.string() }) }) }),
  concrete: z.object({ location: z.object({ start_point: z.object({ row: z.number() }) }) }),
})
const findings = z.array(z.object({ ident: z.string(), desc: z.string(), ignored: z.boolean(), locations: z.array(place).min(1) }))
const settings = path.join(path.dirname(fileURLToPath(import.meta.url)), 'zizmor.yml')

export const checkWithZizmor =
  (zizmor: string): WorkflowChecker =>
  (root) => {
    const args = ['--offline', '--no-progress', '--no-exit-codes', '--format', 'json', '--config', settings, ...workflowFiles(root)]
    const found = findings.parse(JSON.parse(printed(zizmor, args, root, [0])))
    return found
      .filter(({ ignored }) => !ignored)
      .map(({ ident, desc, locations }) => {
        const at = locations.find(({ symbolic }) => symbolic.kind === 'Primary') ?? locations[0]
        const row = (at?.concrete.location.start_point.row ?? 0) + 1
        return `${at?.symbolic.key.Local.verbatim_path}:${row}: ${desc} (${ident})`
      })
  }
