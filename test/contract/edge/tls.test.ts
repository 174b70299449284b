import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { withEngines } from '../../support/engines/index.js'
import { unusedPort } from '../../support/ports.mjs'
import { edgeLab, type Arm, type EdgeLab } from './lab.js'

withEngines(['haproxy', 'openssl'], 'an edge that ends TLS', (pathOf) => {
  let lab: EdgeLab
  let folder: string
  let ca: Buffer
  let port: number
  let stable: Arm

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tls-'))
    const [key, certificate, file] = ['key.pem', 'cert.pem', 'both.pem'].map((name) => path.join(folder, name))
    await promisify(execFile)(pathOf('openssl'), [
      'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=shop.example', '-addext', 'subjectAltName=DNS:shop.example', '-keyout', key!, '-out', certificate!,
    ])
    ca = await readFile(certificate!)
    await writeFile(file!, Buffer.concat([ca, await readFile(key!)]))
    port = await unusedPort()
    lab = await edgeLab(pathOf('haproxy'), { setup: { tls: { port, file: file! } } })
    await lab.start()
    stable = await lab.arm('v1')
    await lab.wish({ stable, weight: 0 })
  })
  afterAll(async () => {
    await lab.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('HTTP/1.1: the release learns that it was https, whatever the client says', async () => {
    const outgoing = request({ host: '127.0.0.1', port, ca, servername: 'shop.example', headers: { host: 'shop.example', 'x-forwarded-proto': 'http' } }).end()
    const [response] = await once(outgoing, 'response')
    response.resume()
    expect([response.statusCode, response.headers['x-ecluse-version']]).toEqual([200, 'v1'])
    expect(stable.replicas[0]!.asked.at(-1)!.headers).toMatchObject({ 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' })
  })

  test('HTTP/2: many requests on one connection, each counted, each answered', async () => {
    const before = stable.replicas[0]!.asked.length
    const client = connect(`https://127.0.0.1:${port}`, { ca, servername: 'shop.example' })
    const statusOf = async (where: string): Promise<string> => {
      const stream = client.request({ ':path': where, ':authority': 'shop.example' })
      const [headers] = await once(stream, 'response')
      stream.resume().end()
      await once(stream, 'close')
      return `${headers[':status']} ${headers['x-ecluse-version']}`
    }
    expect(await Promise.all(Array.from({ length: 20 }, (_, index) => statusOf(`/?${index}`)))).toEqual(Array.from({ length: 20 }, () => '200 v1'))
    expect(await statusOf('/die')).toBe('502 v1')
    client.close()
    expect((await lab.until(({ arms }) => arms[0]!.requests === before + 21)).arms[0]!.errors).toBe(1)
  })

  test('the plain port serves beside it', async () => {
    expect(await lab.ask()).toMatchObject({ status: 200, version: 'v1' })
  })
})
