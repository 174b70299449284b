import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { dockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { asked, compose, plan } from './hands.js'

const STACK = `services:
  web:
    image: IMAGE
    environment: { PORT: "8080", HOST: 0.0.0.0 }
    expose: ["8080"]
    stop_grace_period: 2s
  front: { image: FRONT, ports: ["127.0.0.1:PUBLISHED:80"] }
`

/** As an nginx that nobody reloads: asks for the name when it starts, and never again. */
const FRONT = `
import http from 'node:http'
import { lookup } from 'node:dns/promises'
const find = async () => lookup('web').catch(() => new Promise((resolve) => setTimeout(resolve, 50)).then(find))
const { address } = await find()
process.on('SIGTERM', () => process.exit(0))
http.createServer((request, response) => {
  const up = http.request({ host: address, port: 8080, path: request.url, headers: request.headers, agent: false, timeout: 3000 }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers)
    answer.pipe(response)
  })
  up.on('timeout', () => up.destroy(new Error('late')))
  up.on('error', () => response.writeHead(502).end())
  up.end()
}).listen(80, '0.0.0.0')
`

withEngines(['docker'], 'a front that keeps the address of the old container', () => {
  let lab: ComposeLab

  beforeAll(async () => {
    const docker = await dockerLab()
    const app = docker.unique('shop')
    const front = await docker.image(`${app}:front`, { base: 'node', files: { '/front.mjs': FRONT }, cmd: ['node', '/front.mjs'] })
    lab = await composeLab({ app, compose: STACK.replace('FRONT', front) })
    await compose(lab.docker, lab, ['up', '--detach'])
    while ((await asked(lab.url, 1))['nobody'] !== 1);
  })
  afterAll(() => lab.close())

  test('is no stack to be taken over: users would be sent where the old one was', async () => {
    const trying = new AbortController()
    const answers = (async (): Promise<readonly unknown[]> => {
      const all: unknown[] = []
      while (!trying.signal.aborted) all.push(await asked(lab.url, 1))
      return all
    })()
    await expect(lab.open({ adopt: true }).launch(await lab.release({ version: 'v1' }), plan)).rejects.toMatchObject({
      code: 'edge-failed', message: expect.stringMatching(/serves again\. No request to .* came to the edge within 20 s/), fix: expect.stringContaining('edge.reload'),
    })
    trying.abort()
    const all = await answers
    expect(all).toEqual(all.map(() => ({ nobody: 1 })))
    expect(await lab.docker.docker(['ps', '--all', '--quiet', '--filter', `label=ecluse.scope=${lab.scope}`])).toBe('')
  })
})

withEngines(['docker'], 'compose files whose project has another name than on the host', () => {
  let lab: ComposeLab

  beforeAll(async () => {
    lab = await composeLab()
    await lab.open().launch(await lab.release({ version: 'v1' }), plan)
    await lab.open().promote()
  })
  afterAll(async () => {
    await lab.close()
    await lab.docker.cleanup(`other-${lab.app}`)
  })

  test('move no edge away from what serves', async () => {
    const file = path.join(lab.work, 'compose.yml')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^name: /, 'name: other-'))
    // Read anew from the changed file.
    const moved = lab.open()
    await expect(moved.launch(await lab.release({ version: 'v2' }), plan)).rejects.toMatchObject({
      code: 'compose-invalid', message: expect.stringMatching(/Stable v1 .* is on `shop-\w+_default`.*`other-shop-\w+_default`: it could not reach it/), fix: expect.stringContaining('`project`'),
    })
    expect(await asked(lab.url, 5)).toEqual({ v1: 5 })
  })
})
