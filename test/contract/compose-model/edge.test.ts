import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ComposeOptions } from '../../../core/domain/environment.js'
import { edgeContainer, edgePlaces } from '../../../core/domain/edge-control/index.js'
import { edgeCalls, ensureSurroundings, type EdgeCalls } from '../../../core/drivers/platforms/compose/model/index.js'
import { checkout, type Checkout } from '../../support/compose/project.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { until } from '../engine/bench.js'

/** Answers by itself, on port 80 inside, and writes where the edge keeps things. */
const CONFIGURATION = `
global
  stats socket ${edgePlaces.folder}/admin.sock mode 600
defaults
  mode http
  timeout client 10s
  timeout connect 1s
  timeout server 10s
frontend edge
  bind :80
  http-request return status 200 content-type text/plain string "from the edge"
`
const STACK = (part: string, image: string): string => `
name: ${part}
services:
  web:
    image: ${image}
    container_name: ${part}-old
    ports: ["127.0.0.1::80"]
    networks: { front: { aliases: [shop] }, back: { ipv4_address: 10.213.8.9 } }
    labels: { traefik.http.routers.web.rule: "Host(\`shop.example\`)", team: a }
    environment: { VIRTUAL_HOST: shop.example }
  client: { image: ${image}, command: [sleep, "1000"], init: true, networks: [front, back] }
networks: { front: {}, back: { ipam: { config: [{ subnet: 10.213.8.0/24 }] } } }
`

withEngines(['docker'], "the edge's container", () => {
  let lab: DockerLab
  let part: string
  let here: Checkout
  let name: string
  let calls: EdgeCalls

  const callsFor = async (more: Partial<ComposeOptions> = {}): Promise<EdgeCalls> => {
    const edge = { image: await lab.base('haproxy'), reload: [] }
    return edgeCalls({ scope: part, stack: await here.stack(more), options: here.options({ edge, ...more }), setup: { port: 80 } })
  }

  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('edge')
    name = edgeContainer(part)
    here = checkout(lab, { 'compose.yml': STACK(part, await lab.base('node')) })
    await ensureSurroundings(await here.stack(), here.engine, here.ambient)
    await here.compose(['up', '--detach', 'client'])
    calls = await callsFor()
    await lab.docker(calls.create)
    for (const argv of calls.connect) await lab.docker(argv)
    await here.engine.write(name, edgePlaces.configuration, CONFIGURATION)
    await lab.docker(['start', name])
  })

  afterAll(async () => {
    await lab.cleanup(part)
    here.end()
  })

  /** What each of them answers, asked from beside it. */
  const asked = async (...hosts: readonly string[]): Promise<readonly string[]> => {
    const script = `Promise.all(process.argv.slice(1).map((host) => fetch('http://' + host + '/').then((answer) => answer.text(), String))).then((all) => process.stdout.write(JSON.stringify(all)))`
    return JSON.parse(await lab.docker(['exec', `${part}-client-1`, 'node', '-e', script, ...hosts])) as string[]
  }

  test('answers on the port of the host that was the service\'s', async () => {
    const [published = ''] = (await lab.docker(['port', name, '80/tcp'])).trim().split('\n')
    expect(published).toMatch(/^127\.0\.0\.1:\d+$/)
    await until(async () => (await fetch(`http://${published}/`).then((answer) => answer.text(), String)) === 'from the edge', 'that it listens')
  })

  test('is found by all names and addresses of the service, on each of its networks', async () => {
    const hosts = ['web', 'web-edge', 'shop', `${part}-old`, '10.213.8.9']
    expect(await asked(...hosts)).toEqual(hosts.map(() => 'from the edge'))
  })

  test('takes files while it runs, though it can write nothing but its volume and has no rights', async () => {
    await here.engine.write(name, edgePlaces.wish, 'heard\n')
    expect(await here.engine.read(name, edgePlaces.wish)).toBe('heard\n')
    await expect(lab.docker(['exec', name, 'sh', '-c', 'echo > /etc/written'])).rejects.toThrow('Read-only file system')
    await lab.docker(['exec', name, 'sh', '-c', `echo x > ${edgePlaces.folder}/own && test -S ${edgePlaces.folder}/admin.sock`])
    expect(await lab.docker(['exec', name, 'grep', 'CapBnd', '/proc/1/status'])).toMatch(/0000000000000400/)
  })

  test('has what a reverse proxy looks for, and its scope, role and setup', async () => {
    const labels = JSON.parse(await lab.docker(['inspect', '--format', '{{json .Config.Labels}}', name])) as Record<string, string>
    expect(labels).toEqual({ 'ecluse.scope': part, 'ecluse.role': 'edge', 'ecluse.setup': calls.setup, 'traefik.http.routers.web.rule': 'Host(`shop.example`)' })
    expect(JSON.parse(await lab.docker(['inspect', '--format', '{{json .Config.Env}}', name]))).toContain('VIRTUAL_HOST=shop.example')
  })

  test('lets requests end when it stops, comes back as it was, and keeps its volume', async () => {
    await lab.docker(['stop', name])
    expect((await lab.docker(['inspect', '--format', '{{.State.ExitCode}} {{.State.OOMKilled}}', name])).trim()).toBe('0 false')
    await lab.docker(['start', name])
    await until(async () => (await asked('web'))[0] === 'from the edge', 'that it listens again')
    await lab.docker(['rm', '--force', name])
    await lab.docker((await callsFor()).create)
    expect(await here.engine.read(name, edgePlaces.wish)).toBe('heard\n')
  })

  test('has the same setup until something about its container is another', async () => {
    expect((await callsFor()).setup).toBe(calls.setup)
    expect((await callsFor({ publish: ['127.0.0.1:8099'] })).setup).not.toBe(calls.setup)
    expect((await callsFor({ drainMs: 60_000 })).setup).not.toBe(calls.setup)
  })
})
