import { expect, test } from '@jest/globals'
import { usualBackup } from '../../../core/domain/backup.js'
import { fileSchema } from '../../../core/config/schema.js'
import { configJsonSchema } from '../../../core/config/json-schema.js'
import { environmentOf, problemsOf } from './lab.js'

const env = { DATABASE_URL: 'postgres://shop:pw@db/shop' }
const whole = (platform: (host: string) => string): string => `app: shop
build: { context: ., platforms: [linux/amd64, linux/arm64], max-size: 300MB, scan: { with: osv-scanner, fail-on: high } }
identity: { get: /health, json: version }
environments:
  staging:
    url: https://staging.shop.example
    platform: ${platform('staging.shop.example')}
    migrate: { up: npx prisma migrate deploy, revision: npx prisma migrate status }
    checks:
      - { get: /health, json: { status: ok }, within: 500ms }
      - { get: /, status: 200, contains: Shop }
    integration: npm run test:integration
    soak: 15m
  production:
    extends: staging
    url: https://shop.example
    platform: ${platform('shop.example')}
    rollout: { strategy: canary, weights: [5, 25, 50, 100], on-undecided: promote-if-unsuspected }
    judge:
      metrics: { haproxy: {} }
      errors: { fail-above: +10% }
      latency: { slower-than: 300ms, fail-above: +20% }
    backup: { database: "\${env:DATABASE_URL}", store: { s3: { bucket: shop-backups } }, encrypt-to: [age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p], keep: { daily: 7, weekly: 4, monthly: 12 }, max-age: 24h }
    watch: { for: 60m, on-fail: rollback }
    notify: { slack: { channel: "#deploys" }, escalate: { after: 10m, to: { email: oncall@shop.example } } }
`
const compose = whole((host) => `{ compose: { host: ssh://deploy@${host}, files: [compose.yml], service: web } }`)
const local = whole(() => '{ local: {} }')
  .replace('metrics: { haproxy: {} }', 'metrics: { local: {} }')
  .replace(/, store: .*max-age: 24h \}/, ' }')
  .replace(/ {4}notify[^]*$/, '')

test('the surface that was promised: each part that this version lacks is refused, and nothing else', async () => {
  expect((await problemsOf({ file: compose, env })).toSorted()).toEqual([
  ])
  expect(await environmentOf({ file: compose, env, name: 'staging' })).toMatchObject({
    platform: { name: 'compose', hosts: [{ address: 'ssh://deploy@staging.shop.example' }], files: ['compose.yml'], service: 'web', healthPath: '/health' }, metrics: { name: 'haproxy' },
  })
})

test('the same on the local platform is served', async () => {
  const found = await environmentOf({ file: local, env })
  expect(found).toMatchObject({
    app: 'shop', url: 'https://shop.example', platform: { name: 'local', port: 8080, healthPath: '/health' }, identity: { kind: 'json', path: '/health', pointer: 'version' },
    migrate: { up: 'npx prisma migrate deploy', revision: 'npx prisma migrate status' }, integration: 'npm run test:integration', soakMs: 900_000,
    backup: usualBackup(env.DATABASE_URL, { name: 'disk', path: '.ecluse/backups' }), metrics: { name: 'local' },
  })
  expect(found.checks).toHaveLength(2)
  expect(found.judge.checks.map(({ metric }) => metric)).toEqual(['errors', 'latency'])
})

interface Part {
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, Part>>
  readonly items?: Part
  readonly anyOf?: readonly Part[]
  readonly additionalProperties?: Part | boolean
}

const keysIn = (part: Part, path = ''): readonly (readonly [string, Part])[] => [
  ...Object.entries(part.properties ?? {}).flatMap(([key, inner]) => [[`${path}.${key}`, inner] as const, ...keysIn(inner, `${path}.${key}`)]),
  ...[part.items, part.additionalProperties].flatMap((inner) => (typeof inner === 'object' ? keysIn(inner, `${path}.*`) : [])),
  ...(part.anyOf ?? []).flatMap((inner) => keysIn(inner, path)),
]

test('editors find a meaning, and a default, a choice or an example, at every key', () => {
  const schema: Part = JSON.parse(JSON.stringify(configJsonSchema()))
  const keys = keysIn(schema)
  expect(keys.length).toBeGreaterThan(100)
  expect(keys.filter(([, { description = '' }]) => description.length < 5).map(([path]) => path)).toEqual([])
  const shows = (part: Part): boolean => part.examples !== undefined || part.default !== undefined || part.enum !== undefined || part.properties !== undefined || part.type === 'boolean'
  expect(keys.filter(([, part]) => !shows(part)).map(([path]) => path)).toEqual([])
  expect(configJsonSchema()).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema', additionalProperties: false })
})

test('what the schema gives as examples, it takes', () => {
  // What no other key of these stands without.
  const must: Readonly<Record<string, object>> = { compose: { service: 'web' }, s3: { bucket: 'shop-backups' }, kubernetes: { pod: 'shop-db-0' }, pgbackrest: { stanza: 'shop' }, prometheus: { url: 'https://prometheus.example', preset: 'go' }, basic: { user: 'u', password: 'p' },
    cloudwatch: { 'load-balancer': 'app/shop/50dc6c495c0c9188' }, datadog: { 'api-key': 'a', 'application-key': 'b', requests: 'hits', errors: 'errors' }, escalate: { to: {} }, command: { run: './counters.sh' },
    email: { to: 'a@shop.example' }, alertmanager: { url: 'https://alerts.example' }, webhook: { url: 'https://ops.example' }, sentry: { organization: 'shop', project: 1, token: 't' }, counter: { url: 'https://desk.example', json: 'count' }, orders: { events: 'orders_total', direction: 'higher-is-better', tolerance: '10%' },
  }
  const withService = (key: string, inner: unknown): unknown => (Object.hasOwn(must, key) && typeof inner === 'object' && !Array.isArray(inner) ? { ...must[key], ...Object(inner) } : inner)
  const named: Readonly<Record<string, string>> = { secrets: 'DATABASE_URL', custom: 'orders' }
  const at = (path: string, value: unknown): unknown => path.split('.').slice(1).toReversed().reduce((inner, key, index, keys) => {
    const name = key === '*' ? named[keys[index + 1]!] ?? 'production' : key
    return { [name]: withService(name, inner) }
  }, value)
  const keys = keysIn(JSON.parse(JSON.stringify(configJsonSchema()))).filter(([path]) => !/\.checks\.|identity\.|latency\.|build\.scan\.|build\.login\.|verify\.\*\.|quality\.(\*|prepare)\.|access-key|watch\.|annotate\.grafana\.|secrets\.\*\.rotate\./.test(path))
  const refused = keys.flatMap(([path, { examples = [] }]) => examples.filter((example) => !fileSchema.safeParse(at(path, example)).success).map((example) => `${path}: ${JSON.stringify(example)}`))
  expect(refused).toEqual([])
})
