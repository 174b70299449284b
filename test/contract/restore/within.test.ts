/** A restore in place whose time is over, on a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withinTime } from '../../../core/delivery/backup/deadline.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { diskStore } from '../../../core/drivers/stores/disk/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { programsGiven, type Running } from '../../support/command-lines.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, type RestoreLab } from '../../support/restore-lab.js'

withEngines(['postgres', 'pg-clients'], 'a restore whose time is over', () => {
  let lab: RestoreLab
  const inPlace = { target: 'in-place' as const, confirm: 'shop "one"', safetyBackup: false }
  const scratches = (): readonly string[] => lab.databases().filter((name) => name.startsWith('ecluse_scratch_'))
  /** Of this server alone: other tests restore beside these. */
  const programs = (): readonly Running[] => programsGiven(`PGPORT=${lab.server.port}`).filter(({ line }) => line.includes('pg_restore'))
  const limited = (withinMs: number): Ambient => withinTime(backupAmbient({ work: lab.work, said: lab.said }), withinMs)

  beforeAll(async () => {
    lab = await restoreLab()
    // Rows of a copy take for ever, as long as the server says so.
    lab.sql(`CREATE FUNCTION slowly(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
      IF current_database() LIKE 'ecluse_scratch_%' AND current_setting('slow.copy', true) = 'yes' THEN PERFORM pg_sleep(600); END IF; RETURN true; END $$;
      CREATE TABLE slow (a int CHECK (slowly(a))); INSERT INTO slow VALUES (1)`, lab.name)
    await lab.backUp('good', { takenAt: '2026-11-01T10:00:00.000Z' })
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
  })
  afterAll(() => lab.close())

  test('while the copy is filled: its name says so, nothing runs on, the old one serves, and the next run restores', async () => {
    lab.sql(`ALTER ROLE postgres SET "slow.copy" = 'yes'`)
    const ambient = limited(20_000)
    const outcome = await lab.run({ request: inPlace, ambient })
    expect(outcome).toMatchObject({ ok: false, reason: 'timed-out', message: expect.stringContaining(`The database \`${lab.name}\` is as it was.`), outputs: { database: '', kept: '' } })
    expect([lab.rows(), programs(), scratches()]).toEqual(['100', [], []])
    expect(lab.sql(`SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'ecluse_scratch_%'`)).toBe('0')
    expect(lab.ledger.get('production')?.holder()).toBeUndefined()

    lab.sql(`ALTER ROLE postgres RESET "slow.copy"`)
    expect(await lab.run({ request: inPlace })).toMatchObject({ ok: true, reason: 'replaced' })
    expect([lab.rows(), scratches()]).toEqual(['500', []])
  })

  test.each([
    ['the receipts of a store', 'the time limit for all of it together'],
    ['the bytes of a backup', 'is as it was'],
  ])('while %s do not come, which is no program', async (what, said) => {
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
    const ambient = limited(8000)
    const never = async (): Promise<never> => { await ambient.clock.sleep(600_000, ambient.signal); ambient.signal.throwIfAborted(); throw new Error('it slept on') }
    async function* nothing(): AsyncGenerator<Uint8Array> { yield await never() }
    const disk = diskStore({ path: lab.folder }, ambient)
    const store = what.startsWith('the receipts') ? { ...disk, receipts: never } : { ...disk, read: nothing }
    const outcome = await lab.run({ request: inPlace, ambient, ports: () => ({ stores: [async () => store], database: async () => postgresDatabase({ url: lab.url }, ambient), ledger: async (under) => fakeLedger(lab.ledger, under) }) })
    expect(outcome).toMatchObject({ ok: false, reason: 'timed-out' })
    expect(outcome.message.toLowerCase()).toContain(said)
    expect([lab.rows(), programs(), scratches()]).toEqual(['100', [], []])
  })
})
