import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { build } from 'esbuild'
import { contentTag } from '../../../core/domain/image-labels.js'
import { programsWith } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, filesOf, removeFolders, requestFor, temporaryFolder } from './context.js'
import { buildLab, manifestAt, seeInRegistry, tagsOf, type BuildLab } from './registry-lab.js'
import { slowRegistry } from './slow-registry.js'

let scene: BuildLab
let script = ''
/** On a busy machine. */
const LONG = 180_000

withEngines(['docker'], 'buildx that is disturbed', () => {
  beforeAll(async () => {
    scene = await buildLab()
    script = path.join(await temporaryFolder(), 'child.mjs')
    await build({
      entryPoints: [path.join('test', 'contract', 'builder', 'child-buildx.ts')], outfile: script, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'error',
      plugins: [{ name: 'lab', setup: (given) => given.onResolve({ filter: /docker\/lab\.mjs$/ }, () => ({ path: path.resolve('test/support/docker/lab.mjs'), external: true })) }],
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    })
  })
  afterAll(removeFolders)

  test('two builds of the same content at once both end well, with one image', async () => {
    const { lab, registry } = scene
    const repository = `${lab.registry}/${lab.unique('twice')}`
    const context = await contextOf({ Dockerfile: `FROM ${await lab.base('static')}\nRUN echo made > /made\nCOPY a /a\n`, a: 'a' })
    const one = async () => {
      const { builder } = await buildLab()
      const built = await builder.build(requestFor(context, repository))
      await registry.tag(built.image, ['1.0.0', contentTag(built.contentKey!)])
      return built
    }
    const [first, second] = await Promise.all([one(), one()])
    expect(second.digest).toBe(first.digest)
    expect((await manifestAt(`${repository}:1.0.0`))?.digest).toBe(first.digest)
    expect(await one()).toMatchObject({ digest: first.digest, reused: true })
  }, LONG)

  test('killed while it pushes, it has named nothing, and the next run completes it', async () => {
    const { lab, builder } = scene
    const slow = await slowRegistry(lab.registry)
    const name = lab.unique('killed')
    const context = await contextOf({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'half' })
    const request = requestFor(context, `${slow.address}/${name}`)
    try {
      const pushing = slow.hold()
      const child = spawn(process.execPath, [script, JSON.stringify(request)], { stdio: ['ignore', 'ignore', 'inherit'] })
      const ended = once(child, 'close')
      await Promise.race([pushing, ended.then(() => Promise.reject(new Error('it ended before it pushed')))])
      child.kill('SIGKILL')
      await ended
      expect(await tagsOf(`${lab.registry}/${name}`)).toEqual([])
      slow.cut()
      const again = await builder.build(request)
      expect(again.reused).toBe(false)
      expect(filesOf(await seeInRegistry(`${lab.registry}/${name}@${again.digest}`))).toEqual({ a: 'half' })
      expect((await tagsOf(`${lab.registry}/${name}`)).filter((tag) => tag.startsWith('key-'))).toEqual([])
    } finally {
      // What the killed run had started ends by itself now that it is let in.
      while (programsWith(slow.address).length > 0) await new Promise((resolve) => setTimeout(resolve, 50))
      await slow.close()
    }
  }, LONG)

  test('cancelled while it pushes, it stops at once and leaves no program behind', async () => {
    const { lab } = scene
    const slow = await slowRegistry(lab.registry)
    const cancel = new AbortController()
    const { builder } = await buildLab({ signal: cancel.signal })
    const context = await contextOf({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'stop' })
    try {
      const pushing = slow.hold()
      const built = builder.build(requestFor(context, `${slow.address}/${lab.unique('cancelled')}`)).then(() => undefined, (thrown: unknown) => thrown)
      await pushing
      cancel.abort()
      expect(await built).toMatchObject({ code: 'aborted' })
      // The plugin of docker ends itself when it sees that docker is gone; what it pushes to is held, so that nothing else ends it.
      for (const end = Date.now() + 20_000; Date.now() < end && programsWith(slow.address).length > 0; ) await new Promise((resolve) => setTimeout(resolve, 50))
      expect(programsWith(slow.address)).toEqual([])
    } finally {
      await slow.close()
    }
  }, LONG)
})
