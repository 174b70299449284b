import { describe, expect, test } from '@jest/globals'
import { nameFor, restoreRequest } from '../../../actions/db-restore/request.js'
import { usualBackup } from '../../../core/domain/backup.js'
import type { Environment } from '../../../core/domain/environment.js'
import type { Receipt } from '../../../core/domain/receipt.js'
import { ageOf, choosePoint, keptBackups, type Point, type PointAsked } from '../../../core/domain/restore-point.js'
import { InputError } from '../../../core/errors/families.js'

const verified = { at: '', how: 'restored', restoreMs: 1 } as const
const receipt = (id: string, day: number, changes: Partial<Receipt> = {}): Receipt => ({
  format: 1, id, app: 'shop', environment: 'production', version: 'v1', database: { host: 'db', port: 5432, name: 'shop', systemIdentifier: '1' }, store: '/backups', object: `${id}.dump`, bytes: 1, sha256: id, compression: 'zstd',
  takenAt: `2026-11-${String(day).padStart(2, '0')}T10:00:00.000Z`, dumpMs: 1, clientVersion: '17', serverVersion: '17', schemaRevision: '', fingerprint: { schema: '', rows: {}, sequences: {}, extensions: {}, largeObjects: 0 }, verified, ...changes,
})
const now = Date.parse('2026-11-20T10:00:00Z')
const asked: PointAsked = { app: 'shop', environment: 'production', unverified: false, database: 'shop', now }
const chosen = (point: Point): string => (point.kind === 'chosen' ? point.backup.receipt.id : point.kind)
const choose = (receipts: readonly Receipt[], more: Partial<PointAsked> = {}): Point => choosePoint(keptBackups([receipts], asked), { ...asked, ...more })

describe('which backup is meant', () => {
  const all = [receipt('a', 1), receipt('c', 3), receipt('b', 2), receipt('d', 4, { verified: null }), receipt('s', 5, { verified: null, takenFor: 'restore' })]

  test.each([
    ['the newest verified one', {}, 'c'],
    ['of this moment or before', { before: Date.parse('2026-11-02T10:00:00Z') }, 'b'],
    ['a millisecond earlier is another one', { before: Date.parse('2026-11-02T10:00:00Z') - 1 }, 'a'],
    ['none so old', { before: 0 }, 'no-backup'],
    ['one that nobody restored, when that is said', { unverified: true }, 'd'],
    ['the named one', { receipt: 'a' }, 'a'],
    ['a named one that nobody restored', { receipt: 'd' }, 'unverified'],
    ['what was replaced, only by its name', { receipt: 's', unverified: true }, 's'],
    ['one that is not there', { receipt: 'x' }, 'receipt-unknown'],
    ['one whose name only begins like that', { receipt: '' }, 'receipt-unknown'],
  ])('%s', (_, more, id) => expect(chosen(choose(all, more))).toBe(id))

  test('those of another application, environment or database do not count', () => {
    const foreign = [receipt('x', 9, { app: 'shop2' }), receipt('y', 9, { environment: 'production-eu' }), receipt('z', 9, { database: { host: 'db', port: 5432, name: 'shop_test', systemIdentifier: '1' } })]
    expect(chosen(choose([...all, ...foreign]))).toBe('c')
    expect(chosen(choose(foreign))).toBe('no-backup')
    expect(chosen(choose(foreign, { receipt: 'x' }))).toBe('receipt-unknown')
    expect(choose(foreign, { receipt: 'z' })).toMatchObject({ kind: 'chosen', notes: [expect.stringContaining('It is of another database: `shop_test` on db:5432.')] })
  })

  test('says what there would be', () => {
    expect(choose(all, { before: 0 })).toMatchObject({ message: 'There is no verified backup of `production` with data of 1970-01-01T00:00:00.000Z or before; there are 4 with newer data, the oldest of 2026-11-01T10:00:00.000Z, and one of another database, or taken before a restore: name the receipt to take one.' })
    expect(choose([all[3]!])).toMatchObject({ message: expect.stringContaining('one that nobody restored: give `unverified: true`') })
    expect(choose([])).toMatchObject({ message: 'There is no verified backup of `production`.' })
  })

  test('an archive is none that can be restored here: the newest dump is taken, and the archive told', () => {
    const archive = receipt('arc', 8, { kind: 'archive' })
    expect(chosen(choose([...all, archive]))).toBe('c')
    expect(choose([...all, archive])).toMatchObject({ notes: ['The archive of pgBackRest has newer data, such as that of 2026-11-08T10:00:00.000Z (arc): it comes back as a whole cluster, with `target: new-cluster`.'] })
    expect(choose([...all, archive], { before: Date.parse('2026-11-07T10:00:00Z') })).toMatchObject({ notes: [] })
    expect(choose([archive])).toMatchObject({ kind: 'no-backup', message: 'There is no verified backup of `production`; there are one kept by pgBackRest, which restores whole clusters: `target: new-cluster`.' })
    expect(chosen(choose([...all, archive], { receipt: 'arc' }))).toBe('arc')
    expect([chosen(choose([...all, archive], { archived: true })), choose([...all, archive], { archived: true })]).toMatchObject(['arc', { notes: [] }])
    expect(choose(all, { archived: true })).toMatchObject({ kind: 'no-backup', message: expect.stringContaining('dumped: restore one of them with `target: new`') })
  })

  test('says what speaks against the chosen one', () => {
    expect(choose([receipt('future', 30)])).toMatchObject({ notes: [expect.stringContaining('some clock is wrong')] })
    expect(choose(all, { receipt: 'a' })).toMatchObject({ notes: ['2 verified ones are newer.'] })
    expect(choose(all, { unverified: true })).toMatchObject({ notes: ['Nobody restored this backup before.'] })
  })

  test('the same in two stores is one; another content under the same id is never guessed at', () => {
    const kept = keptBackups([[receipt('a', 1)], [receipt('a', 1), receipt('b', 2)]], asked)
    expect(kept.map((one) => [one.receipt.id, one.stores])).toEqual([['b', [1]], ['a', [0, 1]]])
    const twice = keptBackups([[receipt('a', 1)], [receipt('a', 1, { sha256: 'other' })]], asked)
    expect(chosen(choosePoint(twice, { ...asked, receipt: 'a' }))).toBe('receipt-unknown')
  })

  test('its age is never below nothing', () => {
    expect([ageOf(receipt('a', 19), now), ageOf(receipt('a', 30), now)]).toEqual([86_400_000, 0])
  })
})

describe('what a restore is asked', () => {
  const backup = usualBackup('postgres://db/shop', { name: 'disk', path: '/backups' })
  const environment = { name: 'production', app: 'shop', state: '', settings: {}, degraded: 'warn', checks: [], backup } as unknown as Environment
  const given = { mode: 'restore', target: 'new', receipt: 'latest-verified', unverified: false, 'safety-backup': true, 'dry-run': false } as const

  test('goes forward in place, and leaves the schema of a new database unless it is told', () => {
    const forward = (more: Partial<Parameters<typeof restoreRequest>[0]>): boolean => restoreRequest({ ...given, ...more }, environment, 0).forward
    expect([forward({}), forward({ migrations: 'forward' }), forward({ target: 'in-place' }), forward({ target: 'in-place', migrations: 'leave' })]).toEqual([false, true, true, false])
    expect(restoreRequest(given, environment, 0)).not.toHaveProperty('receipt')
  })

  test('all that can not be is said at once', () => {
    const { backup: _, ...bare } = environment
    const bad = (): unknown => restoreRequest({ ...given, target: 'in-place', receipt: 'a', before: 1, into: 'ecluse_scratch_x' }, bare, 0)
    expect(bad).toThrow(InputError)
    expect(bad).toThrow(/`receipt` and `before`[^]*`into` is "ecluse_scratch_x", and[^]*a name of databases that are dropped[^]*No database is named/)
    expect(() => restoreRequest({ ...given, confirm: 'shop' }, environment, 0)).toThrow('replaces nothing')
    expect(() => restoreRequest({ ...given, into: 'ä'.repeat(32) }, environment, 0)).toThrow('longer than')
  })

  test('a cluster of its own needs a folder and an archive, and nothing that belongs to a database', () => {
    const pointInTime = { stanza: 'shop', fullEveryMs: 1 }
    const archived = { ...environment, backup: { ...backup, pointInTime } }
    const cluster = { ...given, target: 'new-cluster', folder: '/srv/then' } as const
    expect(restoreRequest(cluster, archived, 0)).toMatchObject({ target: 'new-cluster', folder: '/srv/then', forward: false })
    expect(() => restoreRequest({ ...given, ...cluster, folder: undefined, into: 'x', confirm: 'shop', migrations: 'forward' }, environment, 0))
      .toThrow(/has its databases under their own names[^]*replaces nothing[^]*`folder` is missing[^]*stays as it was[^]*has no `backup.pgbackrest`/)
    expect(() => restoreRequest({ ...given, folder: '/srv/then' }, archived, 0)).toThrow('Input `folder` is "/srv/then", and `target` is `new`.')
    expect(() => restoreRequest({ ...cluster, mode: 'list', folder: undefined }, archived, 0)).not.toThrow()
  })

  test('a name is made that fits, in whole letters', () => {
    expect(nameFor('shop', now)).toBe('shop_restored_20261120t100000z')
    expect(nameFor('ä'.repeat(31), now)).toMatch(/^ä+_restored_20261120t100000z$/)
    expect(Buffer.byteLength(nameFor('ä'.repeat(31), now))).toBeLessThanOrEqual(63)
  })
})
