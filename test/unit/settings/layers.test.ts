import { describe, expect, test } from '@jest/globals'
import { ECLUSE, loaded, overviewOf, problemsIn, SCHEMA, SHOP } from './lab.js'

describe('what a release gets', () => {
  test('base, then the own file, then defaults; texts as the application reads them', async () => {
    const production = await loaded(SHOP)
    expect(production.settings).toEqual({ DATABASE_POOL_SIZE: '50', LOGGING_LEVEL: 'info', LOGGING_FLUSH: '5s', FEATURES_NEW_CHECKOUT: 'false' })
    const staging = await loaded(SHOP, 'staging')
    expect(staging.settings).toEqual({ DATABASE_POOL_SIZE: '10', LOGGING_LEVEL: 'debug', LOGGING_FLUSH: '5s', FEATURES_NEW_CHECKOUT: 'true', FEATURES_GREETING: '007' })
  })

  test('a secret is the name of what holds it, never its value, which need not even be set', async () => {
    const production = await loaded(SHOP, 'production', { env: { DATABASE_URL: 'postgres://shop:pw@db/shop' } })
    expect(production.secretSettings).toEqual({ DATABASE_URL: 'DATABASE_URL' })
    expect(JSON.stringify(production)).not.toContain('pw@db')
  })

  test('a secret is hidden all the same: the release gets it, and may print it', async () => {
    const hidden: string[] = []
    await loaded(SHOP, 'production', { env: { DATABASE_URL: 'a plain word', OTHER: 'another' }, hide: (value) => hidden.push(value) })
    expect(hidden).toEqual(['a plain word'])
  })

  test('`settings` of ecluse.yml and the input win', async () => {
    const file = { ...SHOP, 'ecluse.yml': 'environments: { staging: { settings: { LOGGING_LEVEL: warn, OTHER: 1 } }, production: { extends: staging } }\n' }
    expect((await loaded(file)).settings).toMatchObject({ LOGGING_LEVEL: 'warn', OTHER: '1', DATABASE_POOL_SIZE: '50' })
    expect((await loaded(file, 'production', { overrides: { settings: 'DATABASE_POOL_SIZE=7' } })).settings).toMatchObject({ LOGGING_LEVEL: 'info', DATABASE_POOL_SIZE: '7' })
  })

  test('what wins must be of the type, and no secret', async () => {
    const file = { ...SHOP, 'ecluse.yml': 'environments:\n  staging: {}\n  production:\n    settings: { DATABASE_POOL_SIZE: many, DATABASE_URL: "${env:U}" }\n' }
    expect(await problemsIn(file, 'production', { env: { U: 'x' } })).toEqual([
      'ecluse.yml:4:43: `environments.production.settings.DATABASE_URL` is secret (`database.url`, environments/schema.yml:2:3), and settings are written down with the release. Take it out of `settings`, and write `"${env:NAME}"` in the layer of the environment.',
      'ecluse.yml:4:17: `environments.production.settings.DATABASE_POOL_SIZE` is "many". Write a number from 1 to 100, as `database.pool-size` (environments/schema.yml:3:3) has it.',
    ])
  })

  test('variables are put in, for the environment that is loaded alone', async () => {
    const file = {
      ...SHOP,
      'environments/schema.yml': 'a: { type: number }\nb: { type: string }\nc: { type: url }\n',
      'environments/base.yml': 'a: "${env:A}"\nb: ${env:B}\n',
      'environments/staging.yml': 'c: "https://${env:S}/"\n',
      'environments/production.yml': 'a: 5\nc: "https://${env:P}/"\n',
      '.env.example': 'A=1\nB=\nC=\n',
    }
    expect((await loaded(file, 'production', { env: { B: '12', P: 'shop.example' } })).settings).toEqual({ A: '5', B: '12', C: 'https://shop.example/' })
    expect((await loaded(file, 'staging', { env: { A: '7', B: 'true', S: 'x' } })).settings).toEqual({ A: '7', B: 'true', C: 'https://x/' })
    expect(await problemsIn(file, 'production')).toEqual([
      'environments/production.yml:2:1: `c` needs the environment variable `P`, which is not set. Set `P` in the `env:` of the step, or hand it over in `ECLUSE_ENV`.',
      'environments/base.yml:2:1: `b` needs the environment variable `B`, which is not set. Set `B` in the `env:` of the step, or hand it over in `ECLUSE_ENV`.',
    ])
    expect(await problemsIn(file, 'staging', { env: { A: 'planted-value', B: 'x', S: 'x' } })).toEqual(['environments/base.yml:1:1: `a` is "***". Write a number.'])
    const hidden: string[] = []
    expect(await problemsIn(file, 'staging', { env: { A: '1', B: 'postgres://u:pw@db/x', S: 'x' }, hide: (value) => hidden.push(value) })).toEqual([
      'environments/base.yml:2:1: `b` holds an address with a password, and settings are written down with the release. Let a setting say where the secret is (a file, a name in a secret store), never what it is.',
    ])
    expect(hidden).toEqual(['postgres://u:pw@db/x'])
  })

  test('an action that does not look at settings is not kept by them', async () => {
    const broken = { ...SHOP, 'environments/schema.yml': '- nonsense\n' }
    expect((await loaded(broken, 'production', { unneeded: ['settings'] })).settings).toEqual({})
    expect((await loaded(broken, 'production', { only: ['protection'] })).settings).toEqual({})
    expect(await problemsIn(broken)).toHaveLength(1)
  })
})

describe('when they are read', () => {
  test('not without a schema and layers, and not when switched off', async () => {
    expect((await loaded({ 'ecluse.yml': ECLUSE })).settings).toEqual({})
    expect((await loaded({ 'ecluse.yml': ECLUSE, 'environments/README.md': 'x', 'environments/terraform.yml': 'x: 1' })).settings).toEqual({})
    expect((await loaded({ ...SHOP, 'ecluse.yml': `layers: false\n${ECLUSE}` })).settings).toEqual({})
    expect(await overviewOf({ 'ecluse.yml': ECLUSE })).toBeUndefined()
    expect(await overviewOf({})).toBeUndefined()
    expect((await loaded({ 'environments/schema.yml': SCHEMA }, 'production', { overrides: { platform: 'local' } })).settings).toEqual({})
  })

  test('a file for an environment without a schema is said: it would be obeyed by nobody', async () => {
    expect(await problemsIn({ 'ecluse.yml': ECLUSE, 'environments/staging.yml': 'a: 1\n' })).toEqual(["There is no file environments/schema.yml, and environments has `staging.yml`. Write the schema of the settings there. If these files are not the application's settings, set `layers: false` in `ecluse.yml`."])
    expect(await problemsIn({ 'ecluse.yml': `layers: { folder: config }\n${ECLUSE}` })).toEqual([expect.stringContaining('There is no file config/schema.yml.')])
  })

  test('elsewhere, when that is said', async () => {
    const moved = {
      'ecluse.yml': `layers: { folder: ./config/env/, schema: config/settings.yml, env-example: config/dotenv }\n${ECLUSE}`,
      'config/settings.yml': 'a: { type: number }\n', 'config/env/base.yml': 'a: 1\n', 'config/dotenv': 'A=\n',
    }
    expect((await loaded(moved)).settings).toEqual({ A: '1' })
    const { 'config/dotenv': _, ...without } = moved
    expect(await problemsIn(without)).toEqual(['There is no file config/dotenv, which `layers.env-example` names. Write it, or take that key out.'])
    expect(await problemsIn({ 'ecluse.yml': `layers: { foldr: x }\n${ECLUSE}` })).toEqual([expect.stringContaining('ecluse.yml:1:11: `layers.foldr` is not a key that exists here. Did you mean `folder`?')])
    expect(await problemsIn({ 'ecluse.yml': `layers: config\n${ECLUSE}` })).toEqual(['ecluse.yml:1:1: `layers` is "config". Write `false`, or a mapping such as `{ folder: environments }`.'])
  })

  test('a file that belongs to no environment is an error, and so is one that ends otherwise', async () => {
    expect(await problemsIn({ ...SHOP, 'environments/prodction.yml': 'a: 1\n', 'environments/staging.yaml': 'a: 1\n' })).toEqual([
      'environments/prodction.yml: `ecluse.yml` has no environment `prodction`. Did you mean `production.yml`? Add `environments.prodction`, or move the file elsewhere.',
      'environments/staging.yaml: only files that end with `.yml` are read. Rename it to `staging.yml`.',
    ])
    expect(await problemsIn({ ...SHOP, 'ecluse.yml': 'environments: { production: {}, staging: {}, base: {} }\n' })).toEqual([expect.stringContaining('an environment can not be called `base`')])
  })

  test('an environment that only inputs know has settings when it has a file', async () => {
    const inputs = { overrides: { url: 'https://x.example' } }
    expect((await loaded(SHOP, 'preview', inputs)).settings).toEqual({})
    const preview = { ...SHOP, 'environments/preview.yml': 'features: { new-checkout: true, greeting: hello }\n' }
    expect((await loaded(preview, 'preview', inputs)).settings).toMatchObject({ FEATURES_GREETING: 'hello' })
  })
})
