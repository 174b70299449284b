import { describe, expect, test } from '@jest/globals'
import type { ComposeOptions } from '../../../core/domain/environment.js'
import { environmentOf, problemsOf, production, type Given } from './lab.js'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHTd0bL8qF8g5Q0Pn9wVZxj6Yk1yJ3o2mB4cR7tUaSxE'
const PRIVATE = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n-----END OPENSSH PRIVATE KEY-----\n'

const compose = (text: string, ...more: readonly string[]): Given => ({ file: production(`platform: { compose: { service: web, ${text} } }`, ...more), env: { DEPLOY_KEY: PRIVATE } })

async function optionsOf(given: Given): Promise<ComposeOptions> {
  const { platform } = await environmentOf(given)
  if (platform?.name !== 'compose') throw new Error('another platform')
  return platform
}

test('the least that can be said: a service on the engine of this machine, and the defaults', async () => {
  expect(await environmentOf(compose('publish: [80]'))).toMatchObject({
    url: 'http://127.0.0.1', identity: { kind: 'header', path: '/', header: 'x-ecluse-version' }, metrics: { name: 'haproxy' }, judge: { pollMs: 2000 },
  })
  expect(await optionsOf(compose(''))).toEqual({
    name: 'compose', hosts: [{ hostKeys: [] }], files: [], service: 'web', healthPath: '/', sticky: false, drainMs: 10_000, keep: 5, adopt: false, edge: { image: 'haproxy:3.2', reload: [] },
  })
})

test('all that can be said', async () => {
  const said = `host: "ssh://deploy@shop.example:2222/run/user/1000/docker.sock", host-keys: "[shop.example]:2222 ${KEY} ops", ssh-key: "\${env:DEPLOY_KEY}", files: [compose.yml, deploy/prod.yml], project: shop, folder: /srv/shop,`
    + ' port: 3000, publish: [80, "127.0.0.1:8080"], health: "/up?deep=1", sticky: true, drain: 1m, keep: 2, adopt: true, edge: { image: "mirror.example:5000/haproxy:3.2@sha256:abc", certificate: /etc/shop/shop.pem, reload: [nginx] }'
  expect(await optionsOf(compose(said))).toEqual({
    name: 'compose', hosts: [{ address: 'ssh://deploy@shop.example:2222/run/user/1000/docker.sock', hostKeys: [`[shop.example]:2222 ${KEY} ops`] }], sshKey: PRIVATE,
    files: ['compose.yml', 'deploy/prod.yml'], project: 'shop', folder: '/srv/shop', service: 'web', port: 3000, publish: ['80', '127.0.0.1:8080'], healthPath: '/up?deep=1',
    sticky: true, drainMs: 60_000, keep: 2, adopt: true, edge: { image: 'mirror.example:5000/haproxy:3.2@sha256:abc', certificate: '/etc/shop/shop.pem', reload: ['nginx'] },
  })
})

test('health is asked where identity is, and what an edge can not ask is not asked by it', async () => {
  expect((await optionsOf(compose('', 'identity: { get: /version, header: x-release }'))).healthPath).toBe('/version')
  expect((await optionsOf(compose('', 'identity: { get: "/a b", json: version }'))).healthPath).toBe('/')
})

describe('the address of users', () => {
  test.each([
    ['publish: ["127.0.0.1:8080", 80]', 'http://127.0.0.1:8080'],
    ['publish: ["0.0.0.0:80"]', 'http://127.0.0.1'],
    ['publish: ["[::]:8080"]', 'http://[::1]:8080'],
    ['publish: ["10.0.0.5:8080"]', 'http://10.0.0.5:8080'],
    ['', undefined],
    ['publish: []', undefined],
    ['publish: [443], edge: { certificate: /etc/shop.pem }', undefined],
    ['publish: [80], host: ssh://shop.example', undefined],
  ])('%s → %s', async (text, url) => {
    expect((await environmentOf(compose(text))).url).toBe(url)
  })

  test('is what was written', async () => {
    expect((await environmentOf(compose('publish: [80]', 'url: https://shop.example'))).url).toBe('https://shop.example')
  })
})

describe('keys of hosts', () => {
  const keysOf = async (hosts: string, ...lines: readonly string[]): Promise<readonly (readonly string[])[]> =>
    (await optionsOf(compose(`host: ${hosts}, host-keys: ${JSON.stringify(lines)}`))).hosts.map(({ hostKeys }) => hostKeys.map((line) => line.replace(` ${KEY}`, '')))

  test('belong to the host that they name, with its port or without', async () => {
    const hosts = '[ssh://a@one.example, "ssh://a@two.example:2222", "ssh://[2001:db8::1]"]'
    expect(await keysOf(hosts, `ONE.example,10.0.0.1 ${KEY}`, `[two.example]:2222 ${KEY}`, `two.example ${KEY}`, `2001:db8::1 ${KEY}`)).toEqual([['ONE.example,10.0.0.1'], ['[two.example]:2222', 'two.example'], ['2001:db8::1']])
    expect(await keysOf(hosts, `[one.example]:2222 ${KEY}`, `one.example ${KEY}`)).toEqual([['one.example'], ['[one.example]:2222'], ['[one.example]:2222']])
  })

  test('may be said by pattern, with an authority, and with a block as ssh-keyscan prints it', async () => {
    const hosts = '[ssh://one.example, ssh://two.example]'
    expect(await keysOf(hosts, `@cert-authority *.example,!two.example ${KEY}`, `two.e?ample ${KEY}`)).toEqual([['@cert-authority *.example,!two.example'], ['two.e?ample']])
    expect(await keysOf(hosts, `# one.example:22 SSH-2.0-OpenSSH_9.2\r\none.example ${KEY}\r\n\r\ntwo.example ${KEY}\r\n`)).toEqual([['one.example'], ['two.example']])
  })

  test('under names that no host has, an alias or a hash, are for hosts that have none of their own', async () => {
    expect(await keysOf('[ssh://one.example, ssh://alias]', `one.example ${KEY}`, `10.0.0.7 ${KEY}`, `|1|c2FsdA==|aGFzaA== ${KEY}`)).toEqual([['one.example', '|1|c2FsdA==|aGFzaA=='], ['10.0.0.7', '|1|c2FsdA==|aGFzaA==']])
  })
})

describe('the private key', () => {
  test('is hidden, and is named by a variable only', async () => {
    const hidden: string[] = []
    await environmentOf({ ...compose('host: ssh://shop.example, ssh-key: "${env:DEPLOY_KEY}"'), hide: (secret) => hidden.push(secret) })
    expect(hidden).toContain(PRIVATE)
    const said = await problemsOf(compose(`ssh-key: ${JSON.stringify(PRIVATE)}`))
    expect(said).toEqual([expect.stringContaining('`environments.production.platform.compose.ssh-key` holds a private key.')])
    expect(await problemsOf(compose('ssh-key: c2VjcmV0'))).toEqual(expect.arrayContaining([expect.stringContaining('`environments.production.platform.compose.ssh-key` holds what its name calls a secret.')]))
  })

  test('that is a path, a public key or cut is refused unseen', async () => {
    for (const DEPLOY_KEY of ['~/.ssh/id_ed25519', KEY, PRIVATE.slice(0, 60)]) {
      const said = await problemsOf({ ...compose('ssh-key: "${env:DEPLOY_KEY}"'), env: { DEPLOY_KEY } })
      expect(said).toEqual(['config-invalid ecluse.yml:4:42: `environments.production.platform.compose.ssh-key` is a value that is not shown. Write a private key as `ssh-keygen` makes it, by `${env:NAME}`: all its lines, with the first and the last.'])
    }
  })

  test('needs its variable where hosts are reached, and nowhere else', async () => {
    const given = { ...compose('ssh-key: "${env:DEPLOY_KEY}"'), env: {} }
    expect(await problemsOf(given)).toEqual([expect.stringMatching(/^environment-variable-missing .*`DEPLOY_KEY`/)])
    expect(await optionsOf({ ...given, unneeded: ['platform.compose.ssh-key'] })).not.toHaveProperty('sshKey')
  })

  test('is named in the input `platform` in the same way', async () => {
    const hidden: string[] = []
    const inputs = { platform: '{ compose: { host: ssh://shop.example, service: web, ssh-key: "${env:DEPLOY_KEY}" } }' }
    expect(await optionsOf({ inputs, env: { DEPLOY_KEY: PRIVATE }, hide: (secret) => hidden.push(secret) })).toMatchObject({ sshKey: PRIVATE })
    expect(hidden).toContain(PRIVATE)
    expect(await problemsOf({ inputs })).toEqual(['environment-variable-missing Input `platform`:1:54: `compose.ssh-key` needs the environment variable `DEPLOY_KEY`, which is not set. Set `DEPLOY_KEY` in the `env:` of the step, or hand it over in `ECLUSE_ENV`.'])
    expect(await optionsOf({ inputs, unneeded: ['platform.compose.ssh-key'] })).not.toHaveProperty('sshKey')
  })
})

test('an environment takes over what another says, and replaces host and files', async () => {
  const file = 'environments:\n  staging: { platform: { compose: { host: ssh://staging.example, files: [compose.yml], service: web, edge: { reload: [nginx] } } } }\n'
    + '  production: { extends: staging, platform: { compose: { host: [ssh://shop.example], files: [prod.yml], edge: { image: haproxy:3.3 } } } }\n  other: { extends: staging, platform: { local: {} } }\n'
  expect(await optionsOf({ file })).toMatchObject({ hosts: [{ address: 'ssh://shop.example' }], files: ['prod.yml'], service: 'web', edge: { image: 'haproxy:3.3', reload: ['nginx'] } })
  expect(await environmentOf({ file, name: 'other' })).toMatchObject({ platform: { name: 'local' }, metrics: { name: 'local' }, judge: { pollMs: 1000 } })
})

test('counters of a proxy that is not there are refused', async () => {
  expect(await problemsOf(compose('', 'judge: { metrics: { local: {} } }'))).toEqual(['config-invalid ecluse.yml:5:25: `environments.production.judge.metrics.local` counts on another platform than `compose`, where this environment runs. Write `haproxy` in its place, or leave `metrics` out: that is its own.'])
  expect(await problemsOf({ file: production('platform: { local: {} }', 'judge: { metrics: { haproxy: } }') })).toEqual([expect.stringContaining('`environments.production.judge.metrics.haproxy` counts on another platform than `local`')])
})
