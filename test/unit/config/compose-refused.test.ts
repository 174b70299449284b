import { describe, expect, test } from '@jest/globals'
import { problemsOf, production } from './lab.js'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHTd0bL8qF8g5Q0Pn9wVZxj6Yk1yJ3o2mB4cR7tUaSxE'
const HOST = 'the address of a host, such as `ssh://deploy@shop.example`'
const LINE = 'a line as `known_hosts` has it'
const refused = (text: string): Promise<readonly string[]> => problemsOf({ file: production(`platform: { compose: { service: web, ${text} } }`) })

describe('what is wrong is said with its place, and what to write', () => {
  test.each<[string, string, string]>([
    ['host: 5', 'host` is 5', HOST],
    ['host: ""', 'host` is ""', HOST],
    ['host: shop.example', 'host` is "shop.example"', 'it with its scheme, `ssh://`, before it'],
    ['host: deploy@shop.example', 'host`', 'it with its scheme'],
    ['host: "tcp://shop.example:2375"', 'host`', 'an `ssh://` address: an engine that listens on the network is not spoken to'],
    ['host: https://shop.example', 'host`', 'an `ssh://` address'],
    ['host: "unix:///var/run/docker.sock"', 'host`', 'the address of another host, or leave `host` out'],
    ['host: ssh://-oProxyCommand=x', 'host`', HOST],
    ['host: "ssh://-l@shop.example"', 'host`', HOST],
    ['host: "ssh://shop.example:70000"', 'host`', HOST],
    ['host: "ssh://shop.example?x=1"', 'host`', HOST],
    ['host: []', 'host` is []', 'at least one host'],
    ['host: [ssh://a.example, http://b.example]', 'host.1` is "http://b.example"', 'an `ssh://` address'],
    ['host: [ssh://root@a.example, "ssh://deploy@A.example:22"]', 'host.1` is "ssh://deploy@A.example:22"', 'another host: number 1 of the list is the same one'],
    [`host-keys: ${KEY}`, 'host-keys`', 'the name of the host before the key'],
    ['host-keys: "SHA256:abc"', 'host-keys`', 'the key itself, not its fingerprint'],
    ['host-keys: shop.example', 'host-keys` is "shop.example"', LINE],
    ['host-keys: ""', 'host-keys` is ""', LINE],
    ['host-keys: "# only a remark"', 'host-keys`', LINE],
    ['host-keys: []', 'host-keys` is []', `at least one line: ${LINE}`],
    [`host-keys: ["shop.example ${KEY}", "shop.example ssh-rsa"]`, 'host-keys.1` is "shop.example ssh-rsa"', LINE],
    ['files: []', 'files` is []', 'at least one compose file, or leave `files` out'],
    ['files: compose.yml', 'files` is "compose.yml"', 'a list of compose files'],
    ['files: [compose.yml, compose.yml]', 'files.1`', 'each file once'],
    ['files: ["-"]', 'files.0` is "-"', 'the path of a compose file'],
    ['project: My Shop', 'project` is "My Shop"', 'small letters, digits, `_` and `-`'],
    ['folder: srv/shop', 'folder` is "srv/shop"', 'a path on the host that begins with `/`'],
    ['port: 0', 'port` is 0', 'a whole number from 1 to 65535'],
    ['publish: 80', 'publish` is 80', 'a list of ports'],
    ['publish: ["80:8080"]', 'publish.0` is "80:8080"', 'a port of the host, such as `80`, `"127.0.0.1:8080"` or `"[::1]:8080"`; the port inside is `port`'],
    ['publish: [0]', 'publish.0` is 0', 'a port of the host'],
    ['publish: [8.5]', 'publish.0` is 8.5', 'a port of the host'],
    ['publish: ["256.0.0.1:80"]', 'publish.0` is "256.0.0.1:80"', 'a port of the host'],
    ['publish: [80, "127.0.0.1:80"]', 'publish.1` is "127.0.0.1:80"', 'another port: number 1 of the list has it already'],
    ['publish: ["[::]:80", "[::1]:80"]', 'publish.1` is "[::1]:80"', 'another port: number 1 of the list has it already'],
    ['health: health', 'health` is "health"', 'a path that begins with `/`'],
    ['health: "/a b"', 'health` is "/a b"', 'a path that begins with `/`'],
    ['drain: 0s', 'drain` is "0s"', 'a duration above zero'],
    ['keep: 0', 'keep` is 0', 'a whole number from 1 to 100'],
    ['adopt: maybe', 'adopt` is "maybe"', '`true` or `false`'],
    ['edge: haproxy', 'edge` is "haproxy"', 'a mapping, such as `{ image: haproxy:3.2 }`'],
    ['edge: { image: -x }', 'edge.image` is "-x"', 'an image, such as `haproxy:3.2`'],
    ['edge: { certificate: shop.pem }', 'edge.certificate` is "shop.pem"', 'a path on the host that begins with `/`'],
    ['edge: { reload: [nginx, nginx] }', 'edge.reload.1`', 'each service once'],
    ['edge: { reload: [web] }', 'edge.reload`', 'a service in front: releases replace this one'],
  ])('%s', async (text, found, write) => {
    const said = await refused(text)
    expect(said).toEqual([expect.stringMatching(/^config-invalid ecluse\.yml:4:\d+: /)])
    expect(said[0]).toContain(`\`environments.production.platform.compose.${found}`)
    expect(said[0]).toContain(`. Write ${write}`)
  })
})

test('ports that do not meet are taken', async () => {
  expect(await refused('publish: [80, 443]')).toEqual([])
  expect(await refused('publish: ["127.0.0.1:80", "10.0.0.5:80", "[::1]:80"]')).toEqual([])
  expect(await refused('publish: ["0.0.0.0:80", "[::]:80"]')).toEqual([])
})

test('hosts that are not the same are taken: another port, another socket', async () => {
  expect(await refused('host: [ssh://a.example, "ssh://a.example:2222", ssh://a.example/run/user/1000/docker.sock]')).toEqual([])
})

test('a password in the address of a host is refused, also when a variable brings it, and is not shown', async () => {
  const file = production('platform: { compose: { service: web, host: "${env:HOST}" } }')
  const said = await problemsOf({ file, env: { HOST: 'ssh://deploy:hunter22@shop.example' } })
  expect(said).toEqual(['config-invalid ecluse.yml:4:42: `environments.production.platform.compose.host` is a value that is not shown. Write it without a password: hosts are reached by key, see `ssh-key`.'])
  expect((await refused('host: "ssh://deploy:hunter22@shop.example"')).join('\n')).not.toContain('hunter22')
})

test('what a variable brings is in no advice either', async () => {
  const file = production('platform: { compose: { service: web, host: "${env:HOST}" } }')
  expect((await problemsOf({ file, env: { HOST: 'inner.shop.example' } })).join('\n')).not.toContain('inner.shop')
})

test('everything at once', async () => {
  const said = await problemsOf({ file: production('platform: { compose: { host: [], files: [], publish: [x], health: up, edge: { imag: x }, keys: 1 } }') })
  expect(said.map((one) => /compose\.(\S+)` /.exec(one)?.[1])).toEqual(['host', 'files', 'publish.0', 'health', 'edge.imag', 'keys', 'service'])
})

test('nothing but a service is needed, and it is', async () => {
  expect(await problemsOf({ file: production('platform: { compose: {} }') })).toEqual(['config-invalid ecluse.yml:4:17: `environments.production.platform.compose.service` is missing. Write the name of a service in the compose files, such as `web`.'])
  expect(await problemsOf({ inputs: { platform: 'compose' } })).toEqual([expect.stringContaining('Input `platform`: `environments.production.platform.compose.service` is missing.')])
})
