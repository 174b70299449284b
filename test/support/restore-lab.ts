/** Backups of a real database in a folder, and restores of them as the action makes them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { restore } from '../../actions/db-restore/flow.js'
import type { RestoreOutcome } from '../../actions/db-restore/outcome.js'
import type { RestoreRequest } from '../../actions/db-restore/request.js'
import type { RestorePorts } from '../../actions/db-restore/run.js'
import { objectName } from '../../core/delivery/backup/naming.js'
import { usualBackup } from '../../core/domain/backup.js'
import type { Environment } from '../../core/domain/environment.js'
import type { Fact } from '../../core/domain/history.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { postgresDatabase } from '../../core/drivers/databases/postgres/index.js'
import { ageEncryption } from '../../core/drivers/encryption/age/index.js'
import { diskStore } from '../../core/drivers/stores/disk/index.js'
import type { Ambient } from '../../core/ports/ambient.js'
import { backupAmbient } from './backup-ambient.js'
import { databaseLab, type DatabaseLab } from './database-lab.js'
import { fakeLedger, type LedgerStore } from './fakes/ledger.js'
import { release } from './flow-lab.js'
import { production } from './restore-place.js'

export interface RestoreLab extends DatabaseLab {
  readonly name: string
  readonly url: string
  readonly folder: string
  readonly copy: string
  readonly ledger: LedgerStore
  /** The facts about restores that the ledger has. */
  facts(): readonly Fact[]
  /** What is in the database: one number for each row. */
  rows(database?: string): string
  /** Takes a backup of what is there now, into the first store and the copy. */
  backUp(id: string, changes?: Partial<Receipt>, encryptTo?: readonly string[]): Promise<Receipt>
  run(asked?: Asked): Promise<RestoreOutcome>
  /** Damages the bytes that a store has. */
  spoil(folder: string, receipt: Receipt): void
}

export interface Asked {
  readonly request?: Partial<RestoreRequest>
  readonly place?: Partial<Environment>
  readonly policy?: Partial<RestoreRequest['policy']>
  readonly ports?: (usual: RestorePorts) => Partial<RestorePorts>
  readonly ambient?: Ambient
}

const NAME = 'shop "one"'

export async function restoreLab(): Promise<RestoreLab> {
  const lab = await databaseLab()
  const url = lab.database(NAME)
  const ledger: LedgerStore = new Map()
  const [folder, copy] = [path.join(lab.work, 'backups'), path.join(lab.work, 'copy')]
  for (const one of [folder, copy]) mkdirSync(one)
  lab.sql('CREATE TABLE "Bestellung" (id int PRIMARY KEY, was text); INSERT INTO "Bestellung" SELECT n, repeat(n::text, 20) FROM generate_series(1, 500) n', NAME)
  return {
    ...lab, name: NAME, url, folder, copy, ledger,
    facts: () => (ledger.get('production')?.history().facts ?? []).filter(({ type }) => type === 'restoring' || type === 'restored'),
    rows: (database = NAME) => lab.sql('SELECT count(*) FROM "Bestellung"', database),
    backUp: (id, changes = {}, encryptTo = []) => taken({ lab, url, folder, copy }, id, changes, encryptTo),
    run: (asked = {}) => {
      const around = asked.ambient ?? lab.ambient
      const policy = { ...usualBackup(url, { name: 'disk' as const, path: folder }), copyTo: { name: 'disk' as const, path: copy }, ...asked.policy }
      const ports: RestorePorts = {
        stores: [folder, copy].map((one) => async () => diskStore({ path: one }, around)),
        database: async () => postgresDatabase({ url: policy.database }, around),
        ledger: async (under) => fakeLedger(ledger, under),
        encryption: async () => ageEncryption(),
        archive: async () => { throw new Error('not asked for') },
        cache: async (place) => ({ place, flush: async () => ({ keys: 1 }) }),
        platform: async () => ({ runTask: async () => ({ exitCode: 0, timedOut: false, lastLines: [] }) }),
      }
      const request: RestoreRequest = {
        environment: { ...production, ...asked.place }, policy, mode: 'restore', target: 'new', unverified: false, safetyBackup: true,
        forward: asked.request?.target === 'in-place', dryRun: false, startedAt: Date.now(), ...asked.request,
      }
      return restore(request, { ...ports, ...asked.ports?.(ports) }, around)
    },
    spoil: (place, { object }) => {
      const file = path.join(place, object)
      const bytes = readFileSync(file)
      bytes[Math.floor(bytes.length / 2)]! ^= 0xff
      writeFileSync(file, bytes)
    },
  }
}

async function taken({ lab, url, folder, copy }: { readonly lab: DatabaseLab; readonly url: string; readonly folder: string; readonly copy: string }, id: string, changes: Partial<Receipt>, encryptTo: readonly string[]): Promise<Receipt> {
  const ambient = backupAmbient({ work: lab.work })
  const database = postgresDatabase({ url }, ambient)
  const dump = await database.dump()
  const object = objectName('shop', id, dump.compression, encryptTo.length > 0)
  const content = encryptTo.length === 0 ? dump.content : ageEncryption().encrypt(dump.content, encryptTo)
  const [first, second] = [folder, copy].map((place) => diskStore({ path: place }, ambient))
  const written = await first!.write(object, content)
  const { fingerprint } = await dump.taken()
  await dump.close()
  const about = await database.about()
  const now = new Date().toISOString()
  const receipt: Receipt = {
    format: 1, id, app: 'shop', environment: 'production', version: 'v1', database: { host: about.host, port: about.port, name: about.name, systemIdentifier: about.systemIdentifier },
    store: first!.place, object, ...written, compression: dump.compression, takenAt: now, dumpMs: 1, clientVersion: about.clientVersion, serverVersion: about.serverVersion,
    schemaRevision: 'r1', fingerprint, verified: { at: now, how: 'restored', restoreMs: 1 }, kind: dump.format, ...(encryptTo.length === 0 ? {} : { encryptedFor: encryptTo }), ...changes,
  }
  await second!.write(object, first!.read(object))
  for (const store of [first!, second!]) await store.writeReceipt(receipt)
  return receipt
}

/** Tells the ledger that a release is live, taken with this backup. */
export async function serves(lab: RestoreLab, version: string, receipt: string): Promise<void> {
  const ledger = fakeLedger(lab.ledger, lab.ambient)
  const got = await ledger.take('production', { preempt: false })
  if (got.kind !== 'taken') throw new Error('the lease is held')
  const { id } = await ledger.begin(got.lease, { kind: 'promote', release: release(version), plan: [], requestedAt: 0, run: lab.ambient.run, receipt })
  await ledger.finish(got.lease, id, { at: Date.now(), ok: true, reason: 'promoted', message: '', live: release(version) })
  await ledger.release(got.lease)
}
