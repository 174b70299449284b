import type { KeepPolicy } from './backup.js'
import type { Receipt } from './receipt.js'

/** Whose backups are looked at. All of it must be the same: nothing goes by how a name begins. */
export type BackupOwner = Pick<Receipt, 'app' | 'environment' | 'database'>

export interface RetentionAsked {
  readonly receipts: readonly Receipt[]
  readonly owner: BackupOwner
  /** Whether the backups of pgBackRest are meant, or the dumps: neither counts for the other. */
  readonly archives: boolean
  /** Absent: nothing goes. */
  readonly keep?: KeepPolicy
  /** Why nothing can be decided whatever `keep` says: then nothing goes. */
  readonly undecided?: string
  /** Receipt id → what needs it. */
  readonly bound: ReadonlyMap<string, string>
  /** Epoch ms. */
  readonly now: number
}

export interface Judged {
  readonly receipt: Receipt
  /** Why it stays; empty: it goes. */
  readonly why: readonly string[]
}

const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** What a restore replaced can be asked for again so long. */
const SAFETY_DAYS = 30
/** A delivery that waits for its approval is not in the record yet, and takes the receipt along that it was started with. */
const WAITING_HOURS = 48
const SPANS = [['daily', 'day', dayOf], ['weekly', 'week', weekOf], ['monthly', 'month', monthOf]] as const

/**
 * Which backups go: grandfather, father, son. The newest of each day, week and month (UTC; weeks begin on Monday) is kept, of as many of those that have a
 * backup as the policy says. Verified ones and others are counted apart, so that a backup nobody restored never pushes out one that was.
 */
export function retention(asked: RetentionAsked): readonly Judged[] {
  const { receipts, keep, undecided, bound, now } = asked
  const doubtful = shared(receipts)
  const strange = new Map(receipts.map((receipt) => [receipt, doubtful.has(receipt) ? 'another receipt has its id or its object' : strangeness(receipt, asked)]))
  const reasons = new Map(receipts.map((receipt) => [receipt, [strange.get(receipt), bound.get(receipt.id), safety(receipt, now)].filter((why) => why !== undefined)]))
  const ours = newestFirst(receipts.filter((receipt) => strange.get(receipt) === undefined))
  const newest = ours.find(({ verified }) => verified !== null)
  if (newest !== undefined) reasons.get(newest)!.push('newest verified')
  for (const receipt of ours) if (isYoung(receipt, now)) reasons.get(receipt)!.push(`verified in the last ${WAITING_HOURS} hours: a delivery that waits may need it`)
  if (undecided !== undefined || keep === undefined) for (const receipt of ours) reasons.get(receipt)!.push(undecided ?? 'no `keep` is set')
  else {
    const ordinary = ours.filter(({ takenFor }) => takenFor === undefined)
    for (const group of [ordinary.filter(({ verified }) => verified !== null), ordinary.filter(({ verified }) => verified === null)]) climb(group, keep, reasons)
  }
  return newestFirst(receipts).map((receipt) => ({ receipt, why: reasons.get(receipt)! }))
}

/** The newest backup that was restored and found equal, as far as the clocks can be believed. */
export function newestVerified(receipts: readonly Receipt[], owner: BackupOwner, now: number): Receipt | undefined {
  const asked = { owner, archives: false, now }
  return newestFirst(receipts.filter((receipt) => receipt.verified !== null && strangeness(receipt, { ...asked, archives: receipt.kind === 'archive' }) === undefined))[0]
}

export function isOwnedBy({ app, environment, database }: Receipt, owner: BackupOwner): boolean {
  if (app !== owner.app || environment !== owner.environment || database.name !== owner.database.name) return false
  if (database.systemIdentifier !== owner.database.systemIdentifier) return false
  // Where the server does not say who it is, its address must do.
  return database.systemIdentifier !== '' || (database.host === owner.database.host && database.port === owner.database.port)
}

function isYoung({ verified, takenAt }: Receipt, now: number): boolean {
  return verified !== null && now - Date.parse(takenAt) < WAITING_HOURS * HOUR_MS
}

function safety({ takenFor, takenAt }: Receipt, now: number): string | undefined {
  return takenFor !== undefined && now - Date.parse(takenAt) < SAFETY_DAYS * DAY_MS ? `taken before a restore, of the last ${SAFETY_DAYS} days` : undefined
}

/** Those that have their id or their object in common with another. */
function shared(receipts: readonly Receipt[]): ReadonlySet<Receipt> {
  const found = new Set<Receipt>()
  for (const key of ['id', 'object'] as const) {
    const first = new Map<string, Receipt>()
    for (const receipt of receipts) {
      const other = first.get(receipt[key])
      if (other === undefined) first.set(receipt[key], receipt)
      else found.add(other).add(receipt)
    }
  }
  return found
}

/** Why a backup is none that we could judge. */
function strangeness(receipt: Receipt, { owner, archives, now }: Pick<RetentionAsked, 'owner' | 'archives' | 'now'>): string | undefined {
  if (receipt.app !== owner.app) return `of the application \`${receipt.app}\``
  if (receipt.environment !== owner.environment) return `of the environment \`${receipt.environment}\``
  if (!isOwnedBy(receipt, owner)) return `of another database: \`${receipt.database.name}\` on ${receipt.database.host}:${receipt.database.port}`
  if ((receipt.kind === 'archive') !== archives) return archives ? 'a dump' : 'kept by pgBackRest'
  const at = Date.parse(receipt.takenAt)
  if (Number.isNaN(at)) return 'its time can not be read'
  return at > now ? `of ${receipt.takenAt}, which is to come: some clock is wrong` : undefined
}

function climb(receipts: readonly Receipt[], keep: KeepPolicy, reasons: ReadonlyMap<Receipt, string[]>): void {
  for (const [key, word, spanOf] of SPANS) {
    const seen = new Set<string>()
    for (const receipt of receipts) {
      const span = spanOf(Date.parse(receipt.takenAt))
      if (seen.has(span)) continue
      if (seen.size === keep[key]) break
      seen.add(span)
      reasons.get(receipt)!.push(`newest of the ${word} ${span}`)
    }
  }
}

function newestFirst(receipts: readonly Receipt[]): readonly Receipt[] {
  return receipts.toSorted((a, b) => (Date.parse(b.takenAt) || 0) - (Date.parse(a.takenAt) || 0) || (a.id < b.id ? -1 : 1))
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10)
}

/** Its Monday. */
function weekOf(at: number): string {
  const sinceMonday = (new Date(at).getUTCDay() + 6) % 7
  return dayOf(at - sinceMonday * DAY_MS)
}

function monthOf(at: number): string {
  return dayOf(at).slice(0, 7)
}
