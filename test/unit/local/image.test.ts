import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { partsInside, targetInside } from '../../../core/local/image/inside.js'
import { openImageStore } from '../../../core/local/image/store.js'
import { planProcess } from '../../../core/local/supervisor/plan.js'
import { layerOf, writeImage, type TarEntry } from '../../support/images.js'

let work: string
beforeEach(async () => {
  work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-image-'))
  await mkdir(path.join(work, 'store'))
})
afterEach(() => rm(work, { recursive: true, force: true }))

async function unpacked(...layers: readonly (readonly TarEntry[])[]): Promise<string> {
  const reference = await writeImage(path.join(work, 'layout'), await Promise.all(layers.map(layerOf)), {})
  return (await openImageStore(path.join(work, 'store')).bring(reference)).root
}

const text = (root: string, name: string): Promise<string> => readFile(path.join(root, name), 'utf8')

test('later layers lie over earlier ones, and whiteouts take away', async () => {
  const root = await unpacked(
    [{ name: 'a', content: 'old' }, { name: 'gone', content: 'x' }, { name: 'dir/below', content: 'x' }, { name: 'dir/deep/below', content: 'x' }],
    [{ name: 'a', content: 'new' }, { name: '.wh.gone', content: '' }, { name: 'dir/kept', content: 'y' }, { name: 'dir/.wh..wh..opq', content: '' }],
  )
  expect(await text(root, 'a')).toBe('new')
  expect((await readdir(root)).toSorted()).toEqual(['a', 'dir'])
  expect(await readdir(path.join(root, 'dir'))).toEqual(['kept'])
})

test('a layer that leads out of the image is refused', async () => {
  await expect(unpacked([{ name: '../escaped', content: 'x' }])).rejects.toMatchObject({ code: 'image-corrupt', message: expect.stringContaining('../escaped') })
  expect(await readdir(work)).not.toContain('escaped')
})

test('a layer that is given up half-way is closed', async () => {
  if (process.platform !== 'linux') return
  await expect(unpacked([{ name: '../escaped', content: randomBytes(4_000_000).toString('base64') }])).rejects.toMatchObject({ code: 'image-corrupt' })
  const open = async (): Promise<readonly string[]> => {
    const files = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
    return files.filter((file) => file.startsWith(work))
  }
  // It is closed soon, by another thread.
  for (const end = Date.now() + 5000; Date.now() < end && (await open()).length > 0; ) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(await open()).toEqual([])
})

test('a whiteout takes nothing away outside the image', async () => {
  for (const name of ['.wh...', '.wh..', '.wh.', 'dir/.wh...']) {
    await expect(unpacked([{ name: 'a', content: 'x' }, { name: 'dir/b', content: 'x' }], [{ name, content: '' }])).rejects.toMatchObject({ code: 'image-corrupt', message: expect.stringContaining('takes away what is no entry') })
    await rm(path.join(work, 'layout'), { recursive: true, force: true })
  }
})

test('writing through a link stays inside the image', async () => {
  const outside = path.join(work, 'outside')
  await mkdir(outside)
  const root = await unpacked(
    [{ name: 'door', type: 'symlink', linkname: outside }, { name: 'up', type: 'symlink', linkname: '../../../../..' }],
    [{ name: 'door/file', content: 'x' }, { name: 'up/file', content: 'y' }],
  )
  expect(await readdir(outside)).toEqual([])
  expect(await text(root, 'file')).toBe('y')
  expect(path.resolve(root, await readlink(path.join(root, 'door')))).toBe(path.join(root, outside))
})

test('links and permissions are those of the image', async () => {
  const root = await unpacked([
    { name: 'bin/run', content: '#!/bin/sh\n', mode: 0o755 }, { name: 'usr/run', type: 'link', linkname: 'bin/run' }, { name: 'run', type: 'symlink', linkname: '/bin/run' },
  ])
  expect((await stat(path.join(root, 'run'))).mode & 0o777).toBe(0o755)
  expect((await stat(path.join(root, 'usr/run'))).ino).toBe((await stat(path.join(root, 'bin/run'))).ino)
})

test('what is cut off is refused and leaves nothing that looks complete', async () => {
  const layer = await layerOf([{ name: 'a', content: 'x'.repeat(5000) }])
  const reference = await writeImage(path.join(work, 'layout'), [layer.subarray(0, layer.length - 12)], {})
  const store = openImageStore(path.join(work, 'store'))
  await expect(store.bring(reference)).rejects.toMatchObject({ code: 'image-corrupt' })
  await expect(store.bring(reference)).rejects.toMatchObject({ code: 'image-corrupt' })
  await store.prune(new Set())
  expect(await readdir(path.join(work, 'store'))).toEqual([])
})

test('a reference that is no layout or not pinned is named', async () => {
  const store = openImageStore(path.join(work, 'store'))
  const bring = async (reference: string): Promise<unknown> => store.bring(reference)
  await expect(bring('oci-layout:///x:latest')).rejects.toMatchObject({ code: 'image-not-pinned' })
  await expect(bring(`ghcr.io/a/b@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'image-not-found' })
})

test('an image in use is not removed', async () => {
  const reference = await writeImage(path.join(work, 'layout'), [await layerOf([{ name: 'a', content: 'x' }])], {})
  const store = openImageStore(path.join(work, 'store'))
  await store.using(reference, async () => {
    await store.prune(new Set())
    expect(await readdir(path.join(work, 'store'))).toHaveLength(1)
  })
  await store.prune(new Set())
  expect(await readdir(path.join(work, 'store'))).toEqual([])
})

test('paths inside an image', () => {
  expect(partsInside('/a/./b/../c')).toEqual(['a', 'c'])
  expect(partsInside('a/../../b')).toBeUndefined()
  expect(targetInside('/r', '/r/usr/bin/x', '/lib/y')).toBe('../../lib/y')
  expect(targetInside('/r', '/r/a', '../../../etc/passwd')).toBe('etc/passwd')
})

test('commands and paths of an image are those of the unpacked one', async () => {
  await mkdir(path.join(work, 'root/app'), { recursive: true })
  await mkdir(path.join(work, 'root/opt'), { recursive: true })
  await writeFile(path.join(work, 'root/app/server.mjs'), '')
  await writeFile(path.join(work, 'root/opt/tool'), '')
  const image = { digest: '', root: path.join(work, 'root'), config: { entrypoint: [], cmd: [], env: ['A=1', 'PATH=/opt:/none'], workingDir: '/app' } }
  const plan = planProcess(image, ['/usr/local/bin/node', '/app/server.mjs', '--flag'], { A: '2' })
  expect(path.basename(plan.program)).toBe('node')
  expect(plan).toMatchObject({ args: [path.join(work, 'root/app/server.mjs'), '--flag'], cwd: path.join(work, 'root/app') })
  expect(plan.env).toMatchObject({ A: '2' })
  expect(plan.env['PATH']).toMatch(/\/root\/opt$/)
  expect(planProcess(image, ['tool'], {}).program).toBe(path.join(work, 'root/opt/tool'))
  expect(planProcess(image, ['/opt/tool'], {}).program).toBe(path.join(work, 'root/opt/tool'))
})
