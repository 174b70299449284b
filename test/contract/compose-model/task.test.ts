import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ensureSurroundings, taskCall } from '../../../core/drivers/platforms/compose/model/index.js'
import type { Finished } from '../../../core/ports/process.js'
import type { Task } from '../../../core/domain/platform.js'
import { programsWith } from '../../support/command-lines.js'
import { checkout, release, type Checkout } from '../../support/compose/project.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'

const STACK = (part: string): string => `
name: ${part}
services:
  web:
    image: nothing.example/of-the-file
    ports: ["127.0.0.1:1:8080"]
    restart: always
    environment: { GREETING: "ça va $$5" }
    volumes: ["data:/data"]
    networks: { front: { ipv4_address: 10.213.7.9 }, back: { aliases: [task-alias] } }
    healthcheck: { test: exit 1, interval: 100ms, retries: 1 }
    init: true
networks: { front: { ipam: { config: [{ subnet: 10.213.7.0/24 }] } }, back: {} }
volumes: { data: {} }
`
const ENTRY = '#!/bin/sh\necho "entry $#"\nexec "$@"\n'

withEngines(['docker'], 'a one-off command in the image of a release', () => {
  let lab: DockerLab
  let part: string
  let here: Checkout
  let image: string

  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('task')
    image = await lab.image(`${part}:1`, { entrypoint: ['/entry'], cmd: ['sleep', '1000'], files: { '/entry': { content: ENTRY, mode: 0o755 } } })
    here = checkout(lab, { 'compose.yml': STACK(part) }, { SHOP_KEY: 'planted-$ecret' })
    await ensureSurroundings(await here.stack(), here.engine, here.ambient)
  })

  afterAll(async () => {
    await lab.cleanup(part)
    here.end()
  })

  const callFor = async (name: string, argv: readonly string[], env: Task['env'] = {}): Promise<ReturnType<typeof taskCall>> => taskCall({
    stack: await here.stack(), release: release(image, { settings: { COLOUR: 'blue' } }), name: `${part}-${name}`, scope: part, environment: 'production',
    secretSettings: { API_KEY: 'SHOP_KEY' }, task: { name, argv, env, timeoutMs: 60_000 },
  })
  const run = async (name: string, argv: readonly string[], env: Task['env'] = {}): Promise<Finished> => {
    const call = await callFor(name, argv, env)
    await here.engine.run({ ...call.pull, what: 'fetch the image', timeoutMs: 60_000 })
    const finished = await here.engine.run({ ...call.run, what: `run ${name}`, timeoutMs: 60_000, accept: Array.from({ length: 256 }, (_, code) => code) })
    // The container stays to tell that the exit code is the command's own.
    expect((await lab.docker(['inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', `${part}-${name}`])).trim()).toBe(`exited ${finished.exitCode}`)
    await lab.docker(['rm', `${part}-${name}`])
    return finished
  }

  test('gets its words as they are, through the entrypoint of the image, and nothing else is said on its output', async () => {
    const { stdout, stderr, exitCode } = await run('words', ['sh', '-c', 'for word; do echo "<$word>"; done; echo aside >&2; exit 7', '--', '--rm', '', 'a  b', '$HOME $$ ${X}', '"; rm -rf *', '-e', 'né\nw'])
    expect(stdout).toBe('entry 11\n<--rm>\n<>\n<a  b>\n<$HOME $$ ${X}>\n<"; rm -rf *>\n<-e>\n<né\nw>\n')
    expect(stderr.trim()).toBe('aside')
    expect(exitCode).toBe(7)
  })

  test('has the variables, volumes and networks of the service, and leaves none but its own', async () => {
    await run('writes', ['sh', '-c', 'echo kept > /data/kept'])
    const { stdout } = await run('reads', ['sh', '-c', 'cat /data/kept; echo "$GREETING|$COLOUR|$API_KEY|$ECLUSE_VERSION|$EXTRA"; ls /sys/class/net | grep -c eth'], { EXTRA: 'of the $task' })
    expect(stdout).toBe('entry 3\nkept\nça va $5|blue|planted-$ecret|v1|of the $task\n2\n')
    expect(await lab.docker(['ps', '--all', '--quiet', '--filter', `name=${part}-`])).toBe('')
  })

  test('can be seen, ended and taken away by its name while it runs; its secrets are in no argv, and it has no other name', async () => {
    const call = await callFor('waits', ['sh', '-c', 'echo ready; sleep 1000'])
    const running = here.engine.stream({ ...call.run, what: 'run waits', timeoutMs: 60_000, accept: [0, 1, 130, 137, 143] })
    const heard: string[] = []
    for await (const bytes of running.stdout) {
      heard.push(Buffer.from(bytes).toString())
      if (!heard.join('').includes('ready')) continue
      expect(programsWith(`${part}-waits`)).not.toEqual([])
      expect(programsWith('planted-$ecret')).toEqual([])
      const seen = await lab.docker(['inspect', '--format', '{{json .HostConfig.PortBindings}} {{.HostConfig.RestartPolicy.Name}} {{.State.Health}} {{range .NetworkSettings.Networks}}{{json .DNSNames}}{{end}}', `${part}-waits`])
      expect(seen).toMatch(/^\{\} no <nil> /)
      expect(seen).not.toMatch(/"web"|task-alias/)
      await lab.docker(['rm', '--force', `${part}-waits`])
    }
    await running.done
    expect(heard.join('')).toBe('entry 3\nready\n')
  })
})
