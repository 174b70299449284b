import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { root } from './place.mjs'
import { capture } from './run.mjs'

const emittedLine = /^TSFILE: (.*)$/

// What an earlier build left for a source that is gone would still be found and bundled.
const prune = async (emitted) => {
  for (const room of ['actions', 'core', 'demo']) {
    const found = await readdir(path.join(root, 'build', room), { recursive: true, withFileTypes: true }).catch(() => [])
    const stale = found.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
    for (const file of stale) if (!emitted.has(file)) await rm(file)
  }
}

export const compile = async () => {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { code, output } = await capture(process.execPath, [tsc, '-p', '.github/tools/tsconfig.build.json', '--pretty', 'false'])
  const lines = output.split('\n')
  const emitted = lines.map((line) => emittedLine.exec(line)?.[1]).filter(Boolean)
  const messages = lines.filter((line) => !emittedLine.test(line)).join('\n').trim()
  const nothingToCompile = messages.includes('TS18003')
  if (code !== 0 && !nothingToCompile) throw new Error(`${messages}\n\nThe sources do not compile. Fix the errors above and build again.`)
  await prune(new Set(emitted.map((file) => path.resolve(root, file))))
}
