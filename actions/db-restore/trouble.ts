import type { Stop } from '../../core/delivery/backup/deadline.js'
import type { ErrorCode } from '../../core/errors/catalogue.js'
import { EcluseError } from '../../core/errors/families.js'
import { Verdict, type Reason } from './outcome.js'

export type Phase = 'choose' | 'look' | 'safety' | 'restore' | 'record' | 'swap' | 'migrate' | 'flush' | 'check'

const BY_CODE: Readonly<Partial<Record<ErrorCode, Reason>>> = {
  aborted: 'cancelled',
  'program-timeout': 'timed-out',
  'lease-held': 'lease-held',
  'lease-lost': 'preempted',
  'program-missing': 'program-missing',
  'docker-missing': 'program-missing',
  'client-too-old': 'client-too-old',
  'database-exists': 'name-taken',
  'file-exists': 'name-taken',
  'backup-corrupt': 'backup-corrupt',
  'backup-locked': 'key-missing',
  'receipt-corrupt': 'store-failed',
  'store-unreachable': 'store-failed',
  'store-refused': 'store-failed',
}

const BY_PHASE: Readonly<Record<Phase, Reason>> = {
  choose: 'store-failed', look: 'restore-failed', safety: 'safety-backup-failed', restore: 'restore-failed', record: 'record-failed', swap: 'swap-failed',
  migrate: 'migrate-failed', flush: 'flush-failed', check: 'checks-failed',
}

/** Where a code says more than the place in which it was met. */
const OF_THE_BACKUP: readonly Phase[] = ['choose', 'look', 'restore', 'swap']

/** The reason that a fault stands for; `undefined` for what is a bug of ours, or an input that can not be used. */
export function reasonOf(fault: unknown, phase: Phase, stop: Stop | undefined): Reason | undefined {
  if (fault instanceof Verdict) return fault.reason
  if (stop !== undefined) return stop
  if (!(fault instanceof EcluseError)) return undefined
  const known = BY_CODE[fault.code]
  if (known === 'timed-out' || known === 'cancelled' || known === 'preempted') return known
  // Whatever kept a safety backup from being taken, it is not the backup that was to be restored.
  if (!OF_THE_BACKUP.includes(phase)) return BY_PHASE[phase]
  if (known !== undefined) return known
  if (fault.family === 'input') return undefined
  // A server that goes away in the middle is a failed restore, not a wrong address.
  if ((fault.code === 'database-unreachable' || fault.code === 'login-refused' || fault.code === 'docker-unreachable') && phase === 'look') return 'database-unreachable'
  return BY_PHASE[phase]
}
