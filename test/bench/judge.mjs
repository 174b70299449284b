// The judge and its seeded traffic are TypeScript; plain Node gets them as one module.
import path from 'node:path'
import { build } from 'esbuild'
import { root } from '../support/runner.mjs'

export async function loadTraffic() {
  const { outputFiles } = await build({ entryPoints: [path.join(root, 'test', 'support', 'traffic.ts')], bundle: true, format: 'esm', platform: 'node', write: false, logLevel: 'error' })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
