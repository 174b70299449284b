/** Every reason that db-restore can end with, reached on a real database; one without a story fails here. */
import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { outputs, reasons, type Reason, type RestoreOutcome } from '../../../actions/db-restore/outcome.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { ageEncryption } from '../../../core/drivers/encryption/age/index.js'
import { InputError, ProcessError, RemoteError, StateError } from '../../../core/errors/families.js'
import type { Database } from '../../../core/ports/database.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { addressOf } from '../../support/database-lab.js'
import { fakeLedger } from '../../support/fakes/ledger.js'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, type Asked, type RestoreLab } from '../../support/restore-lab.js'

interface Story {
  readonly name: string
  readonly act: (lab: RestoreLab) => Promise<RestoreOutcome>
  /** What the database holds afterwards, when it is not what it held. */
  readonly rows?: string
}

const inPlace = { target: 'in-place' as const, confirm: 'shop "one"', forward: true, safetyBackup: false }
const migrate = { up: 'exit 3', in: 'runner' as const, backwardCompatible: true, withinMs: 60_000 }
const check = { name: 'GET /', method: 'GET' as const, path: '/', headers: {}, expect: { status: [], contains: [], json: {}, header: {}, health: false } }

/** The real database, but for one of its verbs. */
const but = (lab: RestoreLab, changes: Partial<Database>): Asked => ({ ports: () => ({ database: async () => ({ ...postgresDatabase({ url: lab.url }, lab.ambient), ...changes }) }) })
const unable = (): never => {
  throw new ProcessError('program-missing', { message: '`psql` is not installed.', argv: ['psql'], tail: [] })
}
const tooOld = (): never => {
  throw new InputError([{ code: 'client-too-old', message: 'The client is 13, the server is 15.' }])
}

/** Does it when the copy is about to be compared. */
async function atCompare(lab: RestoreLab, asked: Asked, act: () => void, ambient = lab.ambient): Promise<RestoreOutcome> {
  const database = postgresDatabase({ url: lab.url }, ambient)
  const scratch = async (): ReturnType<Database['scratch']> => {
    const made = await database.scratch()
    return { ...made, fingerprint: async (what) => { act(); return made.fingerprint(what) } }
  }
  return lab.run({ ...asked, ambient, ports: () => ({ database: async () => ({ ...database, scratch }) }) })
}

const stories: Readonly<Record<Reason, readonly Story[]>> = {
  restored: [
    { name: 'beside', act: (lab) => lab.run() },
    { name: 'from the copy, when the first store has it damaged', act: async (lab) => {
      const receipt = await lab.backUp('damaged', { takenAt: '2026-10-03T10:00:00.000Z' })
      lab.spoil(lab.folder, receipt)
      const outcome = await lab.run({ request: { receipt: 'damaged' } })
      expect(outcome.message).toContain(`from ${lab.copy}`)
      expect(JSON.stringify(outcome.summary)).toContain('written were')
      lab.spoil(lab.copy, receipt)
      return outcome
    } },
    { name: 'from the copy, when the first store does not have it any more', act: async (lab) => {
      const receipt = await lab.backUp('gone', { takenAt: '2026-10-04T10:00:00.000Z' })
      rmSync(path.join(lab.folder, receipt.object))
      return lab.run({ request: { receipt: 'gone' } })
    } },
    { name: 'an encrypted one, by its key', act: async (lab) => {
      const { identity, recipient } = await ageEncryption().key()
      await lab.backUp('sealed', { takenAt: '2026-10-05T09:00:00.000Z' }, [recipient])
      return lab.run({ request: { receipt: 'sealed' }, policy: { identity } })
    } },
  ],
  replaced: [{ name: 'in place', act: (lab) => lab.run({ request: inPlace }) }],
  listed: [
    { name: 'all of them', act: (lab) => lab.run({ request: { mode: 'list' } }) },
    { name: 'those of the copy, when the first store can not be read', act: async (lab) => {
      const outcome = await lab.run({ request: { mode: 'list' }, ports: (usual) => ({ stores: [async () => { throw new RemoteError('store-refused', { service: 'S3', operation: 'list', message: 'Access denied.' }) }, usual.stores[1]!] }) })
      expect(lab.said.some((line) => line.includes('The store of the backups could not be read: Access denied.'))).toBe(true)
      return outcome
    } },
  ],
  planned: [{ name: 'a dry run', act: (lab) => lab.run({ request: { ...inPlace, dryRun: true } }) }],
  'no-backup': [{ name: 'none so old', act: (lab) => lab.run({ request: { before: Date.parse('2020-01-01T00:00:00Z') } }) }],
  'receipt-unknown': [{ name: 'a typing mistake', act: (lab) => lab.run({ request: { receipt: 'goood' } }) }],
  unverified: [{ name: 'nobody restored it', act: async (lab) => {
    await lab.backUp('unproven', { verified: null, takenAt: '2026-10-01T10:00:00.000Z' })
    return lab.run({ request: { receipt: 'unproven' } })
  } }],
  'not-confirmed': [{ name: 'another name', act: (lab) => lab.run({ request: { ...inPlace, confirm: 'shop' } }) }],
  'name-taken': [{ name: 'the name of the database itself', act: (lab) => lab.run({ request: { into: lab.name } }) }],
  'lease-held': [{ name: 'a delivery is at work', act: async (lab) => {
    const ledger = fakeLedger(lab.ledger, lab.ambient)
    const got = await ledger.take('production', { preempt: false })
    const outcome = await lab.run({ request: inPlace })
    if (got.kind === 'taken') await ledger.release(got.lease)
    return outcome
  } }],
  'store-failed': [{ name: 'neither can be read', act: (lab) => lab.run({ ports: () => ({ stores: [async () => { throw new RemoteError('store-unreachable', { service: 'S3', operation: 'list', message: 'No answer.' }) }] }) }) }],
  'database-unreachable': [{ name: 'a wrong password', act: (lab) => lab.run({ policy: { database: addressOf(lab.server, { database: lab.name, password: 'wrong' }) } }) }],
  'client-too-old': [{ name: 'a newer server', act: (lab) => lab.run(but(lab, { about: async () => tooOld() })) }],
  'program-missing': [{ name: 'no client', act: (lab) => lab.run(but(lab, { about: async () => unable() })) }],
  'key-missing': [
    { name: 'no key', act: (lab) => lab.run({ request: { receipt: 'sealed' } }) },
    { name: "another's key", act: async (lab) => lab.run({ request: { receipt: 'sealed' }, policy: { identity: (await ageEncryption().key()).identity } }) },
  ],
  'backup-corrupt': [{ name: 'in both stores; an older one is named', act: async (lab) => {
    const gone = await lab.run({ request: { ...inPlace, receipt: 'gone' }, ports: (usual) => ({ stores: [usual.stores[0]!] }) })
    expect(gone).toMatchObject({ ok: false, reason: 'store-failed' })
    const damaged = await lab.run({ request: { ...inPlace, receipt: 'damaged' } })
    expect(damaged.message).toContain('The next older verified one is older.')
    return damaged
  } }],
  'restore-failed': [{ name: 'an extension that this server does not have', act: (lab) => lab.run(but(lab, { scratch: async () => {
    const made = await postgresDatabase({ url: lab.url }, lab.ambient).scratch()
    return { ...made, restore: async () => { throw new RemoteError('restore-failed', { service: 'PostgreSQL', operation: 'restore', message: 'extension "postgis" is not available' }) } }
  } })) }],
  mismatch: [{ name: 'a row too many', act: (lab) => atCompare(lab, { request: inPlace }, () => {
    for (const name of lab.databases().filter((one) => one.startsWith('ecluse_scratch_'))) lab.sql('INSERT INTO "Bestellung" VALUES (9999, NULL) ON CONFLICT DO NOTHING', name)
  }) }],
  'safety-backup-failed': [{ name: 'a database that can not be read', act: (lab) => lab.run({ request: { ...inPlace, safetyBackup: true }, ...but(lab, { dump: async () => { throw new RemoteError('dump-failed', { service: 'PostgreSQL', operation: 'dump', message: 'invalid page in block 7' }) } }) }) }],
  'record-failed': [{ name: 'a ledger that takes nothing', act: (lab) => lab.run({ request: inPlace, ports: () => ({ ledger: async (under) => ({ ...fakeLedger(lab.ledger, under), record: async () => { throw new RemoteError('github-failed', { service: 'api', operation: 'record', message: 'HTTP 503' }) } }) }) }) }],
  'swap-failed': [
    { name: 'a rename that is refused', act: (lab) => lab.run({ request: inPlace, ...but(lab, { replaceWith: async () => { throw new RemoteError('database-refused', { service: 'PostgreSQL', operation: 'swap', message: 'permission denied' }) } , scratch: () => postgresDatabase({ url: lab.url }, lab.ambient).scratch() }) }) },
    { name: 'a copy that can not have the owners, before what is there is backed up', act: async (lab) => {
      const database = postgresDatabase({ url: lab.url }, lab.ambient)
      const outcome = await lab.run({ request: { ...inPlace, safetyBackup: true }, ...but(lab, { scratch: async () => ({ ...(await database.scratch()), faithful: false }) }) })
      expect(outcome).toMatchObject({ message: expect.stringContaining('Restore as a superuser'), outputs: { 'safety-receipt': '' } })
      return outcome
    } },
  ],
  'migrate-failed': [{ name: 'its command fails', rows: '500', act: (lab) => lab.run({ request: inPlace, place: { migrate } }) }],
  'flush-failed': [{ name: 'its command fails', rows: '500', act: (lab) => lab.run({ request: inPlace, place: { flushCache: 'exit 4' } }) }],
  'checks-failed': [{ name: 'nobody answers', rows: '500', act: (lab) => lab.run({ request: inPlace, place: { url: 'http://127.0.0.1:9', checks: [check] } }) }],
  preempted: [{ name: 'a rollback takes the lease', act: async (lab) => {
    const lost = async (): Promise<never> => { throw new StateError('lease-lost', { message: 'The lease on `production` was taken by another run.' }) }
    return lab.run({ request: inPlace, ports: () => ({ ledger: async (under) => ({ ...fakeLedger(lab.ledger, under), inFlight: lost }) }) })
  } }],
  'timed-out': [{ name: 'a dump that takes too long', act: (lab) => lab.run(but(lab, { scratch: async () => { throw new ProcessError('program-timeout', { message: 'pg_restore did not end.', argv: [], tail: [] }) } })) }],
  cancelled: [{ name: 'before the swap', act: (lab) => {
    const cancel = new AbortController()
    return atCompare(lab, { request: inPlace }, () => cancel.abort(), backupAmbient({ work: lab.work, signal: cancel.signal, said: lab.said }))
  } }],
}

withEngines(['postgres', 'pg-clients'], 'db-restore', () => {
  let lab: RestoreLab
  beforeAll(async () => {
    lab = await restoreLab()
    await lab.backUp('good', { takenAt: '2026-11-01T10:00:00.000Z' })
    await lab.backUp('older', { takenAt: '2026-09-01T10:00:00.000Z' })
  })
  afterAll(() => lab.close())

  test('has a story for every reason', () => {
    expect(Object.keys(stories).toSorted()).toEqual(Object.keys(reasons).toSorted())
  })

  describe.each(Object.entries(stories))('%s', (reason, told) => {
    test.each(told.map((story) => [story.name, story] as const))('%s', async (_, { act, rows }) => {
      lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
      const outcome = await act(lab)
      const green = ['restored', 'replaced', 'listed', 'planned'].includes(reason)
      expect({ reason: outcome.reason, ok: outcome.ok }).toEqual({ reason, ok: green })
      expect(Object.keys(outcome.outputs).toSorted()).toEqual([...outputs].toSorted())
      expect(lab.rows()).toBe(rows ?? (reason === 'replaced' ? '500' : '100'))
      expect(lab.databases().filter((name) => name.startsWith('ecluse_scratch_'))).toEqual([])
      expect(JSON.stringify(outcome)).not.toContain(lab.server.password)
      const log = lab.ledger.get('production')
      expect({ held: log?.holder(), open: log?.open().length ?? 0 }).toEqual({ held: undefined, open: 0 })
    })
  })
})
