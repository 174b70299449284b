import { afterAll, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { contentTag } from '../../../core/domain/image-labels.js'
import { commandLinesDuring } from '../../support/command-lines.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, removeFolders, requestFor } from './context.js'
import { blobOf, buildLab, engineRequest, manifestAt } from './registry-lab.js'

const SECRET = 'hunter2-of-the-registry-9f3c'

/** Every byte that the registry has of an image: manifests, configurations, layers, attestations. */
async function everythingOf(image: string): Promise<readonly string[]> {
  const repository = image.replace(/@.*/, '')
  const found = (await manifestAt(image))!.body
  const manifests = await Promise.all((found.manifests ?? []).map(async ({ digest }) => (await manifestAt(`${repository}@${digest}`))!.body))
  const blobs = await Promise.all([found, ...manifests].flatMap(({ config, layers }) => [...(config === undefined ? [] : [config]), ...(layers ?? [])]).map(async ({ digest }) => {
    const bytes = await blobOf(repository, digest)
    return (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('latin1')
  }))
  return [JSON.stringify(found), JSON.stringify(manifests), ...blobs]
}

withEngines(['docker'], 'secrets of a build', () => {
  afterAll(removeFolders)

  test('reach the step that mounts them, and nothing else', async () => {
    const { lab, builder, registry, said } = await buildLab()
    const hash = createHash('sha256').update(SECRET).digest('hex')
    const context = await contextOf({ Dockerfile: `FROM ${await lab.base('static')}\nRUN --mount=type=secret,id=token sleep 1 && sha256sum /run/secrets/token | grep ${hash} > /proof\n` })
    const request = requestFor(context, `${lab.registry}/${lab.unique('secret')}`, { engine: engineRequest({ secrets: { token: SECRET }, attestations: 'provenance' }) })
    const { result: built, seen } = await commandLinesDuring(() => builder.build(request))
    expect(seen).toContain('id=token,env=')
    expect(seen.split('\n').filter((line) => line.includes(SECRET))).toEqual([])
    const everything = await everythingOf(built.image)
    expect(everything.some((text) => text.includes(`${hash}  /run/secrets/token`))).toBe(true)
    expect([...everything, JSON.stringify(said)].filter((text) => text.includes(SECRET))).toEqual([])
    // Its value is no part of what the image is made of; that there is one is.
    await registry.tag(built.image, [contentTag(built.contentKey!)])
    expect(await builder.build({ ...request, engine: engineRequest({ secrets: { token: 'another' }, attestations: 'provenance' }) })).toMatchObject({ reused: true, digest: built.digest })
  })
})
