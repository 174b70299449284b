import { expect, test } from '@jest/globals'
import { buildOf, environmentOf, problemsOf, production } from './lab.js'

const file = production('url: https://file.example', 'platform: { local: { port: 9000, keep: 2 } }', 'identity: { header: x-file }', 'settings: { A: file }', 'checks: [GET /file]', 'rollout: { weights: [10, 100], step: { at-least: 1s } }', 'judge: { every: 2s }', 'backup: { database: file, store: { disk: { path: /file } } }', 'migrate: { up: file, down: file }')

test('an input wins over the file; what it does not say stays', async () => {
  const inputs = {
    app: 'other', state: '/state', url: 'https://input.example', platform: '{ local: { port: 9001 } }', identity: '{ get: /health, json: version }', settings: 'B=1\n# remark\nC=x=y',
    checks: 'GET /input\n\nGET /more 200', weights: '20%,100', strategy: 'direct', 'on-undecided': 'hold', 'healthy-within': '9s', judge: '{ errors: { ceiling: 2% } }',
    database: 'input', store: '{ disk: { path: /input } }', migrate: 'input', revision: 'rev', 'flush-cache': 'flush', degraded: 'fail', integration: 'make test', soak: '3m',
  }
  const found = await environmentOf({ file, inputs })
  expect(found).toMatchObject({
    app: 'other', state: '/state', url: 'https://input.example', platform: { port: 9001, keep: 5 }, identity: { kind: 'json', path: '/health', pointer: 'version' },
    checks: [{ name: 'GET /input' }, { name: 'GET /more 200' }],
    rollout: { weights: [20, 100], strategy: 'direct', onUndecided: 'hold', healthyWithinMs: 9000, stepAtLeastMs: 1000 },
    judge: { checks: [{ name: 'errors ceiling' }], pollMs: 1000 },
    backup: { database: 'input', store: { path: '/input' } }, migrate: { up: 'input', revision: 'rev', down: 'file' }, flushCache: 'flush', degraded: 'fail', integration: 'make test', soakMs: 180_000,
  })
  expect(found.settings).toEqual({ B: '1', C: 'x=y' })
})

test('a bare word names a platform or a store', async () => {
  const found = await environmentOf({ file, inputs: { platform: 'local', store: 'disk' } })
  expect(found.platform).toMatchObject({ name: 'local', port: 8080 })
  expect(found.backup?.store).toEqual({ name: 'disk', path: '.ecluse/backups' })
})

test('an empty input is none', async () => {
  expect((await environmentOf({ file, inputs: { url: ' ', weights: '' } })).url).toBe('https://file.example')
})

test('what is wrong in an input is said with its name', async () => {
  const said = await problemsOf({ file, inputs: { identity: '[[', platform: 'locl', weights: '5,3', judge: '{ errors: { fail-abov: 1 } }', store: '{ s3: { bucket: x } }' } })
  expect(said.map((one) => one.split('. ')[0])).toEqual([
    'input-invalid Input `identity` is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 1, column 3',
    'config-invalid Input `platform`: `environments.production.platform.locl` is not a key that exists here',
    'config-invalid Input `platform`: `environments.production.platform` is a mapping of locl',
    'config-invalid Input `weights`: `environments.production.rollout.weights` is [5,3]',
    'config-invalid Input `judge`: `environments.production.judge.errors.fail-abov` is not a key that exists here',
    'config-invalid Input `store`: `environments.production.backup.store.s3.bucket` is "x"',
  ])
})

const NOTHING_MORE = { builder: 'oci-layout', contexts: {}, secrets: {}, tags: [], attestations: 'full' }

test('build: file, inputs and defaults', async () => {
  expect(await buildOf({})).toEqual({ ...NOTHING_MORE, app: 'folder', state: '.ecluse', context: '.', file: 'Dockerfile', platforms: ['linux/amd64'] })
  const written = 'app: shop\nstate: /s\nbuild: { context: web, file: D, platforms: [linux/arm64], max-size: 1.5MiB }\n'
  expect(await buildOf({ file: written })).toEqual({ ...NOTHING_MORE, app: 'shop', state: '/s', context: 'web', file: 'D', platforms: ['linux/arm64'], maxBytes: 1_572_864 })
  expect(await buildOf({ file: written, inputs: { context: 'c', file: 'f', platforms: 'linux/amd64,linux/arm64', 'max-size': '2KB' } })).toMatchObject({ context: 'c', file: 'f', platforms: ['linux/amd64', 'linux/arm64'], maxBytes: 2000 })
})

test('build: problems have their places', async () => {
  expect(await problemsOf({ file: 'build: { platforms: [linux], max-size: big, scan: { with: trivi }, contxt: . }\n' }, buildOf)).toEqual([
    expect.stringMatching(/^config-invalid ecluse\.yml:1:22: `build\.platforms\.0` is "linux"\. Write a platform, such as `linux\/amd64`\.$/),
    expect.stringMatching(/^config-invalid ecluse\.yml:1:30: `build\.max-size` is "big"\. Write a size, such as `300MB`\.$/),
    expect.stringMatching(/^config-invalid ecluse\.yml:1:53: `build\.scan\.with` is "trivi"\. Write `osv-scanner`, `grype` or `trivy`\.$/),
    expect.stringMatching(/^config-invalid ecluse\.yml:1:68: `build\.contxt` is not a key that exists here\. Did you mean `context`\?/),
  ])
  expect(await problemsOf({ inputs: { 'max-size': 'big' } }, buildOf)).toEqual(['config-invalid Input `max-size`: `build.max-size` is "big". Write a size, such as `300MB`.'])
})

test('what the scan needs does not keep an environment from being loaded', async () => {
  expect(await problemsOf({ file: `build: { scan: { with: trivy } }\n${file}` })).toEqual([])
})
