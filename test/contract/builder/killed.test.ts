import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import type { BuildRequest } from '../../../core/ports/builder.js'
import { contextOf, filesOf, listed, removeFolders, requestFor, seeImage, surroundings, temporaryFolder } from './context.js'

afterAll(removeFolders)

const SOURCES = { Dockerfile: 'FROM scratch\nWORKDIR /app\nCOPY a .\nCOPY b .\n', a: 'a', b: 'b' }
let script = ''

beforeAll(async () => {
  script = path.join(await temporaryFolder(), 'child.mjs')
  await build({
    entryPoints: [path.join('test', 'contract', 'builder', 'child.ts')], outfile: script, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
})

/** What the child said: `stopped`, when it was killed there with SIGKILL, or the image it built. */
async function child(request: BuildRequest, stopBefore: number): Promise<string> {
  const running = spawn(process.execPath, [script, request.context, JSON.stringify(request), String(stopBefore)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  running.stdout.on('data', (chunk) => {
    said += String(chunk)
    if (said === 'stopped\n') running.kill('SIGKILL')
  })
  await once(running, 'close')
  return said.trim()
}

describe('a builder that is killed', () => {
  test('before any change of the disk leaves a layout that the next build completes', async () => {
    const context = await contextOf(SOURCES)
    const { ambient } = await surroundings(context)
    const reference = await ociLayoutBuilder(ambient).build(requestFor(context, path.join(await temporaryFolder(), 'images')))
    let stops = 0
    for (; ; stops++) {
      const request = requestFor(context, path.join(await temporaryFolder(), 'images'))
      if ((await child(request, stops)) !== 'stopped') break
      const again = await ociLayoutBuilder(ambient).build(request)
      expect([stops, again.digest]).toEqual([stops, reference.digest])
      expect(filesOf(await seeImage(again.image))).toEqual({ 'app/a': 'a', 'app/b': 'b' })
      expect(await readdir(path.join(request.destination, '.drafts')).catch(() => [])).toEqual([])
    }
    expect(stops).toBeGreaterThan(10)
  })

  test('holding the lock of the index does not hold up others', async () => {
    const destination = path.join(await temporaryFolder(), 'images')
    const contexts = await Promise.all(['a', 'b', 'c', 'd'].map((content) => contextOf({ ...SOURCES, a: content })))
    const said = await Promise.all(contexts.map((context, index) => child(requestFor(context, destination, { version: `1.${index}` }), index === 0 ? 12 : 1000)))
    expect(said[0]).toBe('stopped')
    const { ambient } = await surroundings(contexts[0]!)
    const last = await ociLayoutBuilder(ambient).build(requestFor(contexts[0]!, destination, { version: '1.0' }))
    expect(filesOf(await seeImage(last.image))).toEqual({ 'app/a': 'a', 'app/b': 'b' })
    expect(await listed(destination)).toHaveLength(4)
  })
})
