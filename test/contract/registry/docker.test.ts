import { beforeAll, describe, expect, test } from '@jest/globals'
import { dockerRegistry } from '../../../core/drivers/registries/docker/index.js'
import { throughDocker } from '../../../core/drivers/registries/docker/program.js'
import type { Engine } from '../../../core/ports/engine.js'
import type { ImageRegistry } from '../../../core/ports/image-registry.js'
import { withEngines } from '../../support/engines/index.js'
import { buildLab, manifestAt, tagsOf, type BuildLab } from '../builder/registry-lab.js'

/** On a busy machine. */
const LONG = 180_000
let scene: BuildLab
let registry: ImageRegistry
let image = ''
let repository = ''
const NOWHERE = `sha256:${'0'.repeat(64)}`

const ways: readonly (readonly [string, (lab: BuildLab) => ImageRegistry])[] = [
  ['directly', (lab) => lab.registry],
  ['through docker', (lab) => throughDocker(lab.engine)],
]

withEngines(['docker'], 'images in a registry', () => describe.each(ways)('%s', (way, open) => {
  beforeAll(async () => {
    scene = await buildLab()
    registry = open(scene)
    const name = scene.lab.unique('look')
    image = await scene.lab.image(`${name}:1`, { files: { '/a': 'content' }, labels: { colour: 'red' } })
    repository = `${scene.lab.registry}/${name}`
  }, LONG)
  test('are told by digest, labels, platform and the sizes of their layers', async () => {
    const seen = await registry.look(`${repository}:1`)
    const { digest, body } = (await manifestAt(image))!
    expect(seen).toMatchObject({ digest, labels: { colour: 'red' }, platforms: ['linux/amd64'] })
    expect(seen?.layers.map((layer) => layer.digest)).toEqual(body.layers.map((layer) => layer.digest))
    expect(seen?.bytes).toBe(seen?.layers.reduce((sum, { bytes }) => sum + bytes, 0))
    expect(await registry.look(image)).toEqual(seen)
    expect(await registry.digestOf(`${repository}:1`)).toBe(digest)
  }, LONG)

  test('that are not there are no fault', async () => {
    expect(await Promise.all([`${repository}:none`, `${repository}@${NOWHERE}`, `${scene.lab.registry}/nobody/nothing:1`].map((one) => registry.look(one)))).toEqual([undefined, undefined, undefined])
    expect(await registry.digestOf(`${repository}:none`)).toBeUndefined()
  }, LONG)

  test('get more tags and keep their digest; a tag that is there moves; again is as good as once', async () => {
    const { lab } = scene
    await registry.tag(image, ['production', 'v1'])
    await registry.tag(image, ['production', 'v1'])
    const digest = image.replace(/.*@/, '')
    expect([(await manifestAt(`${repository}:production`))?.digest, (await manifestAt(`${repository}:v1`))?.digest]).toEqual([digest, digest])
    const next = await lab.image(`${repository.replace(/^[^/]*\//, '')}:2`, { files: { '/a': 'other' } })
    await registry.tag(next, ['production'])
    expect([(await manifestAt(`${repository}:production`))?.digest, (await manifestAt(`${repository}:v1`))?.digest]).toEqual([next.replace(/.*@/, ''), digest])
    expect(await tagsOf(repository)).toEqual(['1', '2', 'production', 'v1'])
  }, LONG)

  test('are tagged by digest only, and not when they are not there', async () => {
    await expect(registry.tag(`${repository}:1`, ['x'])).rejects.toMatchObject({ code: 'image-not-pinned' })
    await expect(registry.tag(`${repository}@${NOWHERE}`, ['x'])).rejects.toMatchObject({ code: 'image-not-found' })
    expect(await tagsOf(repository)).not.toContain('x')
  }, LONG)

  test('a registry that does not answer is a fault', async () => {
    await expect(registry.look('127.0.0.1:1/shop:1')).rejects.toMatchObject({ code: 'registry-unreachable' })
    await expect(registry.digestOf('127.0.0.1:1/shop:1')).rejects.toMatchObject({ code: 'registry-unreachable' })
  }, LONG)

  test('is asked as it is said here', async () => {
    const calls: string[] = []
    const counted = await buildLab()
    const engine: Engine = { ...counted.engine, run: (call) => {
      calls.push(call.argv.join(' '))
      return counted.engine.run(call)
    } }
    await open({ ...counted, engine, registry: dockerRegistry(engine, counted.lab.env.DOCKER_CONFIG, counted.ambient) }).look(`${repository}:1`)
    expect(calls.length > 0).toBe(way === 'through docker')
  }, LONG)
}))
