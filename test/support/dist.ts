/** A `dist` folder with the local server bundled from the sources as they are now. */
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'

let made: Promise<string> | undefined

export function freshDist(): Promise<string> {
  made ??= bundle()
  return made
}

async function bundle(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-dist-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await build({
    entryPoints: [path.join('core', 'local', 'main.ts')], outfile: path.join(folder, 'local', 'index.js'),
    bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
    // tar-stream is CommonJS and asks for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}')
  return folder
}
