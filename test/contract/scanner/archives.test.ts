import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { dockerArchives } from '../../../core/drivers/archives/docker/index.js'
import { ociLayoutArchives } from '../../../core/drivers/archives/oci-layout/index.js'
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import { dockerEngine } from '../../../core/drivers/engines/docker/index.js'
import { openScanner } from '../../../core/drivers/registry-docker.js'
import { pinnedImage } from '../../../core/domain/release.js'
import { systemProcesses } from '../../../core/io/process.js'
import { dockerLab, type DockerLab } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { contextOf, requestFor, surroundings } from '../builder/context.js'
import { databaseOf, LODASH, machine, removeFolders, temporaryFolder } from './lab.js'

afterEach(removeFolders)

describe('images of a layout as archives', () => {
  const built = async (platforms: readonly string[]) => {
    const { ambient } = await surroundings(await temporaryFolder())
    const layout = await temporaryFolder()
    const { image } = await ociLayoutBuilder(ambient).build(requestFor(await contextOf({ Dockerfile: 'FROM scratch\nCOPY a /a\n', a: 'x' }), layout, { platforms }))
    return { image, layout, archives: ociLayoutArchives(ambient), file: path.join(layout, 'image.tar') }
  }

  test('name the platforms that there are when one is asked for that there is not', async () => {
    const { image, archives, file } = await built(['linux/amd64', 'linux/arm/v7'])
    await archives.save(image, 'linux/arm/v7', file)
    await expect(archives.save(image, 'linux/arm64', `${file}.2`)).rejects.toMatchObject({ code: 'image-not-found', message: expect.stringContaining('only for linux/amd64, linux/arm/v7') })
  })

  test('are not made of bytes that were changed', async () => {
    const { image, layout, archives, file } = await built(['linux/amd64'])
    const blob = (digest: string): string => path.join(layout, 'blobs', ...digest.split(':'))
    const manifest = blob(pinnedImage(image)!.digest)
    const { layers: [layer] }: { layers: { digest: string }[] } = JSON.parse(await readFile(manifest, 'utf8'))
    const bytes = await readFile(blob(layer!.digest))
    await writeFile(blob(layer!.digest), bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)))
    await expect(archives.save(image, 'linux/amd64', file)).rejects.toMatchObject({ code: 'image-corrupt', message: expect.stringContaining(layer!.digest.slice(7)) })
    await writeFile(manifest, '{}')
    await expect(archives.save(image, 'linux/amd64', file)).rejects.toMatchObject({ code: 'image-corrupt' })
  })

  test('are missed where there is none', async () => {
    const { layout, archives, file } = await built(['linux/amd64'])
    await expect(archives.save(`oci-layout://${layout}@sha256:${'0'.repeat(64)}`, 'linux/amd64', file)).rejects.toMatchObject({ code: 'image-not-found' })
  })
})

withEngines(['docker', 'osv-scanner'], 'images of a registry as archives', (pathOf) => {
  let lab: DockerLab
  let part = ''
  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('scan')
  })
  afterAll(() => lab.cleanup(part))

  const archivesIn = async () => {
    const { ambient } = await machine([path.dirname(pathOf('osv-scanner'))])
    const process = systemProcesses({ signal: ambient.signal, env: { ...globalThis.process.env, ...lab.env } })
    return { ambient, archives: dockerArchives(dockerEngine({ hostKeys: [] }, { ...ambient, process }), ambient.files) }
  }

  test('are fetched by digest, and a scanner finds in them what is there', async () => {
    const { ambient, archives } = await archivesIn()
    const packages = { 'node_modules/lodash': { version: '4.17.20' } }
    const image = await lab.image(`${part}:1`, { files: { '/app/node_modules/.package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, packages }), '/app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20"}' } })
    const archive = path.join(await temporaryFolder(), 'image.tar')
    await archives.save(image, 'linux/amd64', archive)
    const scanner = await openScanner({ scanner: 'osv-scanner', database: { offline: true, folder: await databaseOf({ npm: [LODASH] }) } }, ambient)
    expect((await scanner.scan({ image, archive })).found).toMatchObject([{ id: 'CVE-2021-23337', package: 'lodash' }])
  })

  test('are missed where the registry has none', async () => {
    const { archives } = await archivesIn()
    const image = `${lab.registry}/${part}@sha256:${'0'.repeat(64)}`
    await expect(archives.save(image, 'linux/amd64', path.join(await temporaryFolder(), 'image.tar'))).rejects.toMatchObject({ message: expect.stringContaining(part) })
  })
})
