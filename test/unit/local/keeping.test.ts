/** What the local server keeps on the disk, after a kill at the worst moment and with a disk that fails. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { link, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { openMemory } from '../../../core/local/desired.js'
import { writeDurably } from '../../../core/local/durable.js'
import { takeLock } from '../../../core/local/lock.js'
import { askHealth } from '../../../core/local/supervisor/health.js'

let work: string
beforeEach(async () => {
  work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-keeping-'))
})
afterEach(() => rm(work, { recursive: true, force: true }))

test('a temporary file of a killed process of the same number stands in nobody\'s way', async () => {
  const file = path.join(work, 'state.json')
  for (const serial of [1, 2]) await writeFile(`${file}.${process.pid}.${serial}.tmp`, 'torn')
  await writeDurably(file, 'whole')
  expect(await readFile(file, 'utf8')).toBe('whole')
})

test('a state that is there and can not be read is not written over', async () => {
  const file = path.join(work, 'state.json')
  await symlink('state.json', file)
  await expect(openMemory(file, { port: 1, sticky: false, drainMs: 0, keep: 1, healthPath: '/' })).rejects.toMatchObject({ code: 'ELOOP' })
  expect(await readdir(work)).toEqual(['state.json'])
})

test('a lock whose second name was left by a killed process of our number is taken over', async () => {
  const lock = path.join(work, 'lock')
  await writeFile(lock, JSON.stringify({ pid: process.pid, started: 'long ago' }))
  await link(lock, `${lock}.${process.pid}`)
  expect(await takeLock(lock)).toBeUndefined()
  expect(await readdir(work)).toEqual(['lock'])
})

test('an instance that answers a question after its health with another protocol is not healthy', async () => {
  const rude = createServer((socket) => socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n')))
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
  const address = rude.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  expect(await askHealth(port, '/health', 5000)).toEqual({ ok: false, found: '/health answered 101' })
  rude.close()
})
