import type { ErrorCode } from '../../errors/catalogue.js'
import { EcluseError } from '../../errors/families.js'
import type { Stop } from './deadline.js'
import type { BackupReason } from './facts.js'

export type Phase = 'look' | 'dump' | 'scratch' | 'restore' | 'copy' | 'receipt' | 'record' | 'retention'

/** Whatever was being done. */
const ALWAYS: Readonly<Partial<Record<ErrorCode, BackupReason>>> = {
  aborted: 'cancelled',
  'program-timeout': 'timed-out',
}

const BY_CODE: Readonly<Partial<Record<ErrorCode, BackupReason>>> = {
  'program-missing': 'program-missing',
  'docker-missing': 'program-missing',
  'client-too-old': 'client-too-old',
  'disk-full': 'disk-full',
  'backup-corrupt': 'backup-corrupt',
  'receipt-corrupt': 'store-failed',
  'store-unreachable': 'store-unreachable',
  'store-refused': 'store-refused',
  'store-unsafe': 'store-unsafe',
  'clock-skewed': 'clock-skewed',
  'login-refused': 'login-refused',
  'connection-lost': 'connection-lost',
  'server-restarted': 'server-restarted',
  // Our own key opens what was written, or it is not what was written.
  'backup-locked': 'backup-corrupt',
}

const BY_PHASE: Readonly<Record<Phase, BackupReason>> = {
  look: 'dump-failed', dump: 'dump-failed', scratch: 'no-scratch', restore: 'restore-failed', copy: 'copy-failed', receipt: 'store-failed', record: 'record-failed', retention: 'retention-failed',
}

/** The reason that a fault stands for; `undefined` for what is a bug of ours, or an input that can not be used. */
export function reasonOf(fault: unknown, phase: Phase, stop: Stop | undefined): BackupReason | undefined {
  // The backup has its receipt by then.
  const done = phase === 'record' || phase === 'retention'
  if (stop !== undefined) return done ? BY_PHASE[phase] : stop
  if (!(fault instanceof EcluseError)) return undefined
  if (done) return BY_PHASE[phase]
  const always = ALWAYS[fault.code]
  if (always !== undefined) return always
  // The first store's bytes may turn out bad while they are copied; anything else is the copy's.
  if (phase === 'copy' && fault.code !== 'backup-corrupt') return 'copy-failed'
  if (phase === 'scratch') return fault.code === 'program-missing' ? 'program-missing' : 'no-scratch'
  const known = BY_CODE[fault.code]
  if (known !== undefined) return known
  if (fault.family === 'input') return undefined
  if (fault.code === 'database-refused' && (phase === 'look' || phase === 'dump')) return fault.code
  // A server that goes away in the middle is a failed dump or restore, not a wrong address.
  if (phase === 'look' && fault.code === 'database-unreachable') return fault.code
  if (phase === 'look' && fault.code === 'docker-unreachable') return 'database-unreachable'
  return fault.family === 'file' ? 'store-failed' : BY_PHASE[phase]
}
