import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { BackupStore } from '../../core/ports/backup-store.js'
import type { PointInTime } from '../../core/ports/point-in-time.js'
import { removeLeft } from './archive-left.js'

/** Each is opened when its turn comes: one that can't be opened keeps nothing else from being healed. */
export interface Healed {
  readonly whose: { readonly app: string; readonly environment: string }
  /** Where the copy was restored; absent where an archive is. */
  readonly scratch?: () => Promise<{ sweep(named?: string): Promise<readonly string[]> }>
  readonly archive?: () => Promise<PointInTime>
  readonly stores: readonly [() => Promise<BackupStore>, ...(() => Promise<BackupStore>)[]]
}

/** What costs the database server something goes first: its scratch databases, then restored clusters, then what the stores have. */
export async function heal({ whose, scratch, archive, stores }: Healed, state: Readonly<Record<string, string>>, ambient: Ambient): Promise<void> {
  const parts: (readonly [string, () => Promise<void>])[] = []
  if (scratch !== undefined) parts.push(['drop the scratch database', async () => {
    for (const name of await (await scratch()).sweep(state['scratch'])) ambient.log.warn(`Dropped the scratch database \`${name}\`.`)
  }])
  if (archive !== undefined) parts.push(['remove the restored cluster', async () => {
    for (const folder of await (await archive()).sweep()) ambient.log.warn(`Removed the restored cluster in \`${folder}\`.`)
  }])
  for (const open of stores) parts.push(['remove what has no proof from a store', async () => {
    for (const name of await (await open()).sweep()) ambient.log.warn(`Removed \`${name}\`, which has no proof.`)
  }])
  if (archive !== undefined && (state['archived'] ?? '') !== '') parts.push(['remove the backup without a proof from the archive', () => healArchive(whose, archive, stores, ambient)])
  for (const [what, part] of parts) await part().catch((fault: unknown) => ambient.log.warn(`Could not ${what}, and the next run tries again: ${messageOf(fault)}`))
}

async function healArchive(whose: Healed['whose'], open: NonNullable<Healed['archive']>, [first, second]: Healed['stores'], ambient: Ambient): Promise<void> {
  const archive = await open()
  const copy = second === undefined ? {} : { copy: await second() }
  await removeLeft(whose, { archive, store: await first(), ...copy }, (await archive.about()).place, ambient)
}
