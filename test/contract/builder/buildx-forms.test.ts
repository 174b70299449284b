import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { contentTag } from '../../../core/domain/image-labels.js'
import { buildxBuilder } from '../../../core/drivers/builders/buildx/index.js'
import type { BuildRequest, Built } from '../../../core/ports/builder.js'
import type { Engine } from '../../../core/ports/engine.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, filesOf, removeFolders, requestFor, type Sources } from './context.js'
import { buildLab, engineRequest, manifestAt, seeInRegistry, tagsOf, type BuildLab } from './registry-lab.js'

/** On a busy machine. */
const LONG = 180_000
let scene: BuildLab

withEngines(['docker'], 'what buildx makes', () => {
  beforeAll(async () => {
    scene = await buildLab()
  })
  afterAll(removeFolders)

  /** Builds and lets the image pass. */
  async function made(request: BuildRequest): Promise<Built> {
    const built = await scene.builder.build(request)
    if (built.contentKey !== undefined) await scene.registry.tag(built.image, [contentTag(built.contentKey)])
    return built
  }
  const requestOf = async (sources: Sources, more: Partial<BuildRequest> = {}): Promise<BuildRequest> => requestFor(await contextOf(sources), `${scene.lab.registry}/${scene.lab.unique('form')}`, more)

  test('several platforms under one digest; the sizes are those of the largest', async () => {
    const request = await requestOf({ Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /content\n', amd64: 'a', arm64: 'more of it here' }, { platforms: ['linux/amd64', 'linux/arm64'] })
    const built = await made(request)
    const index = (await manifestAt(built.image))!
    expect([index.digest, index.body.manifests?.map(({ platform }) => platform.architecture).toSorted()]).toEqual([built.digest, ['amd64', 'arm64']])
    const seen = await scene.registry.look(built.image)
    expect(seen).toMatchObject({ digest: built.digest, platforms: ['linux/amd64', 'linux/arm64'], labels: { 'ecluse.content-key': built.contentKey } })
    expect(built.layers).toHaveLength(1)
    expect(built.layers[0]!.createdBy).toMatch(/^COPY \S+ \/content$/)
    expect((await made(request)).reused).toBe(true)
    // One that has fewer platforms than asked for would be another image: its key is another.
    expect((await made({ ...request, platforms: ['linux/amd64'] })).reused).toBe(false)
  }, LONG)

  test('attestations: provenance beside the image, a list of its packages, or one plain manifest', async () => {
    const generator = await scene.lab.image(`${scene.lab.unique('sbom')}:1`, {
      files: { '/list': { content: '#!/bin/sh\necho \'{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","predicate":{"packages":[{"name":"left-pad"}]}}\' > "$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json"\n', mode: 0o755 } }, entrypoint: ['/list'],
    })
    const request = await requestOf({ Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'a' })
    const attached = async (attestations: 'full' | 'provenance' | 'none') => {
      const built = await made({ ...request, engine: engineRequest({ attestations, sbomGenerator: generator }) })
      const { body } = (await manifestAt(built.image))!
      const [attestation] = (body.manifests ?? []).filter(({ platform }) => platform.os === 'unknown')
      const layers = attestation === undefined ? [] : (await manifestAt(`${request.destination}@${attestation.digest}`))!.body.layers
      return { built, plain: body.manifests === undefined, attached: layers.length }
    }
    const none = await attached('none')
    expect(none).toMatchObject({ plain: true, attached: 0, built: { reused: false } })
    const provenance = await attached('provenance')
    expect(provenance).toMatchObject({ plain: false, attached: 1, built: { reused: false, layers: none.built.layers } })
    expect(await attached('full')).toMatchObject({ plain: false, attached: 2, built: { reused: false, layers: none.built.layers } })
    expect((await attached('none')).built.reused).toBe(true)
  }, LONG)

  test('the base that the key was counted over is the base of the image, and a base that moved is another content', async () => {
    const { lab, registry, said } = scene
    const part = lab.unique('base')
    const base = await lab.image(`${part}:1`, { files: { '/from-base': 'one' } })
    const tag = base.replace(/@.*/, ':1')
    const request = await requestOf({ Dockerfile: `ARG WHICH=${part}\nFROM ${lab.registry}/\${WHICH}:1\nCOPY a /\n`, a: 'a' })
    const first = await made(request)
    expect((await made(request)).reused).toBe(true)
    await lab.image(`${part}:1`, { files: { '/from-base': 'two' } })
    expect(await registry.digestOf(tag)).not.toBe(base.replace(/.*@/, ''))
    const second = await made(request)
    expect([second.reused, second.contentKey === first.contentKey]).toEqual([false, false])
    expect([filesOf(await seeInRegistry(first.image))['from-base'], filesOf(await seeInRegistry(second.image))['from-base']]).toEqual(['one', 'two'])
    expect(said.warnings).toEqual([])
  }, LONG)

  test('what is not known before the build is built every time, and says why', async () => {
    const { said } = scene
    const request = await requestOf({ Dockerfile: `FROM scratch\nADD http://${scene.lab.registry}/v2/ /answer\n` })
    const first = await made(request)
    expect([first.contentKey, first.reused, (await made(request)).reused]).toEqual([undefined, false, false])
    expect(said.info.find((line) => line.startsWith('It can not be known'))).toContain(`line 2: ADD fetches \`http://${scene.lab.registry}/v2/\``)
    expect((await tagsOf(request.destination)).filter((tag) => tag.startsWith('key-'))).toEqual([])
  }, LONG)

  test('more contexts are part of the content: folders by their files, images by their digest', async () => {
    const { lab } = scene
    const other = await contextOf({ text: 'one' })
    const request = await requestOf({ Dockerfile: 'FROM scratch\nCOPY --from=lib text /text\nCOPY --from=img /from-img /\n' }, {
      engine: engineRequest({ contexts: { lib: other, img: `docker-image://${(await lab.image(`${lab.unique('ctx')}:1`, { files: { '/from-img': 'i' } })).replace(/@.*/, ':1')}` } }),
    })
    const first = await made(request)
    expect(filesOf(await seeInRegistry(first.image))).toEqual({ text: 'one', 'from-img': 'i' })
    expect((await made(request)).reused).toBe(true)
    await writeFile(path.join(other, 'text'), 'two')
    const second = await made(request)
    expect([second.reused, filesOf(await seeInRegistry(second.image))['text']]).toEqual([false, 'two'])
  }, LONG)

  test('what Ecluse keeps in the context is no source, nor what the ignore file leaves out', async () => {
    const context = await contextOf({ Dockerfile: 'FROM scratch\nCOPY . /\n', '.dockerignore': 'Dockerfile\n*.log\n!.ecluse\n', a: 'a', 'b.log': 'b', '.ecluse/ledger': 'l' })
    const request = requestFor(context, `${scene.lab.registry}/${scene.lab.unique('apart')}`, { apart: [path.join(context, '.ecluse')] })
    const first = await made(request)
    expect(filesOf(await seeInRegistry(first.image))).toEqual({ '.dockerignore': 'Dockerfile\n*.log\n!.ecluse\n', a: 'a' })
    await writeFile(path.join(context, '.ecluse', 'ledger'), 'changed')
    expect((await made(request)).reused).toBe(true)
  }, LONG)

  test('files that change while it is built: the image is not taken for either content', async () => {
    const { ambient, lab } = scene
    const context = await contextOf({ Dockerfile: `FROM ${await lab.base('static')}\nCOPY a /\n`, a: 'a' })
    const changing = await buildLab()
    // As another step of the job would, just when the engine has begun.
    const engine: Engine = { ...changing.engine, run: async (call) => {
      const done = await changing.engine.run(call)
      if (call.argv[1] === 'build') await writeFile(path.join(context, 'a'), 'b')
      return done
    } }
    const built = await buildxBuilder(engine, changing.registry, { ...ambient, log: changing.ambient.log }).build(requestFor(context, `${lab.registry}/${lab.unique('race')}`))
    expect(built.contentKey).toBeUndefined()
    expect(changing.said.warnings).toEqual([expect.stringContaining('Files of the context changed')])
  }, LONG)
})
