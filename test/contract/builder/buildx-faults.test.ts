import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EcluseError, InputError, ProcessError } from '../../../core/errors/families.js'
import type { BuildRequest } from '../../../core/ports/builder.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, removeFolders, requestFor, type Sources } from './context.js'
import { buildLab, engineRequest, type BuildLab } from './registry-lab.js'

let scene: BuildLab
let base = ''
let refusing: Server

const addressOf = (server: Server): string => {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : ''
}

withEngines(['docker'], 'what keeps buildx from building', () => {
  beforeAll(async () => {
    scene = await buildLab()
    base = await scene.lab.base('static')
    // Everybody may look, nobody may push.
    refusing = createServer((asked, answer) => {
      const pushes = asked.method === 'POST' || asked.method === 'PUT'
      answer.writeHead(pushes ? 403 : asked.url === '/v2/' ? 200 : 404, { 'content-type': 'application/json' })
      answer.end(pushes ? '{"errors":[{"code":"DENIED","message":"requested access to the resource is denied"}]}' : '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}')
    })
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    refusing?.close()
    await removeFolders()
  })

  const fails = async (sources: Sources, more: Partial<BuildRequest> = {}, lab: BuildLab = scene): Promise<EcluseError> => {
    const context = more.context ?? (await contextOf(sources))
    const thrown: unknown = await lab.builder.build(requestFor(context, `${lab.lab.registry}/${lab.lab.unique('fault')}`, { ...more, context })).then(() => undefined, (fault: unknown) => fault)
    if (!(thrown instanceof EcluseError)) throw new Error(`no fault of ours but ${String(thrown)}`)
    return thrown
  }

  test('a step that fails: its line, what it was, and its last words', async () => {
    // Both on one stream: an engine reads the two of a step side by side, and nothing orders them.
    const fault = await fails({ Dockerfile: `FROM ${base}\nRUN true\nRUN echo first >&2 && \\\n    echo "no such package" >&2 && exit 7\n` })
    expect(fault).toMatchObject({ code: 'build-failed', message: 'Could not build `shop` 1.0.0: Dockerfile:3: `RUN echo first >&2 && echo "no such package" >&2 && exit 7` ended with exit code 7: "no such package".' })
    expect(fault instanceof ProcessError && fault.tail).toEqual(['first', 'no such package'])
  })

  test('a line that can not be read', async () => {
    const fault = await fails({ Dockerfile: `FROM ${base}\nRUN --mount=type=nonsense true\n` })
    expect(fault).toBeInstanceOf(InputError)
    expect(fault).toMatchObject({ code: 'dockerfile-invalid', message: expect.stringMatching(/^Dockerfile:2: .*nonsense/) })
  })

  test('a file that is not in the context', async () => {
    expect(await fails({ Dockerfile: `FROM ${base}\nCOPY nothere /x\n` })).toMatchObject({ code: 'build-failed', message: 'Could not build `shop` 1.0.0: Dockerfile:2: `COPY nothere /x` takes `/nothere`, which is not there.', fix: expect.stringContaining('.dockerignore') })
  })

  test('a base image that is not there, and one whose registry is not', async () => {
    const { registry } = scene.lab
    expect(await fails({ Dockerfile: `FROM ${registry}/base/none:1\n` })).toMatchObject({ code: 'image-not-found', message: `Could not build \`shop\` 1.0.0: Dockerfile:1: the base image \`${registry}/base/none:1\` could not be fetched: there is no such image.` })
    expect(await fails({ Dockerfile: 'FROM 127.0.0.1:1/base/none:1\n' })).toMatchObject({ code: 'registry-unreachable', message: expect.stringContaining('Dockerfile:1: the base image `127.0.0.1:1/base/none:1` could not be fetched: "') })
  })

  test('programs of a platform that this machine can not run', async () => {
    // What the kernel says of a program that is none of its own is the same for every foreign machine.
    const fault = await fails({ Dockerfile: `FROM ${base}\nCOPY --chmod=755 program /bin/program\nRUN ["/bin/program"]\n`, program: Buffer.from('7f454c460201010000000000000000000200b7000100000000', 'hex') }, { platforms: ['linux/amd64'] })
    expect(fault).toMatchObject({ code: 'emulation-missing', message: expect.stringContaining('Dockerfile:3: `RUN ["/bin/program"]` is for linux/amd64'), fix: expect.stringContaining('docker/setup-qemu-action') })
  })

  test('a registry that is down, before anything is built', async () => {
    const fault = await fails({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' }, { destination: '127.0.0.1:1/shop' })
    expect(fault).toMatchObject({ code: 'registry-unreachable', message: expect.stringContaining('127.0.0.1:1/shop') })
    expect(scene.said.info.filter((line) => line.includes('COPY Dockerfile'))).toEqual([])
  })

  test('a registry that lets nobody push', async () => {
    expect(await fails({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' }, { destination: `${addressOf(refusing)}/shop` })).toMatchObject({ code: 'registry-refused', message: expect.stringContaining('the registry does not let this account push to') })
  })

  test('a list of packages without the image that makes it', async () => {
    const engine = engineRequest({ attestations: 'full', sbomGenerator: `${scene.lab.registry}/tools/none:1` })
    expect(await fails({ Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' }, { engine })).toMatchObject({ code: 'image-not-found', message: expect.stringContaining('`attestations: full` needs an image'), fix: expect.stringContaining('`build.sbom-generator`') })
  })

  test('no docker, no engine, no buildx', async () => {
    const sources = { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' }
    const empty = await contextOf({ 'config.json': '{}' })
    expect(await fails(sources, {}, await buildLab({ env: { PATH: empty } }))).toMatchObject({ code: 'docker-missing' })
    expect(await fails(sources, {}, await buildLab({ env: { DOCKER_CONFIG: empty } }))).toMatchObject({ code: 'buildx-missing' })
    expect(await fails(sources, {}, await buildLab({ env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }))).toMatchObject({ code: 'docker-unreachable' })
  })

  test('an engine without room', async () => {
    const engine = await scene.lab.privateEngine({ dataBytes: 48 * 1024 * 1024 })
    try {
      const there = await buildLab({ env: { DOCKER_HOST: engine.env.DOCKER_HOST } })
      const fault = await fails({ Dockerfile: `FROM ${base}\nRUN dd if=/dev/urandom of=/large bs=1M count=100\n` }, {}, there)
      expect(fault).toMatchObject({ code: 'disk-full', message: expect.stringContaining('no room is left on the disk of the engine'), fix: expect.stringContaining('docker builder prune') })
    } finally {
      await engine.end()
    }
  })

  test('everything that is wrong with a request is told at once', async () => {
    const fault = await fails({}, { context: '/nowhere/at/all', destination: 'Shop:1', version: 'a b', platforms: [], engine: engineRequest({ contexts: { lib: '/nowhere' }, secrets: { 'a b': 'x' } }) })
    expect(fault instanceof InputError && fault.problems.map(({ code, message }) => `${code} ${message.slice(0, 35)}`)).toEqual([
      'file-missing Could not read the context `/nowher', 'dockerfile-missing There is no Dockerfile at `/nowhere', 'file-missing Could not read the context `lib`, `', 'input-invalid The version is "a b", which can not',
      'input-invalid The repository is "Shop:1".', 'input-invalid No platform is named to build for.', 'input-invalid "a b" is no id for a secret.',
    ])
  })
})
