/** The backup of what a restore is about to replace. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { safetyBackup } from '../../../core/delivery/backup/safety.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { ageEncryption } from '../../../core/drivers/encryption/age/index.js'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import type { Database } from '../../../core/ports/database.js'
import { backupAmbient, bytes } from '../../support/backup-ambient.js'
import { fakeLedger } from '../../support/fakes/ledger.js'

let folder = ''
beforeEach(() => { folder = mkdtempSync(path.join(os.tmpdir(), 'safety-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Two tables; the dump lists as many objects as it is said to. */
function databaseOf(entries: number): Database {
  const fingerprint = { schema: 'a', rows: { t: 1, u: 2 }, sequences: {}, extensions: {}, largeObjects: 0 }
  return {
    about: async () => ({ host: 'db', port: 5432, name: 'shop', systemIdentifier: '1', serverVersion: '17', clientVersion: '17', bytes: 1 }),
    dump: async () => ({ content: bytes('PGDMP'), format: 'custom', compression: 'zstd', taken: async () => ({ fingerprint, outline: {} }), sequencesNow: async () => ({}), close: async () => undefined }),
    entries: async (content: AsyncIterable<Uint8Array>) => { for await (const chunk of content) if (chunk.length === 0) break; return entries },
  } as unknown as Database
}

async function taken(entries: number, encryptTo: readonly string[] = []): Promise<{ readonly receipt: Receipt; readonly hidden: readonly string[] }> {
  const hidden: string[] = []
  const ambient = { ...backupAmbient({ work: folder }), mask: (text: string) => void hidden.push(text) }
  const request = { app: 'shop', environment: 'production', version: 'v1', policy: { encryptTo, allowUnencrypted: false } }
  const ports = { database: databaseOf(entries), store: diskStore({ path: `${folder}/backups` }, ambient), ledger: fakeLedger(new Map(), ambient), encryption: async () => ageEncryption() }
  return { receipt: await safetyBackup(request, ports, ambient), hidden }
}

test('is read back whole, and says what it was taken for', async () => {
  const { receipt } = await taken(2)
  expect(receipt).toMatchObject({ version: 'v1', takenFor: 'restore', verified: null, listed: { entries: 2 }, bytes: 5, kind: 'custom' })
  expect(readdirSync(`${folder}/backups`)).toContain(receipt.object)
})

test('the key of the run is hidden, and nobody else can open what is there', async () => {
  const { recipient } = await ageEncryption().key()
  const { receipt, hidden } = await taken(2, [recipient])
  expect(receipt.encryptedFor).toEqual([recipient])
  expect(hidden).toEqual([expect.stringMatching(/^AGE-SECRET-KEY-1/)])
})

test('a dump that lists less than the database has is none, and is taken away', async () => {
  await expect(taken(1)).rejects.toMatchObject({ code: 'backup-corrupt', message: expect.stringContaining('lists 1 objects, and the database has 2 tables') })
  expect(readdirSync(`${folder}/backups`)).toEqual([])
})
