import { EcluseError } from '../../core/errors/families.js'
import type { ErrorCode } from '../../core/errors/catalogue.js'
import type { Reason } from './outcome.js'

export type Phase = 'look' | 'dump' | 'restore' | 'receipt' | 'record'

const BY_CODE: Readonly<Partial<Record<ErrorCode, Reason>>> = {
  aborted: 'cancelled',
  'program-timeout': 'timed-out',
  'program-missing': 'program-missing',
  'client-too-old': 'client-too-old',
  'disk-full': 'disk-full',
  'backup-corrupt': 'backup-corrupt',
  'receipt-corrupt': 'store-failed',
}

const BY_PHASE: Readonly<Record<Phase, Reason>> = {
  look: 'dump-failed', dump: 'dump-failed', restore: 'restore-failed', receipt: 'store-failed', record: 'record-failed',
}

/** The reason that a fault stands for; `undefined` for what is a bug of ours, or an input that can not be used. */
export function reasonOf(fault: unknown, phase: Phase, cancelled: boolean): Reason | undefined {
  if (cancelled && phase !== 'record') return 'cancelled'
  if (!(fault instanceof EcluseError)) return undefined
  // The backup has its receipt by then.
  if (phase === 'record') return 'record-failed'
  const known = BY_CODE[fault.code]
  if (known !== undefined) return known
  if (fault.family === 'input') return undefined
  // A server that goes away in the middle is a failed dump or restore, not a wrong address.
  if (fault.code === 'database-unreachable' && phase === 'look') return 'database-unreachable'
  return fault.family === 'file' ? 'store-failed' : BY_PHASE[phase]
}
