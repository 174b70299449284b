/** A `dist` folder with the local server bundled from the sources as they are now. */
import { mkdtemp } from 'node:fs/promises'
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
  await build({
    entryPoints: [path.join('core', 'local', 'main.ts')], outfile: path.join(folder, 'local', 'index.js'),
    bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
    // tar-stream is CommonJS and asks for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  const { writeFile } = await import('node:fs/promises')
  await writeFile(path.join(folder, 'package.json'), '{"type":"module"}')
  return folder
}
