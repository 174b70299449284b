import { expect, test } from '@jest/globals'
import { moveTag, tagRows, type AtRegistry } from '../../../core/delivery/environment-tag.js'
import type { Release } from '../../../core/domain/release.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { environmentOf } from '../config/lab.js'
import { realAmbient } from '../../support/surroundings.js'

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`
const RELEASE: Release = {
  app: 'shop', version: '1', commit: '', serving: 'web', settings: {}, settingsHash: '',
  images: { cron: `registry.example/shop@${digest('b')}`, web: `registry.example/shop@${digest('a')}`, worker: `registry.example/worker@${digest('c')}`, local: `oci-layout:///i@${digest('d')}` },
}
const PRODUCTION = { name: 'production', movesTag: true }

function scene(at?: AtRegistry) {
  const moved: string[] = []
  const warnings: string[] = []
  const limits: number[] = []
  const real = realAmbient({ work: '/w', dist: '/d' })
  const ambient: Ambient = { ...real, log: { ...real.log, warn: (text) => void warnings.push(text) }, shielded: (ms) => { limits.push(ms); return real } }
  const open: AtRegistry = at ?? ((_, work) => work({ look: async () => undefined, digestOf: async () => undefined, tag: async (image, tags) => void moved.push(`${image} ${tags.join()}`) }))
  return { moved, warnings, limits, move: (environment = PRODUCTION) => moveTag(environment, RELEASE, open, ambient) }
}

test('each repository has one tag of the environment; where components share it, it is that of what takes traffic', async () => {
  const { moved, move, limits } = scene()
  expect(await move()).toEqual([`\`registry.example/shop:production\` is ${digest('a')}`, `\`registry.example/worker:production\` is ${digest('c')}`])
  expect(moved).toEqual([`registry.example/shop@${digest('a')} production`, `registry.example/worker@${digest('c')} production`])
  expect(limits).toEqual([30_000, 30_000])
})

test('nothing moves where nobody asked for it', async () => {
  const { moved, move } = scene()
  expect([await move({ name: 'production', movesTag: false }), moved]).toEqual([[], []])
  expect(tagRows(undefined)).toEqual([])
})

test('a registry that does not answer costs a warning and a line, not the delivery', async () => {
  const { move, warnings } = scene(() => Promise.reject(new RemoteError('registry-unreachable', { message: 'Nobody answers.', service: 'registry', operation: 'tag' })))
  const lines = await move()
  expect(tagRows(lines)).toEqual([['Tag', '`registry.example/shop:production` was not moved: Nobody answers.'], ['Tag', '`registry.example/worker:production` was not moved: Nobody answers.']])
  expect(warnings).toHaveLength(2)
})

test('a bug is no warning', async () => {
  await expect(scene(() => Promise.reject(new TypeError('x'))).move()).rejects.toThrow(TypeError)
})

test('the configuration says it once for all environments', async () => {
  const file = 'build: { repository: registry.example/shop, environment-tags: true }\nenvironments: { production: { platform: { local: {} } } }\n'
  expect((await environmentOf({ file })).movesTag).toBe(true)
  expect(await environmentOf({ file: file.replace('true', 'false') })).not.toHaveProperty('movesTag')
})
