import { expect, test } from '@jest/globals'
import { buildOf, problemsOf } from './lab.js'

const FILE = `app: shop
build:
  repository: registry.example/acme/shop
  login: { username: me, password: "\${env:REGISTRY_TOKEN}" }
  contexts: [assets=../assets]
  secrets: [npm_token=NPM_TOKEN]
  cache: registry
  tags: [latest]
`
const env = { REGISTRY_TOKEN: 's3cret-token', NPM_TOKEN: 's3cret-npm' }

test('a repository is built for by buildx, with all that it was told', async () => {
  expect(await buildOf({ file: FILE, env })).toEqual({
    app: 'shop', state: '.ecluse', builder: 'buildx', context: '.', file: 'Dockerfile', platforms: ['linux/amd64'], attestations: 'full', tags: ['latest'],
    repository: 'registry.example/acme/shop', compareWith: 'registry.example/acme/shop:production', login: { username: 'me', password: 's3cret-token' },
    contexts: { assets: '../assets' }, secrets: { npm_token: 's3cret-npm' }, cache: { kind: 'registry', place: 'registry.example/acme/shop', withinMs: 120_000 },
  })
})

test('inputs take the place of what the file says', async () => {
  const inputs = {
    repository: 'other.example/shop', 'registry-username': 'you', 'registry-password': 'p', contexts: 'a=docker-image://base:1\nb=lib', secrets: 'x=NPM_TOKEN', cache: 'local', 'cache-within': '30s',
    attestations: 'none', tags: 'one\ntwo', 'compare-with': 'registry.example/old@sha256:0',
  }
  expect(await buildOf({ file: FILE, env, inputs })).toMatchObject({
    repository: 'other.example/shop', login: { username: 'you', password: 'p' }, contexts: { a: 'docker-image://base:1', b: 'lib' }, secrets: { x: 's3cret-npm' },
    cache: { kind: 'local', place: '.ecluse/build-cache', withinMs: 30_000 }, attestations: 'none', tags: ['one', 'two'], compareWith: 'registry.example/old@sha256:0',
  })
  expect(await buildOf({ file: FILE, env, inputs: { cache: 'none', builder: 'buildx' } })).not.toHaveProperty('cache')
})

test('values of secrets are made known, to be hidden', async () => {
  const hidden: string[] = []
  await buildOf({ file: FILE, env, hide: (value) => void hidden.push(value) })
  expect(hidden).toEqual(expect.arrayContaining(['s3cret-npm', 's3cret-token']))
})

test('everything that does not go together is told at once', async () => {
  expect(await problemsOf({ file: 'build: { builder: oci-layout, repository: registry.example/a, cache: gha, secrets: [a=UNSET_ONE] }\n' }, buildOf)).toEqual([
    'config-invalid ecluse.yml:1:44: `build.repository` needs the builder `buildx`. Add `build.repository` and leave `builder` out, or take the key away.',
    'config-invalid ecluse.yml:1:83: `build.secrets` needs the builder `buildx`. Add `build.repository` and leave `builder` out, or take the key away.',
    'config-invalid ecluse.yml:1:71: `build.cache` needs the builder `buildx`. Add `build.repository` and leave `builder` out, or take the key away.',
    'environment-variable-missing ecluse.yml:1:83: the secret `a` is to be in the variable `UNSET_ONE`, which is not set. Set `UNSET_ONE` in the `env:` of the step, or hand it over in `ECLUSE_ENV`.',
  ].map((line) => expect.stringMatching(new RegExp(`^${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\d+: /, ':\\d+: ')}$`))))
  expect(await problemsOf({ inputs: { builder: 'buildx' } }, buildOf)).toEqual(['config-invalid Input `builder`: `build.builder` is `buildx`, and there is no `repository` that it could push to. Add `build.repository`.'])
  expect(await problemsOf({ file: 'build: { repository: Registry/Shop:1, tags: [a b], secrets: [x], contexts: [y] }\n' }, buildOf)).toHaveLength(4)
})
