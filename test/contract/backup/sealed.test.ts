import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { restoreBackup } from '../../../core/delivery/restore-backup.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { ageEncryption } from '../../../core/drivers/encryption/age/index.js'
import { FileError } from '../../../core/errors/families.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { backupLab, type BackupLab, type Ground } from '../../support/backup-lab.js'
import { withEngines } from '../../support/engines/index.js'

const SECRET = 'a row that nobody else may read'

withEngines(['postgres', 'pg-clients', 'zstd'], 'a backup that is encrypted or copied', () => {
  const age = ageEncryption()
  let lab: BackupLab
  beforeAll(async () => {
    lab = await backupLab(`CREATE TABLE note (n int PRIMARY KEY, a text); INSERT INTO note SELECT n, '${SECRET} ' || n FROM generate_series(1, 500) n;`)
  })
  afterAll(() => lab.close())

  test('is proven without anybody\'s key, opens with the right one, and shows nothing to others', async () => {
    const [anna, stranger] = [await age.key(), await age.key()]
    const place = lab.ground()
    const outcome = await place.run({}, { encryptTo: [anna.recipient] })
    expect(outcome).toMatchObject({ reason: 'verified', outputs: { verified: 'true' } })
    const [receipt] = await place.store.receipts()
    expect(receipt).toMatchObject({ encryptedFor: [anna.recipient], object: expect.stringMatching(/\.dump\.zst\.age$/), verified: { how: 'restored' } })
    const stored = readFileSync(path.join(place.folder, receipt!.object))
    expect(stored.subarray(0, 21).toString()).toBe('age-encryption.org/v1')
    // Its own key is nowhere afterwards.
    expect(JSON.stringify([outcome, receipt, lab.said, ...lab.remembered]).match(/AGE-SECRET-KEY/g)).toBeNull()

    const database = postgresDatabase({ url: lab.database() }, lab.ambient)
    const here: Receipt = { ...receipt!, database: { ...receipt!.database, name: (await database.about()).name } }
    const restore = (identities: readonly string[]): Promise<string> => restoreBackup({ receipt: here, database, store: place.store, keys: { encryption: age, identities } }, lab.ambient)
    await expect(restore([])).rejects.toMatchObject({ code: 'backup-locked', message: expect.stringContaining(anna.recipient) })
    await expect(restore([stranger.identity])).rejects.toMatchObject({ code: 'backup-locked' })
    const kept = await restore([stranger.identity, anna.identity])
    expect(kept).not.toBe('')
    expect(lab.sql('SELECT count(*) FROM note', (await database.about()).name)).toBe('500')

    // A first line that was damaged is no wrong key.
    stored[60]! ^= 1
    writeFileSync(path.join(place.folder, receipt!.object), stored)
    await expect(restore([anna.identity])).rejects.toMatchObject({ code: 'backup-corrupt' })
    expect(lab.scratches()).toEqual([])
  })

  test('that would leave this machine for all to read is refused, before anything is looked at, and warned of where it may', async () => {
    const place = lab.ground()
    const store: BackupStore = { ...place.store, outside: true }
    expect(await place.run({ store })).toMatchObject({ ok: false, reason: 'unencrypted', message: expect.stringContaining('encrypt-to') })
    lab.nothingIsLeft(place)
    expect(await place.run({ copy: store })).toMatchObject({ reason: 'unencrypted' })
    const allowed = await place.run({ store }, { allowUnencrypted: true })
    expect(allowed.reason).toBe('verified')
    expect(allowed.summary.parts[1]).toMatchObject({ kind: 'text', text: expect.stringMatching(/^Warning: .*as they are/) })
    expect((await place.run({ store }, { encryptTo: [(await age.key()).recipient] })).reason).toBe('verified')
  })

  test.each(['list', 'none'] as const)('with `verify: %s` says that it is unverified', async (proof) => {
    const place = lab.ground()
    const outcome = await place.run({ scratchHost: () => Promise.reject(new Error('nobody asks for it')) }, { proof, encryptTo: [(await age.key()).recipient] })
    expect(outcome).toMatchObject({ ok: true, reason: proof === 'list' ? 'listed' : 'unverified', outputs: { verified: 'false' } })
    const [receipt] = await place.store.receipts()
    expect(receipt).toMatchObject({ verified: null, fingerprint: { rows: { 'public.note': 500 } } })
    expect(receipt!.listed === undefined).toBe(proof === 'none')
  })

  test('and read for proof, with bytes that are not those which were written, is none', async () => {
    const place = lab.ground()
    const damaged = damaging(place)
    expect(await place.run({ store: damaged }, { proof: 'list' })).toMatchObject({ ok: false, reason: 'backup-corrupt' })
    expect(await place.run({ store: damaged }, { proof: 'list', encryptTo: [(await age.key()).recipient] })).toMatchObject({ ok: false, reason: 'backup-corrupt' })
    lab.nothingIsLeft(place)
  })

  test('is in both stores with the same bytes and the same receipt', async () => {
    const place = lab.ground({ copied: true })
    expect((await place.run()).reason).toBe('verified')
    const [[first], [second]] = [await place.store.receipts(), await place.copy!.receipts()]
    expect(second).toEqual(first)
    expect(first).toMatchObject({ store: place.folder, copies: [{ store: place.copyFolder }] })
    expect(readFileSync(path.join(place.copyFolder, first!.object)).equals(readFileSync(path.join(place.folder, first!.object)))).toBe(true)
  })

  const full = (): FileError => new FileError('disk-full', { message: 'Could not create: no room is left on the disk.', path: 'copy' })
  test.each<[string, string, (place: Ground) => Partial<Ground>]>([
    ['is full', 'copy-failed', ({ copy }) => ({ copy: { ...copy!, write: () => Promise.reject(full()) } })],
    ['says it has other bytes', 'copy-failed', ({ copy }) => ({ copy: { ...copy!, write: async (name, content) => ({ ...(await copy!.write(name, content)), sha256: '0'.repeat(64) }) } })],
    ['takes no receipt', 'disk-full', ({ copy }) => ({ copy: { ...copy!, writeReceipt: () => Promise.reject(full()) } })],
    ['has its receipt when the first takes none', 'store-failed', ({ store }) => ({ store: { ...store, writeReceipt: () => Promise.reject(new FileError('file-refused', { message: 'Could not write.', path: 'x' })) } })],
    ['gets bytes that went bad after the proof', 'backup-corrupt', (place) => ({ store: damaging(place, 2) })],
  ])('whose second store %s is none, in neither', async (_, reason, change) => {
    const place = lab.ground({ copied: true })
    const outcome = await place.run(change(place))
    expect(outcome).toMatchObject({ ok: false, reason, outputs: { receipt: '' } })
    lab.nothingIsLeft(place)
  })

  test('is only planned in a dry run', async () => {
    const place = lab.ground({ copied: true })
    const outcome = await place.run({}, { dryRun: true, keep: { daily: 1, weekly: 1, monthly: 1 } })
    expect(outcome).toMatchObject({ ok: true, reason: 'planned', outputs: { receipt: '' } })
    expect(JSON.stringify(outcome.summary)).toContain('Restore the stored copy into a scratch database on the same server')
    lab.nothingIsLeft(place)
    expect([existsSync(place.folder), existsSync(place.copyFolder)]).toEqual([false, false])
  })

  test('for which there is no scratch database is none, and says which right is missing', async () => {
    lab.sql(`CREATE ROLE narrow LOGIN PASSWORD 'geheim-3'; CREATE DATABASE narrow OWNER narrow;`)
    const place = lab.ground({ address: lab.server.url.replace(/\/\/[^@]*@([^/]*)\/.*/, '//narrow:geheim-3@$1/narrow') })
    expect(await place.run()).toMatchObject({ ok: false, reason: 'no-scratch', message: expect.stringContaining('permission denied to create database') })
    lab.nothingIsLeft(place)
  })

  /** A store that gives back one changed byte, from its nth reading on. */
  function damaging(place: Ground, from = 1): BackupStore {
    let readings = 0
    return { ...place.store, async *read(name) {
      readings += 1
      let at = 0
      for await (const chunk of place.store.read(name)) {
        const copy = Buffer.from(chunk)
        if (readings >= from && at <= 1500 && at + copy.length > 1500) copy[1500 - at]! ^= 1
        at += copy.length
        yield copy
      }
    } }
  }
})
