import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { ensureSurroundings, instanceDocument } from '../../../core/drivers/platforms/compose/model/index.js'
import { checkout, release, type Checkout } from '../../support/compose/project.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'

/** `web` waits for a database that is healthy only once its own one-off has run, for a one-off of its own, and for a cache. */
const STACK = (part: string, image: string): string => `
name: ${part}
services:
  web:
    image: ${image}
    command: [sleep, "1000"]
    init: true
    ports: ["127.0.0.1::8080"]
    networks: { front: {}, back: {} }
    volumes: ["data:/data", "scratch:/scratch"]
    depends_on:
      db: { condition: service_healthy }
      seed: { condition: service_completed_successfully }
      cache: { condition: service_started }
      metrics: { condition: service_started, required: false }
  db:
    image: ${image}
    command: [sh, -c, "test -e /data/prepared && touch /tmp/up; sleep 1000"]
    init: true
    volumes: ["data:/data"]
    networks: [back]
    healthcheck: { test: test -e /tmp/up, interval: 200ms, start_period: 5s, start_interval: 100ms }
    depends_on: { prepare: { condition: service_completed_successfully } }
  prepare: { image: ${image}, command: [touch, /data/prepared], volumes: ["data:/data"], networks: [back] }
  seed: { image: ${image}, command: [sh, -c, "echo seeded >> /data/seeds; exit \${SEED_ENDS:-0}"], volumes: ["data:/data"], networks: [back], depends_on: [cache] }
  cache: { image: ${image}, command: [sleep, "1000"], init: true, networks: [back] }
  metrics: { profiles: [extra], image: ${image}, command: [sleep, "1000"], init: true, networks: [back] }
  other: { image: ${image}, command: [sleep, "1000"], init: true, networks: [aside] }
networks:
  front: { labels: { "a$$b": "c$$d" }, driver_opts: { com.docker.network.bridge.enable_icc: "true" } }
  back: { internal: true }
  aside: {}
volumes:
  data: { labels: [kept=yes] }
  scratch: { driver_opts: { type: tmpfs, device: tmpfs, o: "size=1m" } }
`

withEngines(['docker'], 'what a service needs around it', () => {
  let lab: DockerLab
  let part: string
  let image: string
  let here: Checkout

  const state = async (service: string): Promise<string> => (await lab.docker(['inspect', '--format', '{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.RestartCount}}', `${part}-${service}-1`])).trim()
  const containers = async (): Promise<readonly string[]> => (await lab.docker(['ps', '--all', '--format', '{{.Names}}', '--filter', `name=${part}`])).split('\n').filter(Boolean).toSorted()
  const seeds = async (): Promise<number> => (await lab.docker(['exec', `${part}-db-1`, 'cat', '/data/seeds'])).trim().split('\n').length

  beforeAll(async () => {
    lab = await dockerLab()
    image = await lab.image(`${lab.unique('surroundings')}:1`)
  })

  beforeEach(async () => {
    if (part !== undefined) await tidy()
    part = lab.unique('around')
    here = checkout(lab, { 'compose.yml': STACK(part, image) })
  })

  const tidy = async (): Promise<void> => {
    await lab.cleanup(part)
    here.end()
  }
  afterAll(tidy)

  test('is made as compose would make it, so that a later `up` of the user takes it for its own and leaves what is ours alone', async () => {
    const stack = await here.stack()
    await ensureSurroundings(stack, here.engine, here.ambient)
    expect(await containers()).toEqual(['cache', 'db', 'prepare', 'seed'].map((service) => `${part}-${service}-1`))
    const text = instanceDocument({ stack, release: release(image), instance: 'i1', scope: part, environment: 'production', secretSettings: {} })
    await here.engine.run({ what: 'start it', argv: ['compose', '--project-name', `ecluse-${part}-i1`, '--file', '-', 'up', '--detach'], stdin: text, userEnvironment: true, timeoutMs: 60_000 })
    const ours = (await lab.docker(['inspect', '--format', '{{.Id}}{{.State.StartedAt}}', `ecluse-${part}-i1-1`])).trim()
    const before = await Promise.all(['db', 'cache'].map(state))
    const networks = await lab.docker(['network', 'ls', '--quiet', '--filter', `name=${part}_front`, '--filter', `name=${part}_back`])

    const said = await here.compose(['up', '--detach'], { both: true })
    expect(said).not.toMatch(/orphan|warn|recreat|removed|incorrect|already exists/i)
    expect(await Promise.all(['db', 'cache'].map(state))).toEqual(before)
    expect(await lab.docker(['network', 'ls', '--quiet', '--filter', `name=${part}_front`, '--filter', `name=${part}_back`])).toBe(networks)
    expect((await lab.docker(['inspect', '--format', '{{.Id}}{{.State.StartedAt}}', `ecluse-${part}-i1-1`])).trim()).toBe(ours)
    expect((await lab.docker(['inspect', '--format', '{{.State.Status}}', `ecluse-${part}-i1-1`])).trim()).toBe('running')

    // What a user's `down` does to us: ours run on, their networks and volumes stay, and compose says why.
    const down = await here.compose(['down', '--volumes'], { both: true, accept: [0, 1] })
    expect(down).toMatch(new RegExp(`${part}_front.*(still in use|active endpoints)`))
    expect((await lab.docker(['inspect', '--format', '{{.Id}}{{.State.StartedAt}}', `ecluse-${part}-i1-1`])).trim()).toBe(ours)
    await ensureSurroundings(stack, here.engine, here.ambient)
    expect(await containers()).toContain(`${part}-db-1`)
  })

  test('is left alone where it is there; a one-off runs again, as with compose', async () => {
    await here.compose(['up', '--detach', 'db', 'cache'])
    const before = await Promise.all(['db', 'cache'].map(state))
    await ensureSurroundings(await here.stack(), here.engine, here.ambient)
    expect(await seeds()).toBe(1)
    here.write('compose.yml', STACK(part, image).replace('command: [sleep, "1000"], init: true, networks: [back]', 'command: [sleep, "2000"], init: true, networks: [back]'))
    await ensureSurroundings(await here.stack(), here.engine, here.ambient)
    expect(await Promise.all(['db', 'cache'].map(state))).toEqual(before)
    expect(await seeds()).toBe(2)
    await here.compose(['up', '--detach', 'seed'])
    expect(await seeds()).toBe(3)
  })

  test('is made once more where something was stopped or taken away', async () => {
    const stack = await here.stack()
    await ensureSurroundings(stack, here.engine, here.ambient)
    const db = await state('db')
    await lab.docker(['stop', '--time', '1', `${part}-cache-1`])
    await lab.docker(['volume', 'rm', `${part}_scratch`])
    await lab.docker(['network', 'rm', `${part}_front`])
    await ensureSurroundings(stack, here.engine, here.ambient)
    expect(await state('cache')).toContain('running')
    expect(await state('db')).toBe(db)
    expect((await lab.docker(['volume', 'inspect', '--format', '{{index .Labels "com.docker.compose.volume"}}{{json .Options}}', `${part}_scratch`])).trim()).toContain('scratch{')
    expect((await lab.docker(['network', 'inspect', '--format', '{{index .Labels "a$b"}}', `${part}_front`])).trim()).toBe('')
    expect((await lab.docker(['network', 'inspect', '--format', '{{index .Labels "a$$b"}}', `${part}_front`])).trim()).toBe('c$d')
  })

  test('rejects when a one-off fails, and when a dependency ends instead of becoming healthy', async () => {
    here.write('.env', 'SEED_ENDS=3\n')
    await expect(ensureSurroundings(await here.stack(), here.engine, here.ambient)).rejects.toMatchObject({ code: 'candidate-unhealthy', message: expect.stringContaining('`seed` ended with exit code 3') })
    here.write('.env', '')
    here.write('compose.yml', STACK(part, image).replace('test -e /data/prepared && touch /tmp/up; sleep 1000', 'exit 4'))
    await here.compose(['rm', '--stop', '--force', 'db'])
    await expect(ensureSurroundings(await here.stack(), here.engine, here.ambient)).rejects.toMatchObject({ code: 'candidate-unhealthy', message: expect.stringContaining('`db` is exited with exit code 4') })
  })

  test('rejects for what only the user can bring: external networks and volumes, variables of a service that would have to be made', async () => {
    here.write('compose.yml', STACK(part, image).replace('front: { labels: { "a$$b": "c$$d" }, driver_opts: { com.docker.network.bridge.enable_icc: "true" } }', 'front: { external: true, name: nowhere }').replace('data: { labels: [kept=yes] }', 'data: { external: true }'))
    await expect(ensureSurroundings(await here.stack(), here.engine, here.ambient)).rejects.toMatchObject({ code: 'compose-invalid', message: expect.stringContaining('network `nowhere`, volume `data`') })
    expect(await containers()).toEqual([])

    here.write('compose.yml', STACK(part, image).replace('cache: { image: ', 'cache: { environment: { PASSWORD: $CACHE_PASSWORD }, image: '))
    const stack = await here.stack()
    await expect(ensureSurroundings(stack, here.engine, here.ambient)).rejects.toMatchObject({ code: 'compose-invalid', message: expect.stringContaining('`cache`: variable `CACHE_PASSWORD` is not set') })
    expect(await containers()).toEqual([])
    // Once it is there it has what it was made with.
    here.write('.env', 'CACHE_PASSWORD=known\n')
    await here.compose(['up', '--detach', 'cache'])
    here.write('.env', '')
    const cache = await state('cache')
    await ensureSurroundings(await here.stack(), here.engine, here.ambient)
    expect(await state('cache')).toBe(cache)
  })

  test('starts what it depends on with the paths of the host, as compose would make it there', async () => {
    const onHost = checkout(lab, { 'compose.yml': STACK(part, image).replace('cache: { image: ', 'cache: { volumes: ["./conf:/conf:ro"], image: '), 'conf/a': 'of the host' })
    here.write('compose.yml', STACK(part, image).replace('cache: { image: ', 'cache: { volumes: ["./conf:/conf:ro"], image: '))
    await ensureSurroundings(await here.stack({ folder: onHost.folder }), here.engine, here.ambient)
    expect((await lab.docker(['exec', `${part}-cache-1`, 'cat', '/conf/a'])).trim()).toBe('of the host')
    const before = await Promise.all(['db', 'cache'].map(state))
    await onHost.compose(['up', '--detach', 'db', 'cache'])
    expect(await Promise.all(['db', 'cache'].map(state))).toEqual(before)
    onHost.end()
  })
})
