import type { Receipt } from './receipt.js'

/** One backup and which stores have it: by their place in the order in which they are read. */
export interface KeptBackup {
  readonly receipt: Receipt
  readonly stores: readonly number[]
}

export interface PointAsked {
  readonly app: string
  readonly environment: string
  /** Id of a receipt; absent: the newest verified one. */
  readonly receipt?: string
  /** Epoch ms: data no newer than this. */
  readonly before?: number
  /** A backup that nobody restored will do, too. */
  readonly unverified: boolean
  /** Name of the database that is to get it; others count only when their receipt is named. */
  readonly database?: string
  /** What pgBackRest keeps, for a cluster of its own; else dumps. */
  readonly archived?: boolean
  /** Epoch ms. */
  readonly now: number
}

export type Point =
  | { readonly kind: 'chosen'; readonly backup: KeptBackup; readonly notes: readonly string[] }
  | { readonly kind: 'receipt-unknown' | 'no-backup' | 'unverified'; readonly message: string }

/** The receipts of this application's environment in all stores, each once, newest data first. */
export function keptBackups(stores: readonly (readonly Receipt[])[], asked: Pick<PointAsked, 'app' | 'environment'>): readonly KeptBackup[] {
  const found = new Map<string, { readonly receipt: Receipt; readonly stores: number[] }>()
  for (const [index, receipts] of stores.entries()) {
    for (const receipt of receipts) {
      if (receipt.app !== asked.app || receipt.environment !== asked.environment) continue
      const known = found.get(identityOf(receipt))
      if (known === undefined) found.set(identityOf(receipt), { receipt, stores: [index] })
      else if (!known.stores.includes(index)) known.stores.push(index)
    }
  }
  return [...found.values()].toSorted((a, b) => takenAt(b.receipt) - takenAt(a.receipt))
}

/** Which backup is meant. Nothing is taken for verified that is not, and nothing newer than was asked for. */
export function choosePoint(kept: readonly KeptBackup[], asked: PointAsked): Point {
  if (asked.receipt !== undefined) return named(kept, asked.receipt, asked)
  // What a restore replaced is bad data as a rule: whoever wants it back names it.
  const mine = kept.filter(({ receipt }) => receipt.takenFor === undefined && (asked.database === undefined || receipt.database.name === asked.database))
  const ours = mine.filter(({ receipt }) => (receipt.kind === 'archive') === (asked.archived === true))
  const others = mine.length - ours.length
  const { before } = asked
  const old = before === undefined ? ours : ours.filter(({ receipt }) => takenAt(receipt) <= before)
  const backup = old.find(({ receipt }) => receipt.verified !== null || asked.unverified)
  if (backup !== undefined) return { kind: 'chosen', backup, notes: notesOn(backup, kept, asked) }
  const limit = before === undefined ? '' : ` with data of ${new Date(before).toISOString()} or before`
  const left = [
    ...(old.length > 0 ? [`${count(old.length)} that nobody restored: give \`unverified: true\` to take the newest of them`] : []),
    ...(ours.length > old.length ? [`${count(ours.length - old.length)} with newer data, the oldest of ${ours.at(-1)!.receipt.takenAt}`] : []),
    ...(others > 0 ? [asked.archived === true ? `${count(others)} dumped: restore one of them with \`target: new\`` : `${count(others)} kept by pgBackRest, which restores whole clusters: \`target: new-cluster\``] : []),
    ...(kept.length > mine.length ? [`${count(kept.length - mine.length)} of another database, or taken before a restore: name the receipt to take one`] : []),
  ]
  return { kind: 'no-backup', message: `There is no verified backup of \`${asked.environment}\`${limit}${left.length === 0 ? '' : `; there are ${left.join(', and ')}`}.` }
}

/** Why a backup may not take the place of the database of this name; undefined when it is of that one. */
export function ofAnotherDatabase({ id, database: { name, host, port } }: Pick<Receipt, 'id' | 'database'>, database: string): string | undefined {
  return name === database ? undefined : `The backup "${id}" is of the database \`${name}\` on ${host}:${port}, and would take the place of \`${database}\`. Name a backup of \`${database}\`, or bring this one back with db-restore.`
}

/** How old the data is (ms); what was written since is lost. */
export function ageOf(receipt: Receipt, now: number): number {
  return Math.max(0, now - takenAt(receipt))
}

function named(kept: readonly KeptBackup[], id: string, asked: PointAsked): Point {
  const same = kept.filter(({ receipt }) => receipt.id === id)
  const [backup, second] = same
  if (backup === undefined) {
    const newest = kept.slice(0, 3).map(({ receipt }) => receipt.id)
    return { kind: 'receipt-unknown', message: `No backup of \`${asked.environment}\` has the receipt "${id}"${newest.length === 0 ? ', and none is there at all' : `; the newest are ${newest.join(', ')}`}.` }
  }
  if (second !== undefined) return { kind: 'receipt-unknown', message: `The stores have ${same.length} different backups under the receipt "${id}", and nothing says which one is meant.` }
  if (backup.receipt.verified === null && !asked.unverified) return { kind: 'unverified', message: `Nobody restored the backup "${id}" so far. Give \`unverified: true\` to take it all the same.` }
  return { kind: 'chosen', backup, notes: notesOn(backup, kept, asked) }
}

function notesOn({ receipt }: KeptBackup, kept: readonly KeptBackup[], asked: PointAsked): readonly string[] {
  const newer = kept.filter((other) => other.receipt.verified !== null && takenAt(other.receipt) > takenAt(receipt)).length
  const { before = Infinity } = asked
  const archive = kept.find((other) => other.receipt.kind === 'archive' && takenAt(other.receipt) > takenAt(receipt) && takenAt(other.receipt) <= before && (asked.database === undefined || other.receipt.database.name === asked.database))
  return [
    ...(receipt.verified === null ? ['Nobody restored this backup before.'] : []),
    ...(takenAt(receipt) > asked.now ? [`Its data is of ${receipt.takenAt}, which is to come: some clock is wrong.`] : []),
    ...(asked.receipt !== undefined && newer > 0 ? [`${newer === 1 ? 'A verified one is' : `${newer} verified ones are`} newer.`] : []),
    ...(asked.receipt === undefined && asked.archived !== true && archive !== undefined ? [`The archive of pgBackRest has newer data, such as that of ${archive.receipt.takenAt} (${archive.receipt.id}): it comes back as a whole cluster, with \`target: new-cluster\`.`] : []),
    ...(asked.database !== undefined && receipt.database.name !== asked.database ? [`It is of another database: \`${receipt.database.name}\` on ${receipt.database.host}:${receipt.database.port}.`] : []),
  ]
}

/** The same receipt in two stores; another backup under the same id is another one. */
function identityOf({ id, object, sha256 }: Receipt): string {
  return [id, object, sha256].join('\n')
}

function takenAt(receipt: Receipt): number {
  return Date.parse(receipt.takenAt)
}

function count(backups: number): string {
  return backups === 1 ? 'one' : String(backups)
}
