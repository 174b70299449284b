import { expect, test } from '@jest/globals'
import { differingSettings, settingsDiffReport } from '../../../core/domain/settings/diff.js'
import { markdown } from '../../../core/host/summary/markdown.js'
import { overviewOf, saidOf, SHOP } from './lab.js'

const tableOf = async (checkout: Readonly<Record<string, string>>): Promise<readonly (readonly string[])[]> => {
  const overview = await overviewOf(checkout)
  return settingsDiffReport(overview!).flatMap((part) => (part.kind === 'table' ? [part.columns, ...part.rows] : []))
}

test('every key in every environment, with what differs', async () => {
  expect(await tableOf(SHOP)).toEqual([
    ['', 'Setting', 'Variable', 'staging', 'production'],
    ['', 'database.url', 'DATABASE_URL', 'set', 'set'],
    ['≠', 'database.pool-size', 'DATABASE_POOL_SIZE', '10', '50'],
    ['≠', 'logging.level', 'LOGGING_LEVEL', 'debug', 'info'],
    ['', 'logging.flush', 'LOGGING_FLUSH', '5s', '5s'],
    ['≠', 'features.new-checkout', 'FEATURES_NEW_CHECKOUT', 'true', 'false'],
    ['≠', 'features.greeting', 'FEATURES_GREETING', '007', 'not set'],
  ])
  const overview = (await overviewOf(SHOP))!
  expect(differingSettings(overview)).toHaveLength(4)
  const [first, , last] = settingsDiffReport(overview)
  expect(first).toEqual({ kind: 'text', text: 'Settings of the application: 4 of 6 differ between staging, production. All of them are what `environments/schema.yml` allows. `.env.example` names the same variables.' })
  expect(last).toMatchObject({ title: 'Where each value comes from', text: expect.stringContaining('staging  DATABASE_POOL_SIZE  environments/schema.yml:3:3 (default)\nstaging  LOGGING_LEVEL  environments/staging.yml:1:12') })
  expect(markdown({ title: 'Settings', parts: settingsDiffReport(overview) })).toContain('| ≠ | logging.level | LOGGING&#95;LEVEL | debug | info |')
})

test('what ecluse.yml sets wins there too, and what only it knows is listed after', async () => {
  const ecluse = 'environments:\n  staging:\n    settings: { LOGGING_LEVEL: warn, EXTRA: "${env:EXTRA}" }\n  production: { extends: staging, settings: { EXTRA: two } }\n'
  const rows = await tableOf({ ...SHOP, 'ecluse.yml': ecluse })
  expect(rows).toContainEqual(['', 'logging.level', 'LOGGING_LEVEL', 'warn', 'warn'])
  expect(rows.at(-1)).toEqual(['≠', '', 'EXTRA', '${env:EXTRA}', 'two'])
  const overview = await overviewOf({ ...SHOP, 'ecluse.yml': ecluse })
  expect(overview!.environments[1]!.settings.find(({ name }) => name === 'LOGGING_LEVEL')).toMatchObject({ value: 'warn', from: 'ecluse.yml:3:17' })
})

test('two secrets are alike when both are set, whichever variable holds them; set and not set are not', async () => {
  const files = {
    ...SHOP, 'environments/schema.yml': 'key: { type: string, secret: true, required: false, env: MAIN_KEY }\nother: { type: string, secret: true, required: false }\n', 'environments/base.yml': '', '.env.example': 'MAIN_KEY=\nOTHER=\n',
    'environments/staging.yml': 'key: "${env:A}"\nother: "${env:A}"\n', 'environments/production.yml': 'key: "${env:B}"\nother: null\n',
  }
  expect((await tableOf(files)).slice(1)).toEqual([['', 'key', 'MAIN_KEY', 'set', 'set'], ['≠', 'other', 'OTHER', 'set', 'not set']])
  expect(JSON.stringify(await overviewOf(files))).not.toContain('${env:')
})

test('layers that are wrong have no table, but a list of all that is wrong; nothing of ecluse.yml that is secret is shown', async () => {
  const broken = { ...SHOP, 'ecluse.yml': 'environments:\n  staging: { settings: { API_TOKEN: hunter2 } }\n  production: { settings: { DATABASE_POOL_SIZE: x } }\n', 'environments/staging.yml': 'x: 1\nfeatures: { new-checkout: true, greeting: a }\n' }
  const said = await saidOf(() => overviewOf(broken))
  expect(said.map((one) => /^\S+/.exec(one)?.[0])).toEqual(['ecluse.yml:2:26:', 'environments/staging.yml:1:1:', 'ecluse.yml:3:29:'])
  expect(said.join()).not.toContain('hunter2')
})
