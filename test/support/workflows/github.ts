import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { z } from 'zod'
import { type WorkflowChecker, workflowFiles } from './files.js'
import { printed } from './program.js'

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), 'github-language.mjs')
const suite = 'ecluse-cd/ecluse'

const options = { bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' } as const
const requireForCommonJs = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

// Bundled first, because the packages import JSON in a way that no Node accepts.
export const checkWithGitHubParser: WorkflowChecker = (root) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-parser-'))
  try {
    const bundle = path.join(folder, 'parser.mjs')
    buildSync({ ...options, entryPoints: [source], outfile: bundle, banner: { js: requireForCommonJs } })
    const found = printed(process.execPath, [bundle, root, suite, ...workflowFiles(root)], root, [0])
    return z.array(z.string()).parse(JSON.parse(found))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
