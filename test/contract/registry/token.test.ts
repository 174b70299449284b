import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { dockerRegistry } from '../../../core/drivers/registries/docker/index.js'
import type { Engine } from '../../../core/ports/engine.js'
import { withEngines } from '../../support/engines/index.js'
import { removeFolders, temporaryFolder } from '../builder/context.js'
import { buildLab, manifestAt, type BuildLab } from '../builder/registry-lab.js'
import { forward } from '../builder/slow-registry.js'

/** On a busy machine. */
const LONG = 180_000
const USER = 'deploy:s3cret'

/** The lab's registry behind tokens, as the large ones are: they are had from another service, for one repository and one purpose. */
async function tokenRegistry(behind: string): Promise<{ readonly server: Server; readonly address: string; readonly scopes: string[] }> {
  const scopes: string[] = []
  const serve = (asked: IncomingMessage, answer: ServerResponse): void => {
    const url = new URL(asked.url ?? '/', `http://${address}`)
    if (url.pathname === '/token') {
      const known = asked.headers.authorization === `Basic ${Buffer.from(USER).toString('base64')}`
      scopes.push(`${url.searchParams.get('service')} ${url.searchParams.get('scope')}`)
      answer.writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
      return void answer.end(known ? JSON.stringify({ token: `for ${url.searchParams.get('scope')}` }) : '{}')
    }
    const [, name = ''] = /^\/v2\/(.+?)\/(?:manifests|blobs)\//.exec(url.pathname) ?? []
    const needs = asked.method === 'GET' || asked.method === 'HEAD' ? 'pull' : 'pull,push'
    if (asked.headers.authorization === `Bearer for repository:${name}:${needs}`) return forward(asked, answer, behind)
    answer.writeHead(401, { 'www-authenticate': `Bearer realm="http://${address}/token",service="lab",scope="repository:${name}:${needs}"`, 'content-type': 'application/json' })
    answer.end('{"errors":[{"code":"UNAUTHORIZED"}]}')
  }
  const server = createServer(serve)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  const address = `127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`
  return { server, address, scopes }
}

withEngines(['docker'], 'a registry that wants tokens', () => {
  let scene: BuildLab
  let guarded: Awaited<ReturnType<typeof tokenRegistry>>
  let name = ''
  beforeAll(async () => {
    scene = await buildLab()
    guarded = await tokenRegistry(scene.lab.registry)
    name = scene.lab.unique('token')
    await scene.lab.image(`${name}:1`, { files: { '/a': 'a' } })
  }, LONG)
  afterAll(async () => {
    guarded?.server.closeAllConnections()
    guarded?.server.close()
    await removeFolders()
  })

  const opened = async (config: unknown) => {
    const folder = await temporaryFolder()
    await writeFile(path.join(folder, 'config.json'), JSON.stringify(config))
    const calls: string[] = []
    const masked: string[] = []
    const engine: Engine = { ...scene.engine, run: (call) => {
      calls.push(call.argv.join(' '))
      return scene.engine.run(call)
    } }
    return { calls, masked, registry: dockerRegistry(engine, folder, { ...scene.ambient, mask: (secret) => void masked.push(secret) }) }
  }

  test('gives one for each repository and purpose, once; docker is not needed', async () => {
    const { registry, calls, masked } = await opened({ auths: { [guarded.address]: { auth: Buffer.from(USER).toString('base64') } } })
    const image = `${guarded.address}/${name}`
    const seen = await registry.look(`${image}:1`)
    expect(await registry.digestOf(`${image}:1`)).toBe(seen?.digest)
    await registry.tag(`${image}@${seen?.digest}`, ['2', '3'])
    expect([(await manifestAt(`${scene.lab.registry}/${name}:2`))?.digest, (await manifestAt(`${scene.lab.registry}/${name}:3`))?.digest]).toEqual([seen?.digest, seen?.digest])
    expect(guarded.scopes).toEqual([`lab repository:${name}:pull`, `lab repository:${name}:pull,push`])
    expect([calls, masked.length > 0]).toEqual([[], true])
    expect(await registry.look(`${image}:none`)).toBeUndefined()
  }, LONG)

  test('that is not had with these credentials: docker is asked, and its refusal counts', async () => {
    const { registry, calls } = await opened({ auths: { [guarded.address]: { auth: Buffer.from('deploy:wrong').toString('base64') } } })
    await expect(registry.look(`${guarded.address}/${name}:1`)).rejects.toMatchObject({ code: 'registry-refused' })
    expect(calls).not.toEqual([])
  }, LONG)
})
