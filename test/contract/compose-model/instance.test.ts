import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { instanceDocument } from '../../../core/drivers/platforms/compose/model/index.js'
import { checkout, release, type Checkout } from '../../support/compose/project.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'

/** Values that a careless reader, writer or shell would change. */
const odd = {
  dollars: 'pa$$word $HOME ${HOME} $$$', quotes: `"double" 'single' \`back\``, lines: 'one\ntwo\n', unicode: 'naïve ☃ 漢字', empty: '', spaces: '  two  ', slashes: '\\n \\$ \\',
}
const inYaml = (text: string): string => JSON.stringify(text.replaceAll('$', '$$$$'))

const BASE = (part: string, image: string): string => `
name: ${part}
services:
  web:
    image: ${image}
    command: [sleep, "1000"]
    init: true
    ports: ["127.0.0.1::8080"]
    container_name: ${part}-named
    restart: always
    env_file: [web.env]
    environment:
      FROM_DOTENV: \${FROM_DOTENV}
      FROM_STEP: \${FROM_STEP:-default}
      PASSED_ON:
      NOT_SET:
${Object.entries(odd).map(([name, text]) => `      ODD_${name}: ${inYaml(text)}`).join('\n')}
    networks: { front: { aliases: [shop] }, back: {} }
    volumes: ["data:/data", "./conf:/conf:ro", { type: tmpfs, target: /scratch }]
    healthcheck: { test: "test \\"$$HOME\\" != ''", interval: 500ms }
    extra_hosts: ["elsewhere:10.9.8.7"]
    labels: { team: "a$$b", traefik.enable: "true" }
    stop_grace_period: 7s
    secrets: [{ source: token, target: token, mode: 0440 }, given]
    configs: [{ source: motd, target: /etc/motd }]
    deploy: { replicas: 1, resources: { limits: { memory: 64M } } }
  db: { image: ${image}, command: [sleep, "1000"], init: true, networks: [back] }
networks: { front: {}, back: { name: ${part}-backstage } }
volumes: { data: {} }
secrets: { token: { environment: SHOP_KEY }, given: { file: ./given.txt } }
configs: { motd: { content: "costs $$5 and \${FROM_STEP}" } }
`
const OVERRIDE = 'services: { web: { environment: { FROM_OVERRIDE: "yes" }, deploy: { replicas: 2 }, container_name: !reset null } }'

withEngines(['docker'], 'a launch of a release, made from compose files', () => {
  let lab: DockerLab
  let part: string
  let here: Checkout
  let image: string

  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('instance')
    image = await lab.image(`${part}:1`, { env: { OF_IMAGE: 'kept', NOT_SET: 'of the image' }, labels: { 'org.opencontainers.image.version': 'v1' } })
    here = checkout(lab, {
      'deploy/compose.yml': BASE(part, image), 'deploy/compose.prod.yml': OVERRIDE, 'deploy/conf/a': 'from the checkout', 'deploy/given.txt': 'g$ven',
      'deploy/.env': 'FROM_DOTENV=it is $FROM_STEP\n', 'deploy/web.env': "IN_FILE='lit $eral'\nWITH=\"x ${FROM_DOTENV}\"\n",
    }, { FROM_STEP: 'the $tep', PASSED_ON: 'pass$$ed', SHOP_KEY: 'planted $ecret\nof two lines' })
  })

  afterAll(async () => {
    await lab.cleanup(part)
    here.end()
  })

  const files = ['deploy/compose.yml', 'deploy/compose.prod.yml']
  const typed = files.flatMap((file) => ['--file', file])
  const environmentIn = async (container: string): Promise<Record<string, string>> => {
    const lines = (await lab.docker(['exec', container, 'sh', '-c', 'tr "\\0" "\\1" < /proc/1/environ'])).split('\u0001')
    return Object.fromEntries(lines.filter((line) => line.includes('=') && !/^(HOSTNAME|HOME)=/.test(line)).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  }

  test('runs with what compose itself would give it, and with what the release brings', async () => {
    await here.compose([...typed, 'up', '--detach', 'web', 'db'])
    const theirs = await environmentIn(`${part}-web-1`)
    const stack = await here.stack({ files })
    const settings = { COLOUR: 'blue $5', ODD_empty: 'no longer' }
    const text = instanceDocument({ stack, release: release(image, { settings }), instance: 'i1', scope: part, environment: 'production', secretSettings: { API_KEY: 'SHOP_KEY' } })
    expect(text).not.toContain('planted')
    await here.engine.run({ what: 'start it', argv: ['compose', '--project-name', `${part}-i1`, '--file', '-', 'up', '--detach', '--no-build', '--wait'], stdin: text, userEnvironment: true, timeoutMs: 60_000 })

    const names = [`ecluse-${part}-i1-1`, `ecluse-${part}-i1-2`]
    expect(stack.containersOf(part, 'i1')).toEqual(names)
    expect(theirs).toMatchObject({ FROM_DOTENV: 'it is the $tep', FROM_OVERRIDE: 'yes', IN_FILE: 'lit $eral', PASSED_ON: 'pass$$ed', ...Object.fromEntries(Object.entries(odd).map(([name, value]) => [`ODD_${name}`, value])) })
    for (const name of names) {
      expect(await environmentIn(name)).toEqual({ ...theirs, ...settings, API_KEY: 'planted $ecret\nof two lines', ECLUSE_VERSION: 'v1', ECLUSE_INSTANCE: 'i1', ECLUSE_ENVIRONMENT: 'production' })
    }
  })

  test('is like the service, but publishes nothing and does not come back once it was stopped', async () => {
    const parts = (name: string): Promise<string> => lab.docker(['inspect', '--format', '{{json .HostConfig.Memory}}{{json .HostConfig.ExtraHosts}}{{json .Config.StopTimeout}}{{json .Config.Healthcheck}}{{json .Config.Cmd}}{{json .HostConfig.Init}}', name])
    // Compose gives a container's mounts in no order of its own.
    const mounts = async (name: string): Promise<readonly string[]> => (JSON.parse(await lab.docker(['inspect', '--format', '{{json .HostConfig.Binds}}', name])) as string[]).toSorted()
    expect(await parts(`ecluse-${part}-i1-1`)).toBe(await parts(`${part}-web-1`))
    expect(await mounts(`ecluse-${part}-i1-1`)).toEqual(await mounts(`${part}-web-1`))
    expect(await mounts(`${part}-web-1`)).toHaveLength(2)
    const own = await lab.docker(['inspect', '--format', '{{json .HostConfig.RestartPolicy.Name}} {{json .HostConfig.PortBindings}} {{index .Config.Labels "team"}} {{index .Config.Labels "ecluse.instance"}} {{index .Config.Labels "ecluse.scope"}} {{index .Config.Labels "traefik.enable"}}', `ecluse-${part}-i1-1`])
    expect(own.trim()).toBe(`"always" {} a$b i1 ${part}`)
    const labelled: unknown = JSON.parse(await lab.docker(['inspect', '--format', '{{index .Config.Labels "ecluse.release"}}', `ecluse-${part}-i1-1`]))
    expect(labelled).toMatchObject({ version: 'v1', settings: { COLOUR: 'blue $5' } })
    expect((await lab.docker(['exec', `ecluse-${part}-i1-1`, 'cat', '/conf/a'])).trim()).toBe('from the checkout')
    const contents = (name: string): Promise<string> => lab.docker(['exec', name, 'sh', '-c', 'cd /run/secrets && ls -l token | cut -c1-10; cat token given /etc/motd'])
    expect(await contents(`ecluse-${part}-i1-2`)).toBe('-r--r-----\nplanted $ecret\nof two linesg$vencosts $5 and the $tep')
    expect(await contents(`${part}-web-1`)).toBe(await contents(`ecluse-${part}-i1-2`))
  })

  test('is on the networks of the service under its own name, and not under that of the service', async () => {
    const namesOn = async (container: string, network: string): Promise<readonly string[]> =>
      JSON.parse(await lab.docker(['inspect', '--format', `{{json (index .NetworkSettings.Networks "${network}").DNSNames}}`, container])) as string[]
    for (const network of [`${part}_front`, `${part}-backstage`]) {
      const names = await namesOn(`ecluse-${part}-i1-1`, network)
      expect(names).toContain(`ecluse-${part}-i1-1`)
      expect(names.filter((name) => ['web', 'shop', `${part}-named`, 'release'].includes(name))).toEqual([])
    }
    const found = await lab.docker(['exec', `${part}-db-1`, 'nslookup', `ecluse-${part}-i1-2`])
    expect(found).toMatch(/Address.*: *172\.|Address.*: *10\.|Address.*: *192\./)
  })

  test('is not started without a secret that it needs', async () => {
    const text = instanceDocument({ stack: await here.stack({ files }), release: release(image), instance: 'i2', scope: part, environment: 'production', secretSettings: { API_KEY: 'NOBODY_HAS_THIS' } })
    const up = here.engine.run({ what: 'start it', argv: ['compose', '--project-name', `${part}-i2`, '--file', '-', 'up', '--detach'], stdin: text, userEnvironment: true, timeoutMs: 60_000 })
    await expect(up).rejects.toMatchObject({ tail: expect.arrayContaining([expect.stringContaining('required variable NOBODY_HAS_THIS is missing a value: secret setting API_KEY')]) })
  })

  test('is the same document for the same files, and another one for a changed variable', async () => {
    const made = async (): Promise<string> => instanceDocument({ stack: await here.stack({ files }), release: release(image), instance: '', scope: part, environment: 'production', secretSettings: {} })
    const first = await made()
    expect(await made()).toBe(first)
    here.write('deploy/.env', 'FROM_DOTENV=changed\n')
    expect(await made()).not.toBe(first)
  })
})
