import type { RunInfo } from '../history.js'
import { DELIVERY, WATCH } from './deliveries.js'
import type { Subject } from './runs.js'

interface Whose {
  readonly app: string
  readonly name: string
}

/** A delivery's own record tells of it once it is begun; what is said here is what keeps it from that. */
export function deliverySubject(action: 'canary-promote' | 'deploy-staging' | 'rollback', { app, name }: Whose, run: RunInfo, version?: string): Subject {
  const titles = { 'canary-promote': 'Promotion', 'deploy-staging': 'Deployment', rollback: 'Rollback' }
  const of = version === undefined || version === '' ? '' : ` of ${version}`
  return { action, app, environment: name, run, topic: DELIVERY, title: action === 'rollback' ? `Rollback in ${name}` : `${titles[action]}${of} to ${name}`, ...(of === '' ? {} : { facts: [['Version', version ?? '']] }) }
}

/** After its time limit and so long, nobody hears of its end any more. */
const BEYOND_MS = 15 * 60_000

interface Timed {
  readonly now: number
  /** Its time limit. */
  readonly withinMs: number
}

/** A backup is told of from its beginning; a look at what there is, only when something is wrong with it. */
export function backupSubject(mode: 'backup' | 'check' | 'prune', { app, name }: Whose, run: RunInfo, { now, withinMs }: Timed): Subject {
  const base = { action: 'db-backup', app, environment: name, run }
  if (mode === 'check') return { ...base, topic: 'backup-age', title: `Check of the newest backup of ${name}` }
  if (mode === 'prune') return { ...base, topic: 'backup-retention', title: `Pruning of the backups of ${name}` }
  return { ...base, topic: 'backup', title: `Backup of ${name}`, until: now + withinMs + BEYOND_MS }
}

/** A copy beside the database says nothing of how the database itself is. */
export function restoreSubject(target: 'in-place' | 'new' | 'new-cluster', { app, name }: Whose, run: RunInfo, { now, withinMs }: Timed): Subject {
  const [topic, title] = target !== 'in-place' ? ['restore-copy', `Restore beside the database of ${name}`] : ['restore', `Restore of the database of ${name}`]
  return { action: 'db-restore', app, environment: name, run, topic, title, until: now + withinMs + BEYOND_MS }
}

/** A watch is told of when it ends badly, or well after it was told of: its looks are many. */
export function watchSubject({ app, name }: Whose, run: RunInfo, { mode, version }: { readonly mode: 'run' | 'look' | 'begin'; readonly version?: string } = { mode: 'run' }): Subject {
  const of = version === undefined || version === '' ? '' : ` of ${version}`
  return { action: 'watch-release', app, environment: name, run, topic: WATCH, title: `Watch${of} in ${name}`, ...(mode === 'look' ? { scheduled: true } : {}), ...(of === '' ? {} : { facts: [['Version', version ?? '']] }) }
}

/** What dead runs left open could not be healed. */
export function reconcileSubject({ app, name }: Whose, run: RunInfo): Subject {
  return { action: 'reconcile', app, environment: name, run, topic: 'reconcile', title: `Healing of ${name}` }
}
