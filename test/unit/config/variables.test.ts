import { expect, test } from '@jest/globals'
import { environmentOf, problemsOf, production } from './lab.js'

test('variables are put in wherever a scalar stands', async () => {
  const file = production('url: "https://${env:HOST}:${env:PORT}"', 'platform: { local: { port: 1 } }', 'settings: { A: "${env:A}" }', 'checks:', '  - "GET / contains ${env:A}"')
  const found = await environmentOf({ file, env: { HOST: 'shop.example', PORT: '8443', A: 'x' } })
  expect(found).toMatchObject({ url: 'https://shop.example:8443', settings: { A: 'x' }, checks: [{ expect: { contains: ['x'] } }] })
})

test('an unquoted one means what its value would mean there; what only looks like a number stays a text', async () => {
  const file = production('platform:', '  local:', '    port: ${env:PORT}', '    sticky: ${env:STICKY}', 'settings:', '  A: ${env:ZEROS}', '  B: ${env:LONG}', '  C: "${env:PORT}"')
  const found = await environmentOf({ file, env: { PORT: '9000', STICKY: 'true', ZEROS: '007', LONG: '12345678901234567890' } })
  expect(found.platform).toMatchObject({ port: 9000, sticky: true })
  expect(found.settings).toEqual({ A: '007', B: '12345678901234567890', C: '9000' })
})

test('a missing one names key, variable and place', async () => {
  const said = 'environment-variable-missing ecluse.yml:4:15: `environments.production.backup.database` needs the environment variable `DATABASE_URL`, which is not set. Set `DATABASE_URL` in the `env:` of the step, or hand it over in `ECLUSE_ENV`.'
  const file = production('backup: { database: "${env:DATABASE_URL}" }')
  expect(await problemsOf({ file })).toEqual([said])
  expect(await problemsOf({ file, env: { DATABASE_URL: '' } })).toEqual([said])
  expect(await problemsOf({ file: production('backup: { database: "${env:toString}" }') })).toEqual([said.replaceAll('DATABASE_URL', 'toString')])
})

test('what something nearer takes the place of needs no variable', async () => {
  const file = 'environments: { staging: { backup: { database: "${env:STAGING_DB}" }, settings: { A: "${env:A}", B: "${env:B}" } }, production: { extends: staging, backup: { database: "${env:DB}" }, settings: { A: x } } }\n'
  const found = await environmentOf({ file, env: { DB: 'db', B: 'b' } })
  expect(found).toMatchObject({ backup: { database: 'db' }, settings: { A: 'x', B: 'b' } })
  expect((await environmentOf({ file, env: { B: 'b' }, inputs: { database: 'typed' } })).backup?.database).toBe('typed')
  expect(await problemsOf({ file })).toHaveLength(2)
})

test('nothing else is put in', async () => {
  const file = production('integration: echo ${HOME}', 'flush-cache: echo ${{ github.sha }}')
  expect(await problemsOf({ file })).toEqual([
    'config-invalid ecluse.yml:4:5: `environments.production.integration` holds "${HOME}". Only `${env:NAME}` is replaced; write it so, or leave the `${…}` out.',
    'config-invalid ecluse.yml:5:5: `environments.production.flush-cache` holds "${{ github.sha }". Only `${env:NAME}` is replaced; write it so, or leave the `${…}` out.',
  ])
})

test('what a variable holds is never read again', async () => {
  const shared = 'environments: { staging: &s { backup: { database: "${env:A}" } }, production: { backup: { database: "${env:A}" } } }\n'
  expect((await environmentOf({ file: shared, env: { A: 'x${env:B}' } })).backup?.database).toBe('x${env:B}')
})

test('a value that is shared by an alias is put in too', async () => {
  const file = 'environments: { staging: { backup: &b { database: "${env:A}" } }, production: { backup: *b } }\n'
  expect((await environmentOf({ file, env: { A: 'found' } })).backup?.database).toBe('found')
  expect(await problemsOf({ file })).toEqual([expect.stringMatching(/^environment-variable-missing ecluse\.yml:1:\d+: `environments\.production\.backup\.database`/)])
})

test('no message shows what a variable holds, whole or in part', async () => {
  const planted = 'planted-secret-'.repeat(6)
  const said = (await problemsOf({ file: production('url: "${env:S}"', 'soak: "${env:S}"', 'settings: { A: ["${env:S}"] }', 'rollout: { weights: ["${env:S}"] }'), env: { S: planted } })).join('\n')
  expect(said.match(/config-invalid/g)).toHaveLength(4)
  expect(said).not.toContain('planted')
})

test('a variable that would be a secret in the file is told to whoever hides them', async () => {
  const hidden: string[] = []
  await environmentOf({ file: production('url: "${env:URL}"', 'settings: { LOG: "${env:L}" }', 'backup: { database: "${env:D}" }'), env: { URL: 'https://x.example', L: 'info', D: 'postgres://u:pw@h/d' }, hide: (value) => hidden.push(value) })
  expect(hidden).toEqual(['postgres://u:pw@h/d'])
})

test('a secret does not become a setting, which is written down; its value is hidden and not shown', async () => {
  const hidden: string[] = []
  const file = production('settings: { API_TOKEN: "${env:T}", BACKEND: "${env:U}", LOG: info }')
  const said = await problemsOf({ file, env: { T: 'tttt', U: 'https://u:pw@h/d' }, hide: (value) => hidden.push(value) })
  expect(said).toEqual([
    expect.stringContaining('`environments.production.settings.API_TOKEN` holds what its name calls a secret'),
    expect.stringContaining('`environments.production.settings.BACKEND` holds an address with a password'),
  ])
  expect(hidden.toSorted()).toEqual(['https://u:pw@h/d', 'tttt'])
})

test.each(['../up', 'a/b', 'a b', ''.padEnd(101, 'a')])('an environment is not called "%s": its name becomes part of file names', async (name) => {
  expect(await problemsOf({ name, inputs: { platform: 'local' } })).toEqual([expect.stringMatching(/^input-invalid Input `environment` is/)])
})

const token = `ghp_${'a'.repeat(36)}`
test.each<[string, string, string]>([
  ['a password in an address', 'backup: { database: "postgres://shop:hunter2@db/shop" }', 'backup.database` holds an address with a password'],
  ['one within a command', 'integration: psql postgres://shop:hunter2@db/shop', 'integration` holds an address with a password'],
  ['a name', 'settings: { SESSION_SECRET: hunter2 }', 'settings.SESSION_SECRET` holds what its name calls a secret'],
  ['a name without a dash', 'settings: { PGPASSWORD: hunter2 }', 'settings.PGPASSWORD` holds what its name calls a secret'],
  ['a name with a number', 'settings: { PASSWORD: 1234 }', 'settings.PASSWORD` holds what its name calls a secret'],
  ['a header', 'checks: [{ get: /, headers: { Authorization: Bearer hunter2 } }]', 'checks.0.headers.Authorization` holds what its name calls a secret'],
  ['an AWS key', 'settings: { A: AKIAIOSFODNN7EXAMPLE }', 'settings.A` holds an AWS access key'],
  ['a token in a list', `checks: ["GET / contains ${token}"]`, 'checks.0` holds a GitHub token'],
  ['a Slack token', 'notify: { slack: { with: xoxb-1234567890-abc } }', 'notify.slack.with` holds a Slack token'],
  ['a private key', 'settings: { A: "-----BEGIN OPENSSH PRIVATE KEY-----" }', 'settings.A` holds a private key'],
])('secrets are refused by name, never shown: %s', async (_, line, said) => {
  const [found = ''] = await problemsOf({ file: production(line) })
  expect(found).toMatch(/^config-invalid ecluse\.yml:4:\d+: /)
  expect(found).toContain(`\`environments.production.${said}.`)
  for (const secret of ['hunter2', '1234', 'AKIA', token, 'xoxb', 'BEGIN']) expect(found).not.toContain(secret)
})

test('a secret that is also wrong is not shown for that', async () => {
  const said = (await problemsOf({ file: production('url: "ftp://me:hunter2@x"', 'rollout: { strategy: "ftp://me:hunter2@x" }') })).join('\n')
  expect(said.match(/config-invalid/g)).toHaveLength(4)
  expect(said).not.toContain('hunter2')
})

test('a reference is no secret', async () => {
  expect(await problemsOf({ file: production('backup: { database: "postgres://shop:${env:PW}@db/shop" }'), env: { PW: 'x' } })).toEqual([])
})

test('a key that the action does not look at needs no variable; any other still does', async () => {
  const file = production('backup: { database: "${env:DATABASE_URL}" }', 'settings: { A: "${env:HOST}" }')
  expect(await problemsOf({ file, unneeded: ['backup.database'] })).toEqual([expect.stringContaining('`HOST`')])
  expect((await environmentOf({ file, unneeded: ['backup.database'], env: { HOST: 'shop.example' } })).backup).toBeDefined()
})

test('the cache that is emptied after a rollback or a restore is nothing that a backup or a delivery asks for', async () => {
  const file = production('flush-cache: { redis: "${env:REDIS_URL}" }')
  expect(await problemsOf({ file })).toEqual([])
  expect(await problemsOf({ file, needed: ['flush-cache.redis'] })).toEqual([expect.stringContaining('`REDIS_URL`')])
  expect(await environmentOf({ file, needed: ['flush-cache.redis'], env: { REDIS_URL: 'redis://cache:6379/3' } })).toMatchObject({ flushCache: { redis: 'redis://cache:6379/3' } })
})

const sources = production(
  'platform: { local: {} }',
  'judge: { metrics: { prometheus: { url: "${env:PROM_URL}", preset: go, bearer: "${env:PROM_TOKEN}" } } }',
  'slo: { availability: 99.9% }',
  'triggers: { user-complaints: { sentry: { organization: shop, token: "${env:SENTRY_TOKEN}", url: "${env:SENTRY_URL}" } } }',
)

test.each([{}, { PROM_URL: 'https://prometheus.shop.example' }])('who looks at no source is not refused for its address: %j', async (env) => {
  expect(await problemsOf({ file: sources, env, unneeded: ['judge.metrics', 'triggers.user-complaints'] })).toEqual([])
  expect(await problemsOf({ file: production('platform: { local: {} }', 'triggers: { user-complaints: { counter: { url: "${env:COUNTER}" } } }'), unneeded: ['triggers.user-complaints'] })).toEqual([])
})

test('a variable that is missing is one problem, whatever form its value must have', async () => {
  const said = await problemsOf({ file: sources })
  expect(said.map((one) => /needs the environment variable `(\w+)`/.exec(one)?.[1] ?? one)).toEqual(['PROM_URL', 'PROM_TOKEN', 'SENTRY_TOKEN', 'SENTRY_URL'])
})

test('marks in charts are left out where a variable for them is not set, and that is known', async () => {
  const file = production('platform: { local: {} }', 'annotate: { grafana: { url: "${env:GRAFANA_URL}", token: "${env:GRAFANA_TOKEN}" } }')
  const found = await environmentOf({ file, env: { GRAFANA_URL: 'https://grafana.shop.example' } })
  expect(found).toMatchObject({ unmarked: ['GRAFANA_TOKEN'] })
  expect(found).not.toHaveProperty('annotate')
  const whole = await environmentOf({ file, env: { GRAFANA_URL: 'https://grafana.shop.example', GRAFANA_TOKEN: 'x' } })
  expect(whole).toMatchObject({ annotate: { url: 'https://grafana.shop.example', token: 'x' } })
  expect(whole).not.toHaveProperty('unmarked')
})
