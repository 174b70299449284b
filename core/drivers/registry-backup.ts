import type { BackupPolicy, PgBackRestOptions, StoreChoice } from '../domain/backup.js'
import type { Ambient } from '../ports/ambient.js'
import type { BackupStore } from '../ports/backup-store.js'
import type { Database } from '../ports/database.js'
import type { Encryption } from '../ports/encryption.js'
import type { PointInTime } from '../ports/point-in-time.js'
import type { ScratchHost } from '../ports/scratch-host.js'

/** What backups are made of; like the other registries, each driver loads when it is first opened. */
type Variables = Readonly<Record<string, string | undefined>>
type Reached = Pick<BackupPolicy, 'database' | 'through' | 'ca'>

const databases = {
  postgres: async ({ database: url, through, ca }, ambient) => {
    const { postgresDatabase } = await import('./databases/postgres/index.js')
    return postgresDatabase({ url, ...(through === undefined ? {} : { through }), ...(ca === undefined ? {} : { ca }) }, ambient)
  },
} satisfies Record<'postgres', (reached: Reached, ambient: Ambient) => Promise<Database>>

const stores = {
  disk: async (choice, ambient) => {
    const { diskStore } = await import('./stores/disk/index.js')
    return diskStore({ path: choice.path }, ambient)
  },
  s3: async (choice, ambient, env) => {
    const { s3Store } = await import('./stores/s3/index.js')
    return s3Store(choice, ambient, env)
  },
} satisfies { readonly [N in StoreChoice['name']]: (choice: Extract<StoreChoice, { name: N }>, ambient: Ambient, env: Variables) => Promise<BackupStore> }

const encryptions = {
  age: async () => {
    const { ageEncryption } = await import('./encryption/age/index.js')
    return ageEncryption()
  },
} satisfies Record<'age', () => Promise<Encryption>>

export function openDatabase(reached: Reached, ambient: Ambient): Promise<Database> {
  return databases.postgres(reached, ambient)
}

/** Where copies of its backups are restored for proof. */
export async function openScratchHost(policy: Pick<BackupPolicy, 'database' | 'through' | 'ca' | 'proveIn'>, ambient: Ambient): Promise<ScratchHost> {
  const { openScratchHost: open } = await import('./databases/postgres/proof/index.js')
  return open(policy, ambient)
}

export async function openPointInTime(policy: Pick<BackupPolicy, 'database' | 'through'> & { readonly pointInTime: PgBackRestOptions }, ambient: Ambient): Promise<PointInTime> {
  const { pgBackRest } = await import('./databases/postgres/point-in-time/index.js')
  return pgBackRest(policy, ambient)
}

export function openEncryption(): Promise<Encryption> {
  return encryptions.age()
}

/** `env` has the credentials of a bucket where the configuration names none. */
export function openStore(choice: StoreChoice, ambient: Ambient, env: Variables): Promise<BackupStore> {
  return choice.name === 's3' ? stores.s3(choice, ambient, env) : stores.disk(choice, ambient)
}
