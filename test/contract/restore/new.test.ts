import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, serves, type RestoreLab } from '../../support/restore-lab.js'

withEngines(['postgres', 'pg-clients'], 'a restore into a database of its own', () => {
  let lab: RestoreLab
  const scratches = (): readonly string[] => lab.databases().filter((name) => name.startsWith('ecluse_scratch_'))

  beforeAll(async () => {
    lab = await restoreLab()
    await lab.backUp('one', { takenAt: '2026-11-01T10:00:00.000Z' })
    lab.sql('DELETE FROM "Bestellung" WHERE id > 400', lab.name)
    await lab.backUp('two', { takenAt: '2026-11-02T10:00:00.000Z' })
    lab.sql('DELETE FROM "Bestellung" WHERE id > 300', lab.name)
    await lab.backUp('three', { takenAt: '2026-11-03T10:00:00.000Z', verified: null })
    await serves(lab, 'v1', 'one')
  })
  afterAll(() => lab.close())

  test('takes the newest verified one, beside the real database, and says what it was and what it took', async () => {
    const { reason, outputs, summary, message } = await lab.run()
    expect(reason).toBe('restored')
    expect(outputs).toMatchObject({ 'receipt-id': 'two', kept: '', 'safety-receipt': '', 'rto-met': 'true' })
    expect(outputs.database).toMatch(/^shop "one"_restored_\d{8}t\d{6}z$/)
    expect(lab.rows(outputs.database)).toBe('400')
    expect(message).toContain(`\`${outputs.database}\` holds the backup two from ${lab.folder}, with data of 2026-11-02T10:00:00.000Z.`)
    const table = summary.parts.find((part) => part.kind === 'table' && part.title?.startsWith('Took') === true)
    expect(table).toMatchObject({ rows: [['choose', expect.anything()], ['fetch', expect.anything()], ['restore', expect.anything()], ['compare', expect.anything()], ['swap', expect.anything()]] })
    expect(lab.facts().at(-1)).toMatchObject({ type: 'restored', receipt: 'two', database: outputs.database, kept: '', ok: true, reason: 'restored' })
  })

  test('takes the newest verified one before a time', async () => {
    const { reason, outputs } = await lab.run({ request: { before: Date.parse('2026-11-01T23:00:00+01:00'), into: 'Before "it"' } })
    expect([reason, outputs.database, outputs['receipt-id'], lab.rows('Before "it"')]).toEqual(['restored', 'Before "it"', 'one', '500'])
  })

  test('takes one that nobody restored only when that is said', async () => {
    expect(await lab.run({ request: { receipt: 'three' } })).toMatchObject({ ok: false, reason: 'unverified' })
    expect(await lab.run({ request: { receipt: 'three', unverified: true, into: 'third' } })).toMatchObject({ ok: true, reason: 'restored', outputs: { 'receipt-id': 'three' } })
    expect(lab.rows('third')).toBe('300')
  })

  test('overwrites nothing, and says so before anything is read', async () => {
    lab.database('taken')
    expect(await lab.run({ request: { into: 'taken' } })).toMatchObject({ ok: false, reason: 'name-taken', outputs: { database: '' }, message: expect.stringContaining('`taken` is there already') })
    expect(lab.sql('SELECT count(*) FROM pg_class WHERE relname = \'Bestellung\'', 'taken')).toBe('0')
  })

  test('runs the migration there when that is asked for, and never on the real database', async () => {
    const migrate = { up: 'psql -Xq "$DATABASE_URL" -c \'ALTER TABLE "Bestellung" ADD neu int\'', revision: 'psql -XAtq "$DATABASE_URL" -c "SELECT count(*) FROM information_schema.columns WHERE table_name = \'Bestellung\'"', in: 'runner' as const, backwardCompatible: true, withinMs: 60_000 }
    const outcome = await lab.run({ place: { migrate }, request: { forward: true, into: 'migrated' } })
    expect(outcome).toMatchObject({ reason: 'restored', message: expect.stringContaining('The schema went from 2 to 3.') })
    const columns = (database: string): string => lab.sql('SELECT count(*) FROM information_schema.columns WHERE table_name = \'Bestellung\'', database)
    expect([columns('migrated'), columns(lab.name)]).toEqual(['3', '2'])
  })

  test('a dry run says what it would do', async () => {
    const before = lab.databases()
    const { reason, summary, message } = await lab.run({ request: { dryRun: true, into: 'dry' } })
    expect(reason).toBe('planned')
    expect(message).toContain('Backup two of release v1')
    expect(JSON.stringify(summary)).toContain('Restore it as `dry` beside `shop')
    expect(lab.databases()).toEqual(before)
  })

  test('the list has all of them, newest first, with what each is needed for', async () => {
    const database = (): never => { throw new Error('a list needs no database') }
    const { reason, outputs, summary } = await lab.run({ request: { mode: 'list' }, ports: () => ({ database }) })
    expect(reason).toBe('listed')
    expect(JSON.parse(outputs.receipts)).toMatchObject([{ id: 'three', verified: false }, { id: 'two', verified: true }, { id: 'one', verified: true, bytes: expect.any(Number) }])
    const table = summary.parts.find((part) => part.kind === 'table')
    const rows = table?.kind === 'table' ? table.rows : []
    expect(rows.map((row) => [row[0], row[6]])).toEqual([['three', 'no'], ['two', expect.stringMatching(/Z$/)], ['one', expect.stringMatching(/Z$/)]])
    expect(rows.at(-1)).toContain('taken for v1, which is live')
    expect(rows[0]).toContain(`${lab.folder}; ${lab.copy}`)
  })

  test('what a dead run left is dropped first', async () => {
    lab.sql('CREATE DATABASE ecluse_scratch_dead_1')
    lab.sql(`COMMENT ON DATABASE ecluse_scratch_dead_1 IS '${JSON.stringify({ run: 'x', host: lab.ambient.run.host, pid: 999_999_9, started: '1', at: Date.now() })}'`)
    expect(await lab.run({ request: { into: 'swept' } })).toMatchObject({ reason: 'restored' })
    expect(lab.said.some((line) => line.includes('Dropped `ecluse_scratch_dead_1`'))).toBe(true)
  })

  test('none of them touched the real database or left anything beside it', () => {
    expect([lab.rows(), scratches()]).toEqual(['300', []])
  })
})
