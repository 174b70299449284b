import { afterAll, describe, expect, test } from '@jest/globals'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import { layerOf, writeBlob, type TarEntry } from '../../support/images.js'
import { contextOf, filesOf, removeFolders, requestFor, seeImage, surroundings, temporaryFolder, type Sources } from './context.js'

afterAll(removeFolders)

interface BaseOptions {
  readonly config?: Readonly<Record<string, unknown>>
  readonly architecture?: string
  readonly diffIds?: readonly string[]
}

/** A base image with layers as registries have them: gzipped, with names, owners and whiteouts. */
async function baseImage(layers: readonly (readonly TarEntry[])[], { config = {}, architecture = 'amd64', diffIds }: BaseOptions = {}) {
  const folder = await temporaryFolder()
  const packed = await Promise.all(layers.map(layerOf))
  const ids = diffIds ?? packed.map((layer) => `sha256:${createHash('sha256').update(gunzipSync(layer)).digest('hex')}`)
  const described = await Promise.all(packed.map(async (layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...(await writeBlob(folder, layer)) })))
  const about = await writeBlob(folder, JSON.stringify({ architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: ids }, history: layers.map((_, index) => ({ created_by: `base ${index}` })) }))
  const { digest } = await writeBlob(folder, JSON.stringify({ schemaVersion: 2, config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...about }, layers: described }))
  return { folder, reference: `oci-layout://${folder}@${digest}`, layers: described }
}

async function build(dockerfile: string, sources: Sources = {}, platforms: readonly string[] = ['linux/amd64']) {
  const context = await contextOf({ Dockerfile: dockerfile, ...sources })
  const { ambient } = await surroundings(context)
  const destination = path.join(await temporaryFolder(), 'images')
  return ociLayoutBuilder(ambient).build(requestFor(context, destination, { platforms }))
}

const ROOT: readonly TarEntry[] = [
  { name: 'usr/', type: 'directory' }, { name: 'usr/bin/', type: 'directory' }, { name: 'bin', type: 'symlink', linkname: 'usr/bin' },
  { name: 'usr/bin/sh', mode: 0o4755, content: 'shell' }, { name: 'usr/bin/ash', type: 'link', linkname: 'usr/bin/sh' },
  { name: 'tmp/', type: 'directory', mode: 0o1777 }, { name: 'old/', type: 'directory' }, { name: 'old/a', content: 'a' }, { name: 'gone', content: 'g' },
  { name: 'etc/', type: 'directory' }, { name: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\nnode:x:1000:1001::/:/bin/sh\n' }, { name: 'etc/group', content: 'root:x:0:\nstaff:x:50:\n' },
]

describe('a base image', () => {
  test('brings its layers and settings, and what is copied goes through its links', async () => {
    const base = await baseImage([ROOT, [{ name: '.wh.gone' }]], { config: { Env: ['PATH=/bin', 'A=1'], Cmd: ['sh'], WorkingDir: '/work', Labels: { from: 'base' }, User: 'node' } })
    const built = await build(`FROM ${base.reference}\nENV B=$A$A\nCOPY tool /bin/\nCOPY tmp/ /tmp/\nENTRYPOINT ["tool"]\n`, { tool: 't', 'tmp/x': 'x' })
    const image = await seeImage(built.image)
    expect(built.layers.slice(0, 2).map(({ digest, createdBy }) => [digest, createdBy])).toEqual(base.layers.map(({ digest }, index) => [digest, `base ${index}`]))
    expect([...image.layers[2]!.keys(), ...image.layers[3]!.keys()]).toEqual(['usr/bin/tool', 'tmp/x'])
    expect(image.config.config).toEqual({ Env: ['PATH=/bin', 'A=1', 'B=11'], Entrypoint: ['tool'], WorkingDir: '/work', Labels: { from: 'base' }, User: 'node' })
    expect(image.config.rootfs.diff_ids).toHaveLength(4)
  })

  test('can be copied from, with modes, owners and removed files as they are', async () => {
    const base = await baseImage([ROOT, [{ name: 'old/' , type: 'directory' }, { name: 'old/.wh..wh..opq' }, { name: 'old/b', content: 'b' }, { name: '.wh.gone' }]])
    const built = await build(`FROM scratch\nCOPY --from=${base.reference} /bin/sh /bin/ash /shells/\nCOPY --from=${base.reference} /old /tmp /kept/\n`)
    const [shells, kept] = (await seeImage(built.image)).layers
    expect(shells!.get('shells/ash')).toMatchObject({ mode: 0o4755, content: 'shell' })
    expect(shells!.get('shells/sh')).toMatchObject({ mode: 0o4755, content: 'shell', mtime: 1_700_000_000 })
    expect([...kept!.keys()]).toEqual(['kept/', 'kept/b'])
    await expect(build(`FROM scratch\nCOPY --from=${base.reference} /gone /\n`)).rejects.toMatchObject({ message: expect.stringContaining('Dockerfile:2: "/gone" is not in') })
  })

  test('knows the names of --chown', async () => {
    const base = await baseImage([ROOT])
    const built = await build(`FROM ${base.reference}\nCOPY --chown=node:staff --chmod=640 a d/ /new/\nCOPY --chown=7 a /\nCOPY --chown=300000 a /big\n`, { a: 'a', 'd/e': 'e' })
    const [, first, second, third] = (await seeImage(built.image)).layers
    expect([...first!].map(([name, { uid, gid, mode }]) => [name, uid, gid, mode.toString(8)])).toEqual([['new/', 1000, 50, '755'], ['new/a', 1000, 50, '640'], ['new/e', 1000, 50, '640']])
    expect(second!.get('a')).toMatchObject({ uid: 7, gid: 7, mode: 0o644 })
    expect(third!.has('big')).toBe(true)
    await expect(build(`FROM ${base.reference}\nCOPY --chown=nobody a /\n`, { a: '' })).rejects.toMatchObject({ message: expect.stringContaining('"nobody"') })
  })

  test('is refused when it is damaged, absent, for another platform, or not pinned', async () => {
    const base = await baseImage([ROOT])
    const arm = await baseImage([ROOT], { architecture: 'arm64' })
    const lying = await baseImage([ROOT], { diffIds: [`sha256:${'0'.repeat(64)}`] })
    const nowhere = `oci-layout:///nowhere@sha256:${'1'.repeat(64)}`
    const refused = async (from: string, message: string): Promise<void> => {
      await expect(build(`FROM ${from}\nCOPY Dockerfile /\n`)).rejects.toMatchObject({ message: expect.stringContaining(message) })
    }
    await refused(arm.reference, 'made for linux/arm64, not for linux/amd64')
    await refused(nowhere, 'is not there')
    await refused(lying.reference, 'not what the image configuration promises')
    await refused('oci-layout://base:latest', 'not pinned by digest')
    await refused('node:24', 'have to come from a registry')
    const blob = path.join(base.folder, 'blobs/sha256', base.layers[0]!.digest.slice(7))
    const content = await readFile(blob)
    content[20]! ^= 1
    await writeFile(blob, content)
    await expect(build(`FROM ${base.reference}\nCOPY Dockerfile /\n`)).rejects.toMatchObject({ code: 'image-corrupt' })
    await expect(build(`FROM ${base.reference}\nENV a=1\n`)).rejects.toMatchObject({ code: 'image-corrupt' })
  })

  test('can be an image of our own, for several platforms', async () => {
    const both = ['linux/amd64', 'linux/arm64']
    const first = await build('FROM scratch\nCOPY a /\nONEARG\n'.replace('ONEARG\n', 'ENV A=1\n'), { a: 'a' }, both)
    const second = await build(`FROM ${first.image}\nCOPY b /\n`, { b: 'b' }, both)
    for (const architecture of ['amd64', 'arm64']) expect(filesOf(await seeImage(second.image, architecture))).toEqual({ a: 'a', b: 'b' })
    await expect(build(`FROM ${first.image}\n`, {}, ['linux/riscv64'])).rejects.toMatchObject({ message: expect.stringContaining('linux/amd64, linux/arm64') })
  })
})

describe('stages', () => {
  test('copy from each other by name and number; only those that are needed are read', async () => {
    const built = await build([
      'FROM scratch AS one', 'WORKDIR /out', 'COPY a b/', 'FROM scratch AS tested', 'RUN npm test', 'FROM one AS two', 'COPY a /two',
      'FROM scratch', 'COPY --from=one /out /one', 'COPY --from=2 /two /', 'COPY --from=two /out/b/* /all/',
    ].join('\n'), { a: 'a' })
    expect(filesOf(await seeImage(built.image))).toEqual({ 'one/b/a': 'a', two: 'a', 'all/a': 'a' })
  })

  test('WORKDIR without a COPY after it still makes its folder', async () => {
    const built = await build('FROM scratch\nCOPY a /\nWORKDIR /app/data\nENV a=1\n', { a: '' })
    const image = await seeImage(built.image)
    expect(image.layers.map((layer) => [...layer.keys()])).toEqual([['a'], ['app/', 'app/data/']])
    expect(image.config.history.map(({ created_by: by, empty_layer: empty }) => [by, empty ?? false])).toEqual([['COPY a /', false], ['WORKDIR /app/data', false], ['ENV a=1', true]])
  })
})
