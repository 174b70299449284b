import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readdir } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import path from 'node:path'
import type { BuildCache } from '../../../core/domain/environment.js'
import type { BuildRequest } from '../../../core/ports/builder.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, filesOf, removeFolders, requestFor, temporaryFolder } from './context.js'
import { buildLab, engineRequest, seeInRegistry, tagsOf, type BuildLab } from './registry-lab.js'
import { slowRegistry } from './slow-registry.js'

/** On a busy machine. */
const LONG = 180_000
let scene: BuildLab
let request: (cache: BuildCache) => Promise<BuildRequest>

withEngines(['docker'], 'the cache of buildx', () => {
  beforeAll(async () => {
    scene = await buildLab()
    const base = await scene.lab.base('static')
    request = async (cache) => requestFor(
      await contextOf({ Dockerfile: `FROM ${base}\nRUN cat /proc/sys/kernel/random/uuid > /drawn\nRUN echo ${scene.lab.unique('step')}\n` }),
      `${scene.lab.registry}/${scene.lab.unique('cache')}`, { engine: engineRequest({ cache, reuse: false }) },
    )
  })
  afterAll(removeFolders)

  test('in a registry: another engine takes its layers from there', async () => {
    const { lab, builder, said } = scene
    const asked = await request({ kind: 'registry', withinMs: 60_000 })
    const first = await builder.build(asked)
    expect([first.cache, said.warnings]).toEqual(['used', []])
    expect(await tagsOf(asked.destination)).toContain('ecluse-cache')
    const engine = await lab.privateEngine()
    try {
      const there = await buildLab({ env: { DOCKER_HOST: engine.env.DOCKER_HOST } })
      const second = await there.builder.build(asked)
      expect(second.cache).toBe('used')
      // What was drawn by lot can only be the same when it was not drawn again.
      expect(filesOf(await seeInRegistry(second.image))['drawn']).toBe(filesOf(await seeInRegistry(first.image))['drawn'])
    } finally {
      await engine.end()
    }
  }, LONG)

  test('in a folder: it is written anew each time, so that it does not grow', async () => {
    const place = path.join(await temporaryFolder(), 'kept')
    const asked = await request({ kind: 'local', place, withinMs: 60_000 })
    expect((await scene.builder.build(asked)).cache).toBe('used')
    const blobs = (await readdir(path.join(place, 'blobs', 'sha256'))).length
    expect(blobs).toBeGreaterThan(0)
    expect((await scene.builder.build({ ...asked, args: {} })).cache).toBe('used')
    expect([(await readdir(path.join(place, 'blobs', 'sha256'))).length, await readdir(path.dirname(place))]).toEqual([blobs, ['kept']])
  }, LONG)

  test('one that does not answer costs its time and not the build', async () => {
    const open = new Set<Socket>()
    const silent = createServer((socket) => void open.add(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    try {
      const lab = await buildLab()
      const built = await lab.builder.build(await request({ kind: 'registry', place: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/silent`, withinMs: 15_000 }))
      expect(open.size).toBeGreaterThan(0)
      expect([built.cache, filesOf(await seeInRegistry(built.image))['drawn']?.length]).toEqual(['gave-up', 37])
      expect(lab.said.warnings).toEqual([expect.stringMatching(/^The cache `registry` did not answer within 15 s: the image is built without it\.$/)])
    } finally {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => silent.close(resolve))
    }
  }, LONG)

  test('one that fails costs a warning and not the build', async () => {
    const lab = await buildLab()
    const built = await lab.builder.build(await request({ kind: 'registry', place: '127.0.0.1:1/nobody', withinMs: 60_000 }))
    expect(built.cache).toBe('gave-up')
    expect(lab.said.warnings).toEqual([expect.stringMatching(/^The cache `registry` failed \(.*connection refused.*\): the image is built without it\.$/)])
  }, LONG)

  test('one that falls silent in the middle: the image that was pushed by then counts', async () => {
    const { lab } = scene
    const engine = await lab.privateEngine()
    const slow = await slowRegistry(lab.registry)
    try {
      const there = await buildLab({ env: { DOCKER_HOST: engine.env.DOCKER_HOST } })
      const asked = await request({ kind: 'registry', place: `${slow.address}/${lab.unique('silent')}`, withinMs: 15_000 })
      void slow.hold()
      const built = await there.builder.build(asked)
      expect([built.cache, filesOf(await seeInRegistry(built.image))['drawn']?.length]).toEqual(['gave-up', 37])
      expect(there.said.warnings).toEqual([expect.stringMatching(/did not answer within 15 s \(exporting cache to registry\): the image itself was pushed before\.$/)])
    } finally {
      await slow.close()
      await engine.end()
    }
  }, LONG)

  test("GitHub's, without what the runner hands on: that it was left out is told", async () => {
    const lab = await buildLab()
    expect((await lab.builder.build(await request({ kind: 'gha', withinMs: 60_000 }))).cache).toBe('none')
    expect(lab.said.warnings).toEqual([expect.stringContaining('`ACTIONS_RUNTIME_TOKEN`')])
  }, LONG)

  test('a step that fails is not tried again without a cache', async () => {
    const lab = await buildLab()
    const context = await contextOf({ Dockerfile: `FROM ${await lab.lab.base('static')}\nRUN echo failing && exit 3\n` })
    const asked = requestFor(context, `${lab.lab.registry}/${lab.lab.unique('cache')}`, { engine: engineRequest({ cache: { kind: 'registry', withinMs: 60_000 } }) })
    await expect(lab.builder.build(asked)).rejects.toMatchObject({ code: 'build-failed', message: expect.stringContaining('exit code 3') })
    expect([lab.said.warnings, lab.said.debug]).toEqual([[], ['failing']])
  }, LONG)
})
