import { describe, expect, test } from '@jest/globals'
import { edgeCalls, type EdgeCalls } from '../../../core/drivers/platforms/compose/model/index.js'
import type { ComposeOptions } from '../../../core/domain/environment.js'
import { networks, stack, web } from './model.js'

const edge = { image: 'haproxy:3.2', certificate: '/etc/shop.pem', reload: [] }
const tls = { port: 8443, file: '/etc/ecluse/certificate.pem' }

/** The values of a flag, in their order. */
const valuesOf = (argv: readonly string[], flag: string): readonly string[] => argv.flatMap((word, index) => (argv[index - 1] === flag ? [word] : []))

const calls = (options: Partial<ComposeOptions>, setup: Parameters<typeof edgeCalls>[0]['setup'], service: object = web): EdgeCalls =>
  edgeCalls({ scope: 'shop-production', stack: stack({ name: 'shop', networks: { ...networks, back: { name: 'shop_back' } }, services: { web: service } }, options), options: { edge, drainMs: 2500, ...options }, setup })

describe("the edge's container", () => {
  test('publishes each port of the host to where requests come in', () => {
    const publish = ['80', '127.0.0.1:8080', '[::1]:8081']
    expect(valuesOf(calls({ publish }, { port: 8080 }).create, '--publish')).toEqual(['80:8080/tcp', '127.0.0.1:8080:8080/tcp', '[::1]:8081:8080/tcp'])
    const picked = { ...web, ports: [{ target: 8080 }, { target: 8080, host_ip: '127.0.0.1' }, { target: 8080, host_ip: '::1', published: '9' }] }
    expect(valuesOf(calls({}, { port: 8080 }, picked).create, '--publish')).toEqual(['8080/tcp', '127.0.0.1::8080/tcp', '[::1]:9:8080/tcp'])
    expect(valuesOf(calls({}, { port: 8080 }).create, '--publish')).toEqual([])
  })

  test('ends TLS on every port but a further one that is 80', () => {
    expect(valuesOf(calls({ publish: ['80', '443', '8443'] }, { port: 8080, tls }).create, '--publish')).toEqual(['80:8080/tcp', '443:8443/tcp', '8443:8443/tcp'])
    expect(valuesOf(calls({ publish: ['80'] }, { port: 8080, tls }).create, '--publish')).toEqual(['80:8443/tcp'])
    expect(valuesOf(calls({ publish: ['443'] }, { port: 8080, tls }).create, '--mount')).toEqual(['type=bind,source=/etc/shop.pem,target=/etc/ecluse/certificate.pem,readonly'])
    expect(valuesOf(calls({ edge: { image: 'haproxy', reload: [] } }, { port: 8080 }).create, '--mount')).toEqual([])
  })

  test('is on every network of the service under its names, and needs no entrypoint of the image', () => {
    const service = { ...web, container_name: 'shop-web', networks: { default: { aliases: ['shop', 'web'] }, back: { ipv4_address: '10.0.0.2', ipv6_address: 'fd00::2' } } }
    const { create, connect } = calls({}, { port: 8080 }, service)
    expect(valuesOf(create, '--network')).toEqual(['shop_default'])
    expect(valuesOf(create, '--network-alias')).toEqual(['web', 'web-edge', 'shop', 'shop-web'])
    expect(connect).toEqual([['network', 'connect', '--alias', 'web', '--alias', 'web-edge', '--alias', 'shop-web', '--ip', '10.0.0.2', '--ip6', 'fd00::2', 'shop_back', 'ecluse-shop-production-edge']])
    expect(create.slice(-7)).toEqual(['--entrypoint', 'haproxy', 'haproxy:3.2', '-W', '-db', '-f', '/var/lib/ecluse/haproxy.cfg'])
    expect(valuesOf(create, '--stop-timeout')).toEqual(['8'])
  })
})
