// What a bench needs of the sources: plain Node gets it as one module.
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { root } from '../support/runner.mjs'

export async function loadSources(contents) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-bench-'))
  try {
    const made = path.join(folder, 'sources.mjs')
    await build({ stdin: { contents, resolveDir: root, loader: 'ts' }, outfile: made, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'error' })
    return await import(pathToFileURL(made).href)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
