/** A real PostgreSQL with something in it, and grounds to back it up on: stores of their own, a ledger, what is left behind. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect } from '@jest/globals'
import { backUp } from '../../actions/db-backup/flow.js'
import type { BackupOutcome } from '../../actions/db-backup/outcome.js'
import { backupAsked, type BackupPorts, type BackupRequest } from '../../core/delivery/backup/request.js'
import { usualBackup, type BackupPolicy } from '../../core/domain/backup.js'
import { postgresDatabase } from '../../core/drivers/databases/postgres/index.js'
import { ageEncryption } from '../../core/drivers/encryption/age/index.js'
import { diskStore } from '../../core/drivers/stores/disk/index.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { Database } from '../../core/ports/database.js'
import type { ScratchHost } from '../../core/ports/scratch-host.js'
import { databaseLab, type DatabaseLab } from './database-lab.js'
import { fakeLedger, type LedgerStore } from './fakes/ledger.js'

/** More than all pipes and compressors hold, so that a dump is still under way when its first bytes arrive. */
export const MUCH = `CREATE TABLE much (n int PRIMARY KEY, a text); INSERT INTO much SELECT n, ${Array.from({ length: 12 }, () => 'md5(random()::text)').join(' || ')} FROM generate_series(1, 120000) n;`

export interface Ground extends BackupPorts {
  readonly folder: string
  readonly copyFolder: string
  readonly ambient: Ambient
  readonly records: LedgerStore
  /** What is in the first store's folder, and in the second's. */
  files(): readonly string[]
  copies(): readonly string[]
  run(changes?: Partial<BackupPorts>, asked?: Partial<BackupRequest>, around?: Ambient): Promise<BackupOutcome>
}

export interface BackupLab extends DatabaseLab {
  readonly url: string
  ground(options?: { readonly ambient?: Ambient; readonly address?: string; readonly copied?: boolean }): Ground
  scratches(): readonly string[]
  nothingIsLeft(place: Ground): void
}

export const asked = (policy: Partial<BackupPolicy> = {}): BackupRequest => ({
  ...backupAsked({ ...usualBackup('', { name: 'disk', path: '' }), ...policy }), app: 'shop', environment: 'production', version: '1.0.0', dryRun: false,
})

/** The database's own server, with what a test puts in the place of parts of it. */
export const sameServer = (database: Database): ScratchHost => ({ place: 'the same server', scratch: () => database.scratch(), sweep: (named) => database.sweep(named), close: () => Promise.resolve() })

export async function backupLab(filling = MUCH): Promise<BackupLab> {
  const lab = await databaseLab()
  const url = lab.database('shop')
  lab.sql(filling, 'shop')
  let turn = 0
  const scratches = (): readonly string[] => lab.databases().filter((name) => name.startsWith('ecluse_'))
  return {
    ...lab, url, scratches,
    ground({ ambient = lab.ambient, address = url, copied = false } = {}) {
      const folder = path.join(lab.work, `store-${turn += 1}`)
      const copyFolder = `${folder}-copy`
      const records: LedgerStore = new Map()
      const database = postgresDatabase({ url: address }, ambient)
      const ports: BackupPorts = {
        database, store: diskStore({ path: folder }, ambient), ledger: fakeLedger(records, ambient), scratchHost: () => Promise.resolve(sameServer(database)),
        encryption: () => Promise.resolve(ageEncryption()), ...(copied ? { copy: diskStore({ path: copyFolder }, ambient) } : {}),
      }
      const inside = (place: string): readonly string[] => (existsSync(place) ? readdirSync(place) : [])
      return {
        ...ports, folder, copyFolder, ambient, records, files: () => inside(folder), copies: () => inside(copyFolder),
        run: (changes = {}, more = {}, around = ambient) => {
          const used = { ...ports, ...changes }
          const host = changes.database === undefined ? {} : { scratchHost: () => Promise.resolve(sameServer(used.database)) }
          return backUp({ ...asked(), ...more }, { ...used, ...host, ...(changes.scratchHost === undefined ? {} : { scratchHost: changes.scratchHost }) }, around)
        },
      }
    },
    nothingIsLeft(place) {
      expect([...place.files(), ...place.copies()]).toEqual([])
      expect(scratches()).toEqual([])
      expect([...place.records.values()].flatMap((log) => log.history().facts)).toEqual([])
    },
  }
}

export const onFirstBytes = (store: BackupStore, act: () => void): BackupStore => ({
  ...store,
  write: (name, content) => store.write(name, (async function* () {
    let first = true
    for await (const chunk of content) {
      if (first) act()
      first = false
      yield chunk
    }
  })()),
})
