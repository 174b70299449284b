import { afterAll, describe, expect, test } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import { chmod, lstat, mkdir, readFile, readdir, readlink, truncate, utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { BuildRequest, Built } from '../../../core/ports/builder.js'
import { blob, contextOf, filesOf, json, listed, partsOf, removeFolders, requestFor, seeImage, surroundings, temporaryFolder, type Sources } from './context.js'
import { withEngines } from '../../support/engines/index.js'
import { builderContract } from './suite.js'

afterAll(removeFolders)

builderContract('oci-layout', async () => {
  const work = await temporaryFolder()
  const { ambient } = await surroundings(work)
  return { builder: ociLayoutBuilder(ambient), destination: path.join(work, 'images'), see: (image) => seeImage(image) }
})

async function bench(sources: Sources, more: Partial<BuildRequest> = {}, change: (ambient: Ambient) => Ambient = (same) => same) {
  const context = await contextOf(sources)
  const destination = path.join(await temporaryFolder(), 'images')
  const { ambient, warnings } = await surroundings(context)
  const request = requestFor(context, destination, more)
  const build = (other: Partial<BuildRequest> = {}): Promise<Built> => ociLayoutBuilder(change(ambient)).build({ ...request, ...other })
  return { context, destination, request, build, warnings, ambient }
}

const ALL: Sources = { Dockerfile: 'FROM scratch\nCOPY . /\n', '.dockerignore': 'Dockerfile\n.dockerignore\n' }

describe('determinism', () => {
  test('nothing of the machine gets into the image: order, times, permissions', async () => {
    const sources = { ...ALL, 'b/2': 'two', 'b/1': 'one', a: 'a', run: { text: '#!', mode: 0o755 }, link: { link: 'b/1' } }
    const first = await bench(sources)
    const reversed = (ambient: Ambient): Ambient => ({ ...ambient, files: { ...ambient.files, list: async (folder) => (await ambient.files.list(folder)).toReversed() } })
    const second = await bench(Object.fromEntries(Object.entries(sources).toReversed()), {}, reversed)
    for (const [name, mode] of [['a', 0o600], ['run', 0o700], ['b', 0o700], ['b/1', 0o666]] as const) await chmod(path.join(second.context, name), mode)
    await utimes(path.join(second.context, 'a'), 5, 5)
    const [one, two] = [await first.build(), await second.build()]
    expect(two.digest).toBe(one.digest)
    const [layer] = (await seeImage(one.image)).layers
    expect(new Set([...layer!.values()].map(({ uid, gid, mtime }) => `${uid} ${gid} ${mtime}`))).toEqual(new Set(['0 0 1700000000']))
    expect([...layer!].map(([name, { mode }]) => `${name} ${mode.toString(8)}`)).toEqual(['a 644', 'b/ 755', 'b/1 644', 'b/2 644', 'link 777', 'run 755'])
  })

  test('the digest is the same one in every release: this is what it was', async () => {
    const { build } = await bench({ ...ALL, a: 'a' })
    expect((await build()).layers[0]?.digest).toBe('sha256:9e5fa0b84e3ea7fd22bcdd83ba240088cfc2796684d55d018533940fcf40c4ef')
  })

  test('the executable bit counts, other permission bits do not', async () => {
    const { build, context } = await bench({ ...ALL, a: 'a' })
    const first = await build()
    await chmod(path.join(context, 'a'), 0o640)
    expect((await build()).reused).toBe(true)
    await chmod(path.join(context, 'a'), 0o755)
    expect((await build()).contentKey).not.toBe(first.contentKey)
  })

  test('another date over the same content keeps the layers and dates the image anew', async () => {
    const { build } = await bench({ ...ALL, a: 'a' })
    const first = await build()
    const second = await build({ sourceDate: 1_800_000_000 })
    expect(second).toMatchObject({ reused: true, layers: first.layers, contentKey: first.contentKey })
    expect((await seeImage(second.image)).config).toMatchObject({ created: '2027-01-15T08:00:00Z', history: [{ created: '2027-01-15T08:00:00Z' }] })
    expect(await build()).toEqual({ ...first, reused: true })
  })
})

describe('the layout', () => {
  test('holds what its index names, and only that', async () => {
    const { build, destination } = await bench({ ...ALL, a: 'a' })
    const built = await build({ labels: { colour: 'red' } })
    expect((await readdir(destination)).toSorted()).toEqual(['.drafts', '.lock', 'blobs', 'index.json', 'oci-layout'])
    expect(JSON.parse(await readFile(path.join(destination, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' })
    expect(JSON.parse(await readFile(path.join(destination, 'index.json'), 'utf8'))).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{
        mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: built.digest, size: (await blob(destination, built.digest)).length,
        platform: { architecture: 'amd64', os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': '1.0.0', 'io.github.ecluse-cd.content-key': built.contentKey },
      }],
    })
    expect(await readdir(path.join(destination, 'blobs/sha256'))).toHaveLength(3)
    expect(await readdir(path.join(destination, '.drafts'))).toEqual([])
  })

  test('a version that is built again moves on, and the image before stays reachable by digest', async () => {
    const { build, context, destination } = await bench({ ...ALL, a: 'a' })
    const first = await build()
    await writeFile(path.join(context, 'a'), 'b')
    const second = await build()
    const manifests = await listed(destination)
    expect(manifests.map(({ digest, annotations }) => [digest, annotations['org.opencontainers.image.ref.name']])).toEqual([[first.digest, undefined], [second.digest, '1.0.0']])
    expect(filesOf(await seeImage(first.image))).toEqual({ a: 'a' })
  })

  test('several platforms share their layers below one index; TARGETARCH can tell them apart', async () => {
    const { build, destination } = await bench({
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY shared /\nCOPY bin/server-$TARGETARCH /server\n',
      shared: 's', 'bin/server-amd64': 'amd', 'bin/server-arm64': 'arm64!',
    }, { platforms: ['linux/amd64', 'linux/arm64'] })
    const built = await build()
    expect(filesOf(await seeImage(built.image, 'amd64'))).toEqual({ shared: 's', server: 'amd' })
    expect(filesOf(await seeImage(built.image, 'arm64'))).toEqual({ shared: 's', server: 'arm64!' })
    expect(await readdir(path.join(destination, 'blobs/sha256'))).toHaveLength(3 + 2 + 2 + 1)
    expect(await build()).toEqual({ ...built, reused: true })
  })

  test('a damaged blob is told and built again, whichever it is', async () => {
    const { build, destination, warnings } = await bench({ ...ALL, a: 'a'.repeat(5000) })
    const first = await build()
    for (const name of await readdir(path.join(destination, 'blobs/sha256'))) {
      const file = path.join(destination, 'blobs/sha256', name)
      const content = await readFile(file)
      content[content.length >> 1]! ^= 1
      await writeFile(file, content)
      expect(await build()).toEqual({ ...first, reused: false })
      await truncate(file, 10)
      expect(await build()).toEqual({ ...first, reused: false })
    }
    expect(warnings).toHaveLength(6)
    expect(warnings[0]).toContain('damaged')
    expect(await build()).toEqual({ ...first, reused: true })
  })

  test('an index that is none stops the build before anything is written', async () => {
    const { build, destination } = await bench({ ...ALL, a: 'a' })
    await mkdir(destination)
    await writeFile(path.join(destination, 'index.json'), '{"manifests": 7}')
    await expect(build()).rejects.toMatchObject({ code: 'image-corrupt' })
    expect(await readdir(destination)).toEqual(['index.json'])
  })

  test('what Ecluse keeps inside the context is no part of it', async () => {
    const { build, context } = await bench({ Dockerfile: 'FROM scratch\nCOPY . /app/\n', a: 'a', '.ecluse/ledger': 'x' })
    const at = { destination: path.join(context, '.ecluse/images'), apart: [path.join(context, '.ecluse')] }
    const first = await build(at)
    expect(Object.keys(filesOf(await seeImage(first.image)))).toEqual(['app/Dockerfile', 'app/a'])
    expect(await build(at)).toEqual({ ...first, reused: true })
    await expect(build({ destination: context })).rejects.toMatchObject({ code: 'input-invalid' })
  })
})

describe('file names and links', () => {
  const names = ['ünïcödé – 日本 🚢.txt', `long-${'x'.repeat(120)}`, `${'deep/'.repeat(60)}leaf-${'y'.repeat(90)}`, "quote ' \" $ \\ *.txt", 'new\nline']

  test('unpack to the same tree with the system\'s tar, however long or odd', async () => {
    const { build, destination } = await bench({ ...ALL, ...Object.fromEntries(names.map((name, index) => [name, `content ${index}`])), ['lönk']: { link: `${'t/'.repeat(80)}ü` }, dangling: { link: '/etc/passwd' } })
    const built = await build()
    const to = await temporaryFolder()
    execFileSync('tar', ['-xf', path.join(destination, 'blobs/sha256', built.layers[0]!.digest.slice(7)), '-C', to])
    for (const [index, name] of names.entries()) expect(await readFile(path.join(to, name), 'utf8')).toBe(`content ${index}`)
    expect(await readlink(path.join(to, 'lönk'))).toBe(`${'t/'.repeat(80)}ü`)
    expect(await readlink(path.join(to, 'dangling'))).toBe('/etc/passwd')
    expect((await lstat(path.join(to, names[0]!))).mtimeMs).toBe(1_700_000_000_000)
  })

  test.each([
    ['COPY ../secret /', 'leads out of the context'],
    ['COPY a/../../secret /', 'leads out of the context'],
    ['COPY out /', 'leads out of the context'],
    ['COPY folder/passwd /', 'leads out of the context'],
    ['COPY up/* /x/', 'is not in the context'],
    ['COPY round /', 'is not in the context'],
    ['COPY hidden/key /', 'is not in the context'],
  ])('%s is refused', async (line, message) => {
    const { build } = await bench({
      Dockerfile: `FROM scratch\n${line}\n`, '.dockerignore': 'hidden\n', 'a/x': '', 'hidden/key': 'k',
      out: { link: '../../etc/passwd' }, folder: { link: '/etc' }, up: { link: '..' }, round: { link: 'round' },
    })
    await expect(build()).rejects.toMatchObject({ code: 'dockerfile-invalid', message: expect.stringContaining(message) })
  })

  test('a link that is named is followed inside the context; one in a folder stays a link', async () => {
    const { build } = await bench({ Dockerfile: 'FROM scratch\nCOPY current /app/\nCOPY latest /\n', current: { link: 'v2' }, 'v2/self': { link: '../outside-of-v2' }, 'v2/a': 'a', latest: { link: 'v2/a' } })
    expect(filesOf(await seeImage((await build()).image))).toEqual({ 'app/a': 'a', 'app/self': '../outside-of-v2', latest: 'a' })
  })
})

describe('while something else happens', () => {
  test('two builders at once in one layout both get their image in', async () => {
    const destination = path.join(await temporaryFolder(), 'images')
    const benches = await Promise.all(Array.from({ length: 6 }, (_, index) => bench({ ...ALL, a: `content ${index}` }, { destination, version: `1.${index}` })))
    const built = await Promise.all(benches.map(({ build }) => build()))
    const manifests = await listed(destination)
    expect(manifests.map(({ digest }) => digest).toSorted()).toEqual(built.map(({ digest }) => digest).toSorted())
    for (const [index, { image }] of built.entries()) expect(filesOf(await seeImage(image))).toEqual({ a: `content ${index}` })
  })

  test('a file that changes between its hash and its layer stops the build', async () => {
    const { build, context, ambient, destination } = await bench({ ...ALL, a: 'a' }, {}, (real) => {
      let reads = 0
      const changing = async (file: string): Promise<Uint8Array> => {
        reads += file.endsWith('/a') ? 1 : 0
        return file.endsWith('/a') && reads === 2 ? Buffer.from('b') : real.files.bytes(file)
      }
      return { ...real, files: { ...real.files, bytes: changing } }
    })
    await expect(build()).rejects.toMatchObject({ message: expect.stringContaining(`${context}/a`) })
    expect(await ambient.files.info(path.join(destination, 'index.json'))).toBeUndefined()
  })

  test('a cancel leaves nothing behind that looks like an image', async () => {
    const context = await contextOf({ ...ALL, a: 'a' })
    const destination = path.join(await temporaryFolder(), 'images')
    const stop = new AbortController()
    const { ambient } = await surroundings(context, stop.signal)
    const files = { ...ambient.files, create: async (...all: Parameters<typeof ambient.files.create>) => {
      stop.abort()
      return ambient.files.create(...all)
    } }
    await expect(ociLayoutBuilder({ ...ambient, files }).build(requestFor(context, destination))).rejects.toMatchObject({ code: 'aborted' })
    expect(await readdir(destination)).toEqual(['.drafts'])
    expect(await readdir(path.join(destination, '.drafts'))).toEqual([])
  })
})

withEngines(['skopeo'], 'skopeo', () => {
  test('accepts the image and copies it', async () => {
    const { build, destination } = await bench({ ...ALL, 'ü': 'a', run: { text: '#!', mode: 0o755 } }, { labels: { colour: 'red' }, version: '2.0' })
    const built = await build()
    const seen: unknown = JSON.parse(execFileSync('skopeo', ['inspect', `oci:${destination}:2.0`], { encoding: 'utf8' }))
    expect(seen).toMatchObject({ Digest: built.digest, Architecture: 'amd64', Os: 'linux', Labels: { colour: 'red' }, Layers: built.layers.map(({ digest }) => digest) })
    const copy = path.join(await temporaryFolder(), 'copy')
    execFileSync('skopeo', ['copy', '--insecure-policy', '--preserve-digests', `oci:${destination}:2.0`, `oci:${copy}:2.0`], { stdio: 'ignore' })
    expect(await json(copy, built.digest)).toEqual(await json(destination, built.digest))
  })
})

withEngines(['umoci'], 'umoci', () => {
  test('unpacks it to the same tree', async () => {
    const { build } = await bench({ ...ALL, 'd/ü': 'a', run: { text: '#!', mode: 0o755 }, link: { link: 'run' } })
    const { image } = await build()
    const to = path.join(await temporaryFolder(), 'bundle')
    execFileSync('umoci', ['unpack', '--rootless', '--image', `${partsOf(image).folder}:1.0.0`, to], { stdio: 'ignore' })
    expect((await readdir(path.join(to, 'rootfs'))).toSorted()).toEqual(['d', 'link', 'run'])
    expect(await readFile(path.join(to, 'rootfs/d/ü'), 'utf8')).toBe('a')
  })
})
