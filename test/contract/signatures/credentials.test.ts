/** A registry that lets only those in who have its password. */
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import http from 'node:http'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { cosignSignatures, cosignSigner } from '../../../core/drivers/signatures/cosign/index.js'
import { withEngines } from '../../support/engines/index.js'
import { PASSWORD, signatureLab, type KeyPair, type SignatureLab } from '../../support/signature-lab.js'

const USER = 'ann:letmein'

/** In front of a registry, on a port of its own. */
async function guard(registry: string): Promise<{ readonly address: string; readonly stop: () => Promise<void> }> {
  const [hostname, port] = registry.split(':')
  const server = http.createServer((request, response) => {
    const { method, url, headers } = request
    if (headers.authorization !== `Basic ${Buffer.from(USER).toString('base64')}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"', 'content-type': 'application/json' }).end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}')
      return
    }
    const asked = http.request({ hostname, port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    asked.on('error', () => response.destroy())
    request.pipe(asked)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    address: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

withEngines(['docker', 'cosign'], 'signatures in a registry with a password', () => {
  let lab: SignatureLab
  let ours: KeyPair
  let gate: Awaited<ReturnType<typeof guard>>
  let image: string
  let dockerConfig: string

  beforeAll(async () => {
    lab = await signatureLab()
    ours = await lab.keys()
    gate = await guard(lab.docker.registry)
    image = (await lab.image()).replace(lab.docker.registry, gate.address)
    dockerConfig = `${lab.work}/login`
    await mkdir(dockerConfig)
    await writeFile(`${dockerConfig}/config.json`, JSON.stringify({ auths: { [gate.address]: { auth: Buffer.from(USER).toString('base64') } } }))
  })
  afterAll(async () => {
    await gate?.stop()
    await lab.close()
  })

  test('are neither read nor written without it', async () => {
    const refused = { code: 'registry-refused', fix: expect.stringContaining('Log in') }
    await expect(lab.signatures.verify(image, { kind: 'key', key: ours.pub })).rejects.toMatchObject(refused)
    await expect(lab.signer({ key: ours.key, password: PASSWORD }).sign(image)).rejects.toMatchObject(refused)
  })

  test('are with what a login left', async () => {
    const key = { name: 'cosign', key: ours.key, password: PASSWORD } as const
    expect(await cosignSigner(key, {}, { dockerConfig }, lab.ambient).sign(image)).toMatchObject({ fresh: true })
    expect(await cosignSignatures({ dockerConfig }, lab.ambient).verify(image, { kind: 'key', key: ours.pub })).toMatchObject({ kind: 'signed' })
  })
})
