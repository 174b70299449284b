import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import { withEngines } from '../../support/engines/index.js'
import { addressOf } from '../../support/database-lab.js'
import { archiveLab, inRestored, type ArchiveLab } from './lab.js'

withEngines(['postgres', 'pg-clients', 'pgbackrest'], 'pgBackRest on a real server', () => {
  let lab: ArchiveLab
  beforeAll(async () => {
    lab = await archiveLab()
    lab.sql(`CREATE TABLE orders (id serial PRIMARY KEY, what text); INSERT INTO orders (what) SELECT 'order ' || n FROM generate_series(1, 500) n; CREATE SCHEMA "Ünï"; CREATE TABLE "Ünï"."a ""b" (x int);`)
  })
  afterAll(() => lab.close())

  test('says what it is, and that the archive is well', async () => {
    expect(await lab.archive.about()).toMatchObject({ place: 'pgbackrest:shop/repo1', version: '2.45', database: 'postgres', port: lab.server.port, systemIdentifier: lab.sql('SELECT system_identifier FROM pg_control_system()') })
    expect(await lab.archive.backups()).toEqual([])
    await lab.archive.check()
  })

  test('a full and a differential backup, verified, restored to the very moment that was counted', async () => {
    const full = await lab.archive.backup('full')
    expect(full).toMatchObject({ kind: 'full', encrypted: true, needs: [] })
    expect(full.bytes).toBeGreaterThan(100_000)
    expect(full.clusterBytes).toBeGreaterThan(full.bytes)
    lab.sql(`INSERT INTO orders (what) VALUES ('between')`)
    const differential = await lab.archive.backup('differential')
    expect(differential).toMatchObject({ kind: 'differential', needs: [full.label] })
    expect((await lab.archive.backups()).map(({ label }) => label)).toEqual([differential.label, full.label])
    await lab.archive.verify()

    lab.sql(`INSERT INTO orders (what) VALUES ('after the backup')`)
    const moment = await lab.archive.moment()
    expect(moment).toMatchObject({ exact: true, fingerprint: { rows: { 'public.orders': 502 } } })
    lab.sql(`INSERT INTO orders (what) VALUES ('too late')`)
    await lab.archive.check()
    const restored = await lab.archive.restore(moment)
    try {
      const taken = await restored.taken()
      expect(compareOutlines(moment.outline, taken.outline)).toEqual([])
      expect(compareFingerprints(moment.fingerprint, taken.fingerprint).filter(({ kind }) => kind !== 'sequence')).toEqual([])
      expect(inRestored(restored.url, 'SELECT what FROM orders ORDER BY id DESC LIMIT 1')).toBe('after the backup')
      expect(inRestored(restored.url, `SELECT current_setting('archive_mode') || current_setting('listen_addresses')`)).toBe('off')
      expect(Math.abs(restored.upTo - moment.at)).toBeLessThan(60_000)
    } finally {
      await restored.close()
    }
    expect(lab.restored()).toEqual([])
    expect(lab.remembered.get('restored')).toBe('')
  })

  test('a dropped table is back by time, with a row that was written after the backup', async () => {
    lab.sql(`CREATE TABLE precious (a int); INSERT INTO precious VALUES (42)`)
    const before = Number(lab.sql('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint + 1'))
    lab.sql('SELECT pg_sleep(0.05)')
    lab.sql('DROP TABLE precious')
    await lab.archive.check()
    const restored = await lab.archive.restore(before)
    expect(inRestored(restored.url, 'SELECT a FROM precious')).toBe('42')
    await restored.close()
    const latest = await lab.archive.restore()
    expect(inRestored(latest.url, `SELECT coalesce(to_regclass('precious')::text, 'gone')`)).toBe('gone')
    expect(latest.upTo).toBeGreaterThan(before)
    await latest.close()
  })

  test('a user that may read everything and watch is enough', async () => {
    lab.sql(`CREATE ROLE watcher LOGIN PASSWORD 'geheim-w' IN ROLE pg_monitor, pg_read_all_data`)
    const archive = lab.open({ database: addressOf(lab.server, { user: 'watcher', password: 'geheim-w' }) })
    expect(await archive.about()).toMatchObject({ database: 'postgres' })
    const moment = await archive.moment({ checksums: true })
    await archive.check()
    const restored = await archive.restore(moment)
    const taken = await restored.fingerprint({ checksums: true })
    await restored.close()
    expect(taken.checksums).toEqual(moment.fingerprint.checksums)
    expect(await archive.lagMs()).toBeGreaterThanOrEqual(0)
  })

  test('what is lost now is nothing right after the archive has it all, and grows with what is not in it', async () => {
    await lab.archive.check()
    expect(await lab.archive.lagMs()).toBeLessThan(5000)
    lab.sql(`INSERT INTO orders (what) VALUES ('not archived'); SELECT pg_sleep(0.3)`)
    expect(await lab.archive.lagMs()).toBeGreaterThan(250)
  })

  test('a moment that the archive does not reach', async () => {
    await expect(lab.archive.restore(Date.now() + 86_400_000)).rejects.toMatchObject({ code: 'restore-failed', message: expect.stringContaining('recovery ended before'), fix: expect.stringContaining('does not reach') })
    expect(lab.restored()).toEqual([])
  })

  test('only what is named goes, and what another one needs stays', async () => {
    const [differential, full] = (await lab.archive.backups()).map(({ label }) => label)
    const next = await lab.archive.backup('full')
    expect(await lab.archive.expire([full!])).toEqual([])
    // Another run's, taken after this one looked what there is.
    const last = await lab.archive.backup('differential')
    expect(await lab.archive.expire([differential!, full!, 'gone'])).toEqual([differential, full])
    expect((await lab.archive.backups()).map(({ label }) => label)).toEqual([last.label, next.label])
    await lab.archive.verify()
  })
})
