import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { legacyContainers } from '../../../core/drivers/platforms/compose/model/index.js'
import { userContainers } from '../../../core/drivers/platforms/compose/model/containers.js'
import { checkout, type Checkout } from '../../support/compose/project.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'

const STACK = (part: string, tag: string): string => `
name: ${part}
services:
  web:
    image: ${tag}
    command: [sleep, "1000"]
    init: true
    ports: ["127.0.0.1::8080"]
    deploy: { replicas: 2 }
    healthcheck: { test: test -e /tmp/well, interval: 200ms, start_period: 60s, start_interval: 100ms }
  nginx: { image: ${tag}, command: [sleep, "1000"], init: true }
`

withEngines(['docker'], 'what the user\'s own `docker compose up` left running', () => {
  let lab: DockerLab
  let part: string
  let here: Checkout
  let pinned: string
  let tag: string

  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('legacy')
    pinned = await lab.image(`${part}:1.4`, {})
    tag = `${lab.registry}/${part}:1.4`
    here = checkout(lab, { 'compose.yml': STACK(part, tag) })
  })

  afterAll(async () => {
    await lab.cleanup(part)
    here.end()
  })

  const found = async (): ReturnType<typeof legacyContainers> =>
    legacyContainers(await here.stack({ edge: { image: 'haproxy', reload: ['nginx'] } }), here.engine)

  test('is nothing before, and is not what runs beside it', async () => {
    expect(await found()).toBeUndefined()
    await here.compose(['up', '--detach', 'nginx'])
    await here.compose(['run', '--detach', '--rm', '--name', `${part}-once`, 'web', 'sleep', '1000'])
    expect(await found()).toBeUndefined()
  })

  test('is told with its names, image, version, health, ports and those who keep its address', async () => {
    await here.compose(['up', '--detach', 'web'])
    expect(await found()).toEqual({ names: [`${part}-web-1`, `${part}-web-2`], image: pinned, version: '1.4', healthy: false, publishes: true, front: [`${part}-nginx-1`] })
    for (const name of [`${part}-web-1`, `${part}-web-2`]) await lab.docker(['exec', name, 'touch', '/tmp/well'])
    await here.compose(['up', '--detach', '--wait', 'web'])
    expect(await found()).toMatchObject({ healthy: true })
  })

  test('with an image that is on this host alone, is told by what the host can start again', async () => {
    const own = `${part}-local:2`
    const container = (await lab.docker(['create', tag])).trim()
    await lab.docker(['commit', '--change', 'LABEL org.opencontainers.image.version=2.0', container, own])
    await lab.docker(['rm', container])
    here.write('compose.yml', STACK(part, own))
    await here.compose(['up', '--detach', 'web'])
    const legacy = await found()
    expect(legacy?.version).toBe('2.0')
    expect((await lab.docker(['run', '--rm', '--pull', 'never', legacy?.image ?? '', 'echo', 'runs'])).trim()).toBe('runs')
    await lab.docker(['image', 'rm', '--force', own]).catch(() => undefined)
  })

  test('is all there in a project of which the engine has more to say than we keep of an answer', async () => {
    const long = Array.from({ length: 4 }, (_, at) => `long-${at}: { image: ${tag}, command: [sleep, "1000"], environment: { LONG: ${'x'.repeat(100_000)} }, labels: { long: ${'x'.repeat(300_000)} } }`)
    here.write('compose.yml', `${STACK(part, tag)}  ${long.join('\n  ')}\n`)
    await here.compose(['create', '--no-recreate', ...long.map((_, at) => `long-${at}`)])
    const services = new Set((await userContainers({ project: part }, here.engine)).map(({ service }) => service))
    expect([...services].toSorted()).toEqual(['long-0', 'long-1', 'long-2', 'long-3', 'nginx', 'web'])
    await here.compose(['rm', '--force', ...long.map((_, at) => `long-${at}`)])
  })

  test('rejects when its containers run different images', async () => {
    here.write('compose.yml', STACK(part, tag))
    await lab.docker(['stop', '--time', '1', `${part}-web-2`])
    await here.compose(['up', '--detach', '--scale', 'web=1', 'web'])
    const other = STACK(part, `${lab.registry}/base/static:latest`)
    await lab.base('static')
    here.write('compose.yml', other)
    await here.compose(['up', '--detach', '--no-recreate', '--scale', 'web=2', 'web'])
    await expect(found()).rejects.toMatchObject({ code: 'stack-not-adopted', message: expect.stringContaining('2 different images') })
  })
})
