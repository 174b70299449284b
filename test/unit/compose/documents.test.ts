import { expect, test } from '@jest/globals'
import { edgeContainer, hostScope } from '../../../core/domain/edge-control/index.js'
import { instanceDocument } from '../../../core/drivers/platforms/compose/model/index.js'
import { release } from '../../support/compose/project.js'
import { networks, stack, web } from './model.js'

const digest = `sha256:${'a'.repeat(64)}`
const given = { scope: 'shop-production', environment: 'production', secretSettings: {} }
type Document = { readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>> } & Readonly<Record<string, unknown>>
const read = (text: string): Document => JSON.parse(text) as Document

test('a launch has one service for each replica, called as its container, and nothing that only one can have', () => {
  const config = {
    name: 'shop', networks, volumes: { data: { name: 'shop_data' }, unused: { name: 'shop_unused' } }, secrets: { key: { file: '/srv/key' }, other: { file: '/srv/other' } }, configs: {},
    services: {
      web: {
        ...web, build: { context: '.' }, container_name: 'web', scale: 2, depends_on: { db: { condition: 'service_started' } }, develop: {}, pull_policy: 'build', mac_address: 'x',
        deploy: { replicas: 2, resources: { limits: { cpus: 1 } }, restart_policy: { condition: 'any' }, labels: {} }, restart: 'always', profiles: ['a'], links: ['db'], ports: [{ target: 8080 }],
        networks: { default: { aliases: ['shop'], ipv4_address: '10.0.0.2', priority: 5 } }, secrets: [{ source: 'key', target: '/run/secrets/key' }],
        volumes: [{ type: 'volume', source: 'data', target: '/data' }, { type: 'bind', source: '/checkout/a', target: '/a' }], stop_grace_period: '90s', hostname: 'web-host',
      },
      db: { image: 'db' },
    },
  }
  const of = stack(config, { folder: '/srv/shop' })
  const document = read(instanceDocument({ ...given, stack: of, release: release(`shop@${digest}`), instance: 'i7' }))
  const names = ['ecluse-shop-production-i7-1', 'ecluse-shop-production-i7-2']
  expect(Object.keys(document.services)).toEqual(names)
  expect(document.services[names[0]!]).toEqual({
    image: `shop@${digest}`, container_name: names[0], restart: 'always', deploy: { resources: { limits: { cpus: 1 } } }, expose: ['8080'], hostname: 'web-host', stop_grace_period: '90s',
    environment: { ECLUSE_VERSION: 'v1', ECLUSE_INSTANCE: 'i7', ECLUSE_ENVIRONMENT: 'production' },
    labels: { 'ecluse.scope': 'shop-production', 'ecluse.instance': 'i7', 'ecluse.role': 'release', 'ecluse.service': 'web', 'ecluse.version': 'v1', 'ecluse.release': JSON.stringify(release(`shop@${digest}`)) },
    networks: { default: { priority: 5 } }, secrets: [{ source: 'key', target: '/run/secrets/key' }],
    volumes: [{ type: 'volume', source: 'data', target: '/data' }, { type: 'bind', source: '/srv/shop/a', target: '/a' }],
  })
  expect(document).toMatchObject({ networks: { default: { external: true, name: 'shop_default' } }, volumes: { data: { external: true, name: 'shop_data' } }, secrets: { key: { file: '/srv/key' } } })
  expect(Object.keys(document['volumes'] as object)).toEqual(['data'])
  expect(Object.keys(document['secrets'] as object)).toEqual(['key'])
  expect(document).not.toHaveProperty('configs')
})

test('a variable that a proxy looks for stays with the edge, and a secret is only named', () => {
  const of = stack({ name: 'shop', networks, services: { web: { ...web, environment: { VIRTUAL_HOST: 'x', A: 'price $$5', B: null }, labels: { 'caddy': 'x', 'caddy_0.reverse_proxy': 'y', 'traefik.enable': 'true', caddyshack: 'stays' } } } })
  const text = instanceDocument({ ...given, stack: of, release: release(`shop@${digest}`, { settings: { C: '$' } }), instance: 'i', secretSettings: { KEY: 'SHOP_KEY' } })
  const service = read(text).services['ecluse-shop-production-i-1']!
  expect(service['environment']).toEqual({ A: 'price $$5', B: null, C: '$$', KEY: '${SHOP_KEY?secret setting KEY}', ECLUSE_VERSION: 'v1', ECLUSE_INSTANCE: 'i', ECLUSE_ENVIRONMENT: 'production' })
  expect(Object.keys(service['labels'] as object).filter((label) => !label.startsWith('ecluse.'))).toEqual(['caddyshack'])
  expect(() => instanceDocument({ ...given, stack: of, release: release('x'), instance: 'i', secretSettings: { A: 'no-name', B: '1X' } })).toThrow(/"no-name"[^]*"1X"/)
})

test.each([
  ['shop', 'production', 'shop-production'], ['Shop', 'production', /^shop-production-\w+$/], ['shop/web', 'Eu West', /^shop-web-eu-west-\w+$/],
  ['a'.repeat(50), 'production', /^a{34,}-\w+$/], ['shop', 'preview-'.repeat(9), /^shop-preview-.*-\w+$/], ['店', '本番', /-\w+$/],
])('%s in %s has names that containers can find each other by', (app, environment, form) => {
  const scope = hostScope(app, environment)
  expect(scope).toMatch(form)
  for (const name of [...stack({ name: 'shop', networks, services: { web: { ...web, scale: 8 } } }).containersOf(scope, `${'f'.repeat(12)}b`), edgeContainer(scope)]) {
    expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/)
  }
  expect(hostScope(`${app}.`, environment)).not.toBe(scope)
})

test('two applications never share an edge, wherever a dash stands', () => {
  const pairs = [['shop', 'eu-production'], ['shop-eu', 'production'], ['shop-eu-production', ''], ['a', 'b-c-d'], ['a-b', 'c-d'], ['a-b-c', 'd']] as const
  expect(new Set(pairs.map(([app, environment]) => hostScope(app, environment))).size).toBe(pairs.length)
})
