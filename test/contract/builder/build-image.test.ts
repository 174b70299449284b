/** The action's flow with a real engine and a real registry. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { buildImage } from '../../../actions/build-image/flow.js'
import { imageRequest, type BuildInputs } from '../../../actions/build-image/request.js'
import type { BuildSettings } from '../../../core/domain/environment.js'
import type { Engine } from '../../../core/ports/engine.js'
import { buildxBuilder } from '../../../core/drivers/builders/buildx/index.js'
import { dockerRegistry } from '../../../core/drivers/registries/docker/index.js'
import { buildSettings } from '../../support/build-settings.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, removeFolders, type Sources } from './context.js'
import { buildLab, manifestAt, tagsOf, type BuildLab } from './registry-lab.js'

/** On a busy machine. */
const LONG = 180_000
const COMMIT = 'feedfacefeedfacefeedfacefeedfacefeedface'
let scene: BuildLab

withEngines(['docker'], 'build-image with buildx', () => {
  beforeAll(async () => {
    scene = await buildLab()
  })
  afterAll(removeFolders)

  async function project(sources: Sources) {
    const context = await contextOf(sources)
    const repository = `${scene.lab.registry}/${scene.lab.unique('action')}`
    const run = async (given: BuildInputs, settings: Partial<BuildSettings> = {}) => {
      const asked: string[] = []
      const engine: Engine = { ...scene.engine, run: (call) => {
        asked.push(call.argv.slice(0, 3).join(' '))
        return scene.engine.run(call)
      } }
      const registry = dockerRegistry(engine, scene.lab.env.DOCKER_CONFIG, scene.ambient)
      const request = imageRequest({ commit: COMMIT, 'source-date': 1_700_000_000, ...given }, buildSettings({
        builder: 'buildx', state: path.join(context, '.ecluse'), context, repository, attestations: 'none', compareWith: `${repository}:production`, ...settings,
      }))
      return { ...(await buildImage(request, { builder: buildxBuilder(engine, registry, scene.ambient), registry }, scene.ambient)), asked }
    }
    return { context, repository, run }
  }
  const sources = async (): Promise<Sources> => ({ Dockerfile: `FROM ${await scene.lab.base('static')}\nCOPY a /a\nLABEL note=x\n`, a: 'a'.repeat(1000), '.dockerignore': '.git\n' })

  test('announces what the registry has, under the names of version, commit and content, and never as latest', async () => {
    const { repository, run } = await project(await sources())
    const first = await run({ version: '1.0.0+3' })
    const { image, digest, 'content-key': key, tags, reused, bytes } = first.outputs
    expect([first.reason, image, reused]).toEqual(['built', `${repository}@${digest}`, 'false'])
    expect(await tagsOf(repository)).toEqual(['1.0.0_3', `key-${key}`, `sha-${COMMIT.slice(0, 12)}`, 'unchecked'].toSorted())
    expect(tags?.split(',').toSorted()).toEqual(['1.0.0_3', `key-${key}`, `sha-${COMMIT.slice(0, 12)}`].toSorted())
    expect((await manifestAt(`${repository}:1.0.0_3`))?.digest).toBe(digest)
    expect(Number(bytes)).toBeGreaterThan(500_000)
    expect(first.summary.parts).toContainEqual(expect.objectContaining({ kind: 'text', text: `There is no \`${repository}:production\` yet to compare sizes with.` }))
  }, LONG)

  test('the same content under another version is named, not built', async () => {
    const { repository, run } = await project(await sources())
    const first = await run({ version: '1' })
    const again = await run({ version: '2', commit: 'c0ffee00c0ffee00' }, { tags: ['latest'] })
    expect([again.reason, again.outputs.digest, again.outputs.cache]).toEqual(['reused', first.outputs.digest, ''])
    // No program is started for it at all.
    expect([again.asked, first.asked.length > 0]).toEqual([[], true])
    expect(await Promise.all(['1', '2', 'latest', 'sha-c0ffee00c0ff'].map(async (tag) => (await manifestAt(`${repository}:${tag}`))?.digest))).toEqual(Array.from({ length: 4 }, () => first.outputs.digest))
    // Asked to, it is built anew: the same bytes here, newer packages elsewhere.
    expect([(await run({ version: '3', reuse: false })).reason, (await run({ version: '3' })).reason]).toEqual(['built', 'reused'])
  }, LONG)

  test('an image that is too large is pushed and named by nothing that anybody would deploy or use again', async () => {
    const { repository, run } = await project(await sources())
    const refused = await run({ version: '1' }, { maxBytes: 1000 })
    expect([refused.ok, refused.reason, refused.outputs.image, refused.outputs.tags]).toEqual([false, 'too-large', '', ''])
    expect(await tagsOf(repository)).toEqual(['unchecked'])
    expect((await run({ version: '1' })).reason).toBe('built')
  }, LONG)

  test('what grew since the release in production is in the summary', async () => {
    const { context, repository, run } = await project(await sources())
    const first = await run({ version: '1' })
    await scene.registry.tag(first.outputs.image, ['production'])
    await writeFile(path.join(context, 'a'), Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 251)))
    const { summary } = await run({ version: '2' })
    const table = summary.parts.find((part) => part.kind === 'table' && part.title?.endsWith(`more than ${repository}:production`))
    expect(table).toMatchObject({ columns: ['Created by', 'Before', 'Now'], rows: [['COPY a /a', expect.stringMatching(/ B$/), expect.any(String)]] })
  }, LONG)
})
