import { readdirSync, rmSync, truncateSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { checkAge } from '../../../actions/db-backup/check.js'
import { keepOnly } from '../../../actions/db-backup/flow.js'
import type { BackupOutcome } from '../../../actions/db-backup/outcome.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { RemoteError, StateError } from '../../../core/errors/families.js'
import type { BackupStore } from '../../../core/ports/backup-store.js'
import { bytes } from '../../support/backup-ambient.js'
import { backupLab, type BackupLab, type Ground } from '../../support/backup-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { receipt } from '../../support/receipts.js'

const DAY = 86_400_000
const KEEP = { daily: 2, weekly: 1, monthly: 1 }

withEngines(['postgres', 'pg-clients', 'zstd'], 'backups over time', () => {
  let lab: BackupLab
  let database: Receipt['database']
  beforeAll(async () => {
    lab = await backupLab('CREATE TABLE note (n int); INSERT INTO note VALUES (1), (2);')
    const { host, port, name, systemIdentifier } = await lab.ground().database.about()
    database = { host, port, name, systemIdentifier }
  })
  afterAll(() => lab.close())

  /** A backup that somebody took so many days ago, in each of the stores. */
  const taken = async (stores: readonly (BackupStore | undefined)[], daysAgo: number, change: Partial<Receipt> = {}): Promise<Receipt> => {
    const made = receipt({ database, takenAt: new Date(Date.now() - daysAgo * DAY).toISOString(), ...change })
    for (const store of stores) {
      if (store === undefined) continue
      await store.write(made.object, bytes('12345'))
      await store.writeReceipt(made)
    }
    return made
  }
  const prune = (place: Ground, dryRun = false, changes: Partial<Ground> = {}): Promise<BackupOutcome> => keepOnly({ app: 'shop', environment: 'production', keep: KEEP, dryRun }, { ...place, ...changes }, place.ambient)
  const check = (place: Ground, maxAgeMs: number, changes: Partial<Ground> = {}): Promise<BackupOutcome> => checkAge({ app: 'shop', environment: 'production', maxAgeMs }, { ...place, ...changes }, place.ambient)
  const fates = ({ summary }: BackupOutcome): Readonly<Record<string, string>> => {
    const table = summary.parts.find((part) => part.kind === 'table' && part.title === 'Backups')
    return table?.kind === 'table' ? Object.fromEntries(table.rows.map((row) => [row[1]!, row[3]!])) : {}
  }

  test('older ones go from both stores, after a backup and on request, and a dry run only says so', async () => {
    const place = lab.ground({ copied: true })
    const both = [place.store, place.copy]
    const [old, older, month] = [await taken(both, 3), await taken(both, 4), await taken(both, 60)]
    const foreign = await taken([place.store], 90, { environment: 'production-eu' })
    const alone = await taken([place.copy], 100)
    await place.store.write('no-receipt.dump', bytes('x'))

    const planned = await prune(place, true)
    expect(planned).toMatchObject({ ok: true, reason: 'planned', outputs: { removed: '[]' } })
    expect(fates(planned)).toMatchObject({ [alone.id]: 'would go', [old.id]: 'stays' })
    expect(await place.copy!.receipts()).toHaveLength(4)

    const outcome = await place.run({}, { keep: KEEP })
    expect(outcome.reason).toBe('verified')
    expect((JSON.parse(outcome.outputs.removed) as string[]).toSorted()).toEqual([older.id, month.id, alone.id].toSorted())
    expect(fates(outcome)).toMatchObject({ [outcome.outputs['receipt-id']]: 'stays', [old.id]: 'stays', [older.id]: 'removed', [foreign.id]: 'stays' })
    expect((await place.store.receipts()).map(({ id }) => id)).toEqual([outcome.outputs['receipt-id'], old.id, foreign.id])
    expect((await place.copy!.receipts()).map(({ id }) => id)).toEqual([outcome.outputs['receipt-id'], old.id])
    expect(readdirSync(place.folder)).toContain('no-receipt.dump')
    expect(await prune(place)).toMatchObject({ reason: 'pruned', outputs: { removed: '[]' } })
  })

  test('nothing goes when the newest verified one is only a receipt, or a receipt can not be read', async () => {
    const place = lab.ground()
    const newest = await taken([place.store], 1)
    await taken([place.store], 50)
    await taken([place.store], 80)
    rmSync(path.join(place.folder, newest.object))
    expect(await prune(place)).toMatchObject({ ok: false, reason: 'retention-failed', message: expect.stringContaining('Nothing was removed') })
    expect(await place.store.receipts()).toHaveLength(3)
    const store: BackupStore = { ...place.store, receipts: () => Promise.reject(new StateError('receipt-corrupt', { message: 'Could not read the receipt.' })) }
    expect(await prune(place, false, { store })).toMatchObject({ ok: false, reason: 'retention-failed' })
  })

  test('nothing goes when the newest verified one is cut short', async () => {
    const place = lab.ground()
    const [newest] = [await taken([place.store], 3), await taken([place.store], 50), await taken([place.store], 80)]
    truncateSync(path.join(place.folder, newest.object), 3)
    expect(await prune(place)).toMatchObject({ ok: false, reason: 'retention-failed', message: expect.stringContaining('is not whole') })
    expect(await place.store.receipts()).toHaveLength(3)
    expect(await check(place, 30 * DAY)).toMatchObject({ ok: false, reason: 'backup-missing', message: expect.stringContaining(place.folder) })
  })

  test('a record that does not say what is live: nothing goes, which is no success where nothing else was asked for', async () => {
    const place = lab.ground()
    const old = [await taken([place.store], 50), await taken([place.store], 80)]
    const ledger = { ...place.ledger, history: async (environment: string) => ({ ...(await place.ledger.history(environment)), cut: true }) }
    for (const dryRun of [true, false]) expect(await prune(place, dryRun, { ledger })).toMatchObject({ ok: false, reason: 'retention-failed', message: expect.stringContaining('does not say what is live') })
    const outcome = await place.run({ ledger }, { keep: KEEP })
    expect(outcome).toMatchObject({ ok: true, reason: 'verified', outputs: { removed: '[]' } })
    const table = outcome.summary.parts.find((part) => part.kind === 'table' && part.title === 'Backups')
    const why = table?.kind === 'table' ? table.rows.find((row) => row[1] === old[1]!.id)?.[4] : undefined
    expect(why).toBe('the record does not say what is live')
  })

  test('a store that fails before the old ones are looked at is no failed dump', async () => {
    const place = lab.ground()
    const store: BackupStore = { ...place.store, sweep: () => Promise.reject(new RemoteError('network-failed', { service: 'S3', operation: 'list', message: 'No answer.' })) }
    expect(await prune(place, false, { store })).toMatchObject({ ok: false, reason: 'store-failed' })
  })

  test('a backup is good although older ones can not be removed, and the run is not green', async () => {
    const place = lab.ground()
    await taken([place.store], 50)
    await taken([place.store], 80)
    const store: BackupStore = { ...place.store, forget: () => Promise.reject(new StateError('store-refused', { message: 'The store lets nobody delete.' })) }
    const outcome = await place.run({ store }, { keep: KEEP })
    expect(outcome).toMatchObject({ ok: false, reason: 'retention-failed' })
    expect(outcome.outputs['receipt-id']).not.toBe('')
    const locked: BackupStore = { ...place.store, forget: () => Promise.reject(new StateError('backup-locked-away', { message: 'It is locked until 2027.' })) }
    expect(await prune(place, false, { store: locked })).toMatchObject({ ok: true, reason: 'pruned', message: expect.stringContaining('1 more are kept by their store'), outputs: { removed: '[]' } })
  })

  test('one that the live release was delivered with stays', async () => {
    const place = lab.ground()
    const bound = await taken([place.store], 200)
    await taken([place.store], 1)
    await taken([place.store], 2)
    const { lease } = (await place.ledger.take('production', { preempt: false })) as { readonly lease: Parameters<typeof place.ledger.begin>[0] }
    const release = { app: 'shop', version: '1.4.0', commit: '', images: {}, serving: 'web', settings: {}, settingsHash: '' }
    const { id } = await place.ledger.begin(lease, { kind: 'promote', release, plan: [], requestedAt: 0, run: place.ambient.run, receipt: bound.id })
    const underWay = await prune(place, true)
    expect(fates(underWay)[bound.id]).toBe('stays')
    await place.ledger.finish(lease, id, { at: 0, ok: true, reason: 'promoted', message: '', live: release })
    await prune(place)
    expect((await place.store.receipts()).map((one) => one.id)).toContain(bound.id)
  })

  test('their age is watched: young, old, none, none verified, only a receipt, only of somebody else, from the future', async () => {
    const place = lab.ground({ copied: true })
    expect(await check(place, DAY)).toMatchObject({ ok: false, reason: 'none-verified', message: expect.stringContaining('there is no backup of this environment') })
    await taken([place.store], 0.1, { verified: null })
    await taken([place.store], 0.1, { database: { ...database, systemIdentifier: '1' } })
    await taken([place.store], -1)
    await taken([place.store], 0.1, { kind: 'archive' })
    expect(await check(place, DAY)).toMatchObject({ ok: false, reason: 'none-verified', message: expect.stringContaining('1 are of another server or database') })
    const old = await taken([place.store, place.copy], 3, { copies: [{ store: place.copyFolder }] })
    const late = await check(place, DAY)
    expect(late).toMatchObject({ ok: false, reason: 'too-old', message: expect.stringContaining(`written since ${old.takenAt} would be: 72 h`), outputs: { 'receipt-id': old.id } })
    expect(Math.round(Number(late.outputs.age) / 86_400)).toBe(3)
    expect(await check(place, 4 * DAY)).toMatchObject({ ok: true, reason: 'recent' })
    rmSync(path.join(place.copyFolder, old.object))
    expect(await check(place, 4 * DAY)).toMatchObject({ ok: false, reason: 'backup-missing', message: expect.stringContaining(place.copyFolder) })
    const away: BackupStore = { ...place.copy!, receipts: () => Promise.reject(new StateError('store-unreachable', { message: 'The store did not answer.' })) }
    expect(await check(place, 4 * DAY, { copy: away })).toMatchObject({ ok: false, reason: 'store-unreachable' })
    const wrong = lab.ground({ address: lab.url.replace(/\/shop$/, '/nowhere') })
    expect(await check(wrong, DAY)).toMatchObject({ ok: false, reason: 'database-unreachable' })
  })
})
