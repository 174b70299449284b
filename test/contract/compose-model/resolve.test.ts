import { afterEach, beforeAll, expect, test } from '@jest/globals'
import { InputError } from '../../../core/errors/families.js'
import type { ComposeOptions } from '../../../core/domain/environment.js'
import { checkout, type Checkout } from '../../support/compose/project.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'

const far: Partial<ComposeOptions> = { hosts: [{ address: 'ssh://deploy@shop.example', hostKeys: [] }] }

withEngines(['docker'], 'compose files as one model', () => {
  let lab: DockerLab
  let made: Checkout[] = []

  beforeAll(async () => {
    lab = await dockerLab()
  })
  afterEach(() => {
    for (const one of made) one.end()
    made = []
  })

  const having = (files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Checkout => {
    const one = checkout(lab, files, env)
    made.push(one)
    return one
  }
  const problemsOf = async (one: Checkout, options: Partial<ComposeOptions> = {}): Promise<readonly string[]> => {
    try {
      await one.stack(options)
      return []
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown
      expect(new Set(thrown.problems.map(({ code }) => code))).toEqual(new Set(['compose-invalid']))
      for (const { fix } of thrown.problems) expect(fix).toMatch(/\.$/)
      return thrown.problems.map(({ message }) => message)
    }
  }

  test('finds the files that compose would take, with the override, and names the project after the folder', async () => {
    const one = having({ 'docker-compose.yml': 'services: { web: { image: a, ports: ["80"] } }', 'docker-compose.override.yml': 'services: { web: { ports: !override ["8080:81"] } }' })
    const stack = await one.stack()
    expect(stack).toMatchObject({ port: 81, published: [{ port: 8080 }], replicas: 1, healthcheck: false, checkout: one.folder, projectFolder: one.folder })
    expect(one.folder.toLowerCase()).toContain(stack.project)
    expect(stack.networks).toEqual([{ key: 'default', name: `${stack.project}_default`, external: false, aliases: [] }])
    expect(stack.warnings.join('\n')).toMatch(/no healthcheck[^]*after the folder/)
    expect((await one.stack({ project: 'shop' })).project).toBe('shop')
    expect((await one.stack({ project: 'shop' })).warnings.join('\n')).not.toContain('after the folder')
  })

  test('reads ports in every syntax, and tells which are not published any more', async () => {
    const ports = '["127.0.0.1:8080:80", "[::1]:8081:80", { target: 80, published: "8082", host_ip: 10.0.0.1, mode: host }, "80", "5353:53/udp", "9443:443"]'
    const one = having({ 'compose.yml': `name: shop\nservices: { web: { image: a, ports: ${ports} } }` })
    const stack = await one.stack({ port: 80 })
    expect(stack.published).toEqual([{ address: '127.0.0.1', port: 8080 }, { address: '::1', port: 8081 }, { address: '10.0.0.1', port: 8082 }, {}])
    expect(stack.warnings.filter((line) => line.includes('not published any more'))).toEqual([expect.stringContaining('53/udp'), expect.stringContaining('9443')])
    expect(await problemsOf(one)).toEqual([expect.stringContaining('several ports: 80, 443')])
    expect((await one.stack({ port: 80, publish: ['443', '[::1]:444'] })).published).toEqual([{ port: 443 }, { address: '::1', port: 444 }])
    expect((await having({ 'compose.yml': 'services: { web: { image: a, expose: ["3000/tcp", "53/udp"] } }' }).stack())).toMatchObject({ port: 3000, published: [] })
  })

  test('has networks, volumes and dependencies by their real names', async () => {
    const one = having({
      'compose.yml': `
name: shop
services:
  web:
    image: a
    expose: ["80"]
    networks: { front: { aliases: [shop], ipv4_address: 10.1.0.5, ipv6_address: "fd00::5" }, outside: {} }
    volumes: ["data:/d", { type: volume, source: given, target: /g, read_only: true }, "/anonymous", "other:/o"]
    depends_on: { db: { condition: service_healthy }, gone: { condition: service_started, required: false } }
  db: { image: b, depends_on: [init] }
  init: { image: c }
  gone: { image: d, profiles: [never] }
networks: { front: { ipam: { config: [{ subnet: 10.1.0.0/24 }, { subnet: "fd00::/64" }] } }, outside: { external: true, name: proxy } }
volumes: { data: {}, given: { external: true, name: elsewhere }, other: { name: "called-\${X:-so}" } }
`,
    })
    const stack = await one.stack()
    expect(stack.networks).toEqual([
      { key: 'front', name: 'shop_front', external: false, aliases: ['shop'], ipv4: '10.1.0.5', ipv6: 'fd00::5' },
      { key: 'outside', name: 'proxy', external: true, aliases: [] },
    ])
    expect(stack.volumes).toEqual([{ key: 'data', name: 'shop_data', external: false }, { key: 'given', name: 'elsewhere', external: true }, { key: 'other', name: 'called-so', external: false }])
    expect(stack.dependencies).toEqual([{ service: 'db', condition: 'service_healthy', required: true }])
    expect(stack.needed).toEqual(['db', 'init'])
  })

  test('follows extends and include, and finds a service that has profiles', async () => {
    const one = having({
      'stack/compose.yml': 'include: [more/db.yml]\nservices: { web: { extends: { file: more/base.yml, service: base }, profiles: [app], depends_on: [db] } }',
      'stack/more/base.yml': 'services: { base: { image: a, expose: ["80"], env_file: [base.env], volumes: ["./files:/f"] } }',
      'stack/more/base.env': 'FROM_BASE=1\n', 'stack/more/db.yml': 'services: { db: { image: b } }',
    })
    const stack = await one.stack({ files: ['stack/compose.yml'], project: 'shop' })
    expect(stack.definition).toMatchObject({ environment: { FROM_BASE: '1' }, volumes: [{ source: `${one.folder}/stack/more/files` }] })
    expect(stack.needed).toEqual(['db'])
    const moved = await one.stack({ ...far, files: ['stack/compose.yml'], folder: '/srv/shop' })
    expect(moved.definition).toMatchObject({ volumes: [{ source: '/srv/shop/more/files' }] })
  })

  test('tells everything that keeps the service from running as several releases, at once', async () => {
    const one = having({
      'compose.yml': `
services:
  web:
    image: "shop:$TAG"
    network_mode: host
    ports: ["80:80", "443:443"]
    deploy: { replicas: 9 }
    links: ["db:database"]
    volumes_from: [db]
    pid: service:db
    volumes: ["./conf:/conf", "/srv/abs:/abs", "~/key:/key"]
    secrets: [cert]
    environment: { PASSWORD: $PASSWORD }
  db: { image: "db:\${DB_TAG}" }
secrets: { cert: { file: ./cert.pem } }
networks: { default: { name: "net-$NET" } }
`, 'cert.pem': '',
    }, { HOME: '/nowhere' })
    const told = await problemsOf(one, { ...far, edge: { image: 'haproxy', reload: ['ngnix'] } })
    for (const words of [
      'network_mode: host', '9 replicas', 'link `db:database`', '`volumes_from`', '`pid: service:db`', 'several ports: 80, 443', '`ngnix`', 'Variable `TAG`', 'Variable `PASSWORD`', 'Variable `NET`',
      `\`${one.folder}/conf\` is in the checkout`, `\`${one.folder}/cert.pem\` is in the checkout`, 'mounts `~/key`',
    ]) expect({ words, told: told.filter((message) => message.includes(words)) }).toEqual({ words, told: [expect.any(String)] })
    expect(told).toHaveLength(13)
  })

  test('minds variables that are not set only where they matter', async () => {
    const one = having({ 'compose.yml': 'name: shop\nservices: { web: { image: a, expose: ["80"], depends_on: [db] }, db: { image: "b:$DB_TAG" }, other: { image: "c:${OTHER_TAG}", environment: { "X": "$${UNSET}" } } }' })
    expect((await one.stack()).unready).toEqual({ db: ['variable `DB_TAG` is not set'] })
    one.write('.env', 'DB_TAG=1$oops\n')
    expect(await problemsOf(one)).toEqual([expect.stringContaining('`oops` is not set; a file that the compose files read')])
    one.write('.env', "DB_TAG='1$oops'\n")
    expect((await one.stack()).unready).toEqual({ db: [] })
  })

  test('says what compose says of files that it can not read, and which are not there', async () => {
    expect(await problemsOf(having({}))).toEqual([expect.stringContaining('none of compose.yaml')])
    expect(await problemsOf(having({ 'a.yml': '' }), { files: ['a.yml', 'b.yml', 'c.yml'] })).toEqual([expect.stringContaining('`b.yml`'), expect.stringContaining('`c.yml`')])
    expect(await problemsOf(having({ 'compose.yml': 'services: { web: { imag: a } }' }))).toEqual([expect.stringMatching(/compose\.yml.*'?imag/)])
    expect(await problemsOf(having({ 'compose.yml': 'services: { web: [' }))).toEqual([expect.stringContaining('yaml: ')])
    expect(await problemsOf(having({ 'compose.yml': 'services: { web: { image: "${TAG:?choose a tag}" } }' }))).toEqual([expect.stringContaining('choose a tag')])
    expect(await problemsOf(having({ 'compose.yml': 'services: { app: { image: a }, db: { image: b } }' }))).toEqual(['The compose files have no service `web`; they have `app`, `db`.'])
  })
})
