import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import { FileError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { fakeShelf, fakeStore } from '../../support/fakes/store.js'
import { deadRun, flipped } from './surroundings.js'
import { receiptFor } from './receipt.js'
import { storeContract } from './suite.js'

storeContract('a folder as a store', async () => {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-store-'))
  const ambient = backupAmbient({ work })
  const folder = path.join(work, 'backups')
  return {
    store: diskStore({ path: folder }, ambient), dead: diskStore({ path: folder }, deadRun(ambient)),
    kept: async () => (existsSync(folder) ? readdirSync(folder) : []),
    damage: (name) => flipped(path.join(folder, name)),
    close: () => rm(work, { recursive: true }),
  }
})

storeContract('the store in memory', async () => {
  const shelf = fakeShelf()
  const ambient = backupAmbient({ work: os.tmpdir() })
  return {
    store: fakeStore(shelf, ambient), dead: fakeStore(shelf, deadRun(ambient)),
    kept: () => Promise.resolve([...shelf.objects.keys(), ...shelf.receipts.keys(), ...shelf.writers.keys()].toSorted()),
    async damage(name) {
      const found = shelf.objects.get(name)
      if (found !== undefined) found.bytes[found.bytes.length >> 1]! ^= 1
    },
    close: () => Promise.resolve(),
  }
})

describe('a folder as a store', () => {
  let work = ''
  beforeAll(async () => {
    work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-store-'))
  })
  afterAll(() => rm(work, { recursive: true }))
  const fresh = (name: string): { folder: string; ambient: Ambient } => ({ folder: path.join(work, name), ambient: backupAmbient({ work }) })

  test('lets nobody else read', async () => {
    const { folder, ambient } = fresh('modes')
    const store = diskStore({ path: folder }, ambient)
    await store.write('a.dump.zst', bytes('a'))
    await store.writeReceipt(receiptFor('a.dump.zst', '2026-01-01T00:00:00.000Z'))
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(readdirSync(folder).map((name) => [name, statSync(path.join(folder, name)).mode & 0o777])).toEqual([['a.dump.zst', 0o600], ['a.dump.zst.receipt.json', 0o600]])
  })

  test('a full disk leaves nothing', async () => {
    const { folder, ambient } = fresh('full')
    const full: Ambient = { ...ambient, files: { ...ambient.files, create: async (file, content) => {
      for await (const chunk of content) if (chunk.length > 0) throw new FileError('disk-full', { message: 'no room is left', path: file })
      return { bytes: 0 }
    } } }
    await expect(diskStore({ path: folder }, full).write('a.dump.zst', bytes('much'))).rejects.toMatchObject({ code: 'disk-full' })
    expect(readdirSync(folder)).toEqual([])
  })

  test('a write that was killed is swept by the next run, with its hidden half', async () => {
    const { folder, ambient } = fresh('killed')
    const script = `
      import { writeFileSync, mkdirSync } from 'node:fs'
      mkdirSync(process.argv[1], { recursive: true })
      writeFileSync(process.argv[1] + '/.a.dump.zst.0a0b0c.tmp', 'half')
      process.kill(process.pid, 'SIGKILL')`
    const { pid } = spawnSync(process.execPath, ['--input-type=module', '-e', script, folder])
    writeFileSync(path.join(folder, '.a.dump.zst.writing.json'), JSON.stringify({ ...ambient.run, pid, started: '1' }))
    writeFileSync(path.join(folder, '.b.dump.zst.0a0b0c.tmp'), 'of a program we do not know')
    expect(await diskStore({ path: folder }, ambient).sweep()).toEqual(['.a.dump.zst.0a0b0c.tmp'])
    expect(readdirSync(folder)).toEqual(['.b.dump.zst.0a0b0c.tmp'])
  })

  test('a run that takes more than a day keeps what it writes while it lives, and only there can that be seen', async () => {
    const { folder, ambient } = fresh('slow')
    const later: Ambient = { ...ambient, clock: { ...ambient.clock, now: () => Date.now() + 25 * 3_600_000 } }
    await diskStore({ path: folder }, ambient).write('slow.dump.zst', bytes('in work'))
    await diskStore({ path: folder }, { ...ambient, run: { ...ambient.run, host: 'elsewhere' } }).write('silent.dump.zst', bytes('in work'))
    expect(await diskStore({ path: folder }, ambient).sweep()).toEqual([])
    expect(await diskStore({ path: folder }, later).sweep()).toEqual(['silent.dump.zst'])
    expect(readdirSync(folder)).toEqual(['.slow.dump.zst.writing.json', 'slow.dump.zst'])
  })

  test('a receipt that a run wrote as its last act, after the sweep had begun, keeps its backup', async () => {
    const { folder, ambient } = fresh('last-act')
    const dead = deadRun(ambient)
    const writer = diskStore({ path: folder }, { ...dead, files: { ...dead.files, remove: () => Promise.reject(new Error('killed')) } })
    await writer.write('a.dump.zst', bytes('proven'))
    let proven = false
    const sweeper: Ambient = { ...ambient, files: { ...ambient.files, list: async (at) => {
      const seen = await ambient.files.list(at)
      if (!proven) await writer.writeReceipt(receiptFor('a.dump.zst', '2026-01-01T00:00:00.000Z'))
      proven = true
      return seen
    } } }
    expect(await diskStore({ path: folder }, sweeper).sweep()).toEqual([])
    expect(readdirSync(folder)).toEqual(['a.dump.zst', 'a.dump.zst.receipt.json'])
  })

  test('what was being forgotten when its run was killed is no backup any more, and the next run finishes it', async () => {
    const { folder, ambient } = fresh('forgetting')
    const store = diskStore({ path: folder }, ambient)
    for (const name of ['a.dump.zst', 'b.dump.zst']) {
      await store.write(name, bytes(name))
      await store.writeReceipt(receiptFor(name, '2026-01-01T00:00:00.000Z'))
    }
    const dead = deadRun(ambient)
    await diskStore({ path: folder }, { ...dead, files: { ...dead.files, remove: () => Promise.reject(new Error('killed')) } }).forget(receiptFor('a.dump.zst', '')).catch(() => undefined)
    expect((await store.receipts()).map(({ object }) => object)).toEqual(['b.dump.zst'])
    expect(await store.sweep()).toEqual(['a.dump.zst'])
    expect(readdirSync(folder)).toEqual(['b.dump.zst', 'b.dump.zst.receipt.json'])
  })

  test('a disk on which files can be overwritten is refused, and leaves nothing', async () => {
    const { folder, ambient } = fresh('unsafe')
    const careless: Ambient = { ...ambient, files: { ...ambient.files, create: async (file, content) => {
      const all = await collected(content)
      writeFileSync(file, all)
      return { bytes: all.length }
    } } }
    await expect(diskStore({ path: folder }, careless).probe()).rejects.toMatchObject({ code: 'store-unsafe', message: expect.stringContaining('let a file be overwritten') })
    expect(readdirSync(folder)).toEqual([])
  })

  test('a disk that keeps what tried it out is told, and what was found counts', async () => {
    const { folder, ambient } = fresh('keeping')
    const said: string[] = []
    const keeping: Ambient = { ...ambient, log: { ...ambient.log, warn: (text) => void said.push(text) }, files: { ...ambient.files, remove: () => Promise.reject(new Error('not now')) } }
    expect(await diskStore({ path: folder }, keeping).probe()).toEqual([])
    expect(said).toEqual([expect.stringMatching(/What tried .* out is left to a later run: not now/)])
  })

  test('a folder that others may enter is told', async () => {
    const { folder, ambient } = fresh('open')
    mkdirSync(folder, { mode: 0o755 })
    expect(await diskStore({ path: folder }, ambient).probe()).toEqual([expect.stringContaining('mode 755')])
  })

  test.each(['../escape', '/etc/passwd', '.hidden', 'a/b', '', 'x.receipt.json', 'a\nb'])('refuses "%s" as a name', async (name) => {
    const { folder, ambient } = fresh('names')
    await expect(diskStore({ path: folder }, ambient).write(name, bytes('x'))).rejects.toMatchObject({ code: 'file-refused' })
    expect(existsSync(folder)).toBe(false)
  })

  test.each([['not JSON', 'not JSON'], ['no fields', '{}'], ['another backup', JSON.stringify(receiptFor('other.dump.zst', '2026-01-01T00:00:00.000Z'))], ['no time', JSON.stringify(receiptFor('a.dump.zst', 'soon'))]])(
    'a receipt with %s is told, not skipped', async (name, text) => {
      const { folder, ambient } = fresh(`receipt-${name.replaceAll(' ', '-')}`)
      const store = diskStore({ path: folder }, ambient)
      await store.write('a.dump.zst', bytes('a'))
      writeFileSync(path.join(folder, 'a.dump.zst.receipt.json'), text)
      await expect(store.receipts()).rejects.toMatchObject({ code: 'receipt-corrupt' })
    })

  test('a folder that is not there has no receipts and nothing to sweep', async () => {
    const { folder, ambient } = fresh('absent')
    const store = diskStore({ path: folder }, ambient)
    expect([await store.receipts(), await store.sweep(), (await store.room()) !== undefined]).toEqual([[], [], true])
  })
})
