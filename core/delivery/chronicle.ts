import type { BudgetSpent } from '../domain/budget-gate.js'
import type { ApprovalRecord, DeliveryDocument, Poll, StepTime } from '../domain/delivery-document.js'
import type { DeliveryEvent, DeliveryRecord, DeliveryResult } from '../domain/history.js'
import { messageOf } from '../errors/families.js'
import type { Ambient } from '../ports/ambient.js'
import type { Lease } from '../ports/ledger.js'
import { spanned } from './spans.js'
import type { Grounds } from './work.js'

/** What happens on the way, for the full record: the ledger has room for the outline only. */
export interface Chronicle {
  readonly events: DeliveryEvent[]
  readonly steps: StepTime[]
  readonly polls: Poll[]
  /** What the release used of the error budgets so far. */
  budgets?: readonly BudgetSpent[]
  /** Where the full record was kept, the folder of this machine first. */
  readonly kept: NonNullable<DeliveryResult['record']>[]
}

export function chronicleOf({ events }: Pick<DeliveryRecord, 'events'>): Chronicle {
  return { events: [...events], steps: [], polls: [], kept: [] }
}

/**
 * Closes a delivery: the full record is kept first, so that the ledger's last word can say where it is. What was done
 * stays done when it can't be kept: that is told, and the ledger closes without it.
 */
export async function close({ ledger, records, approvals }: Grounds, lease: Lease, record: DeliveryRecord, chronicle: Chronicle, result: DeliveryResult, ambient: Ambient): Promise<void> {
  const { events, steps, polls, budgets = [], kept } = chronicle
  if (records !== undefined) {
    const document: DeliveryDocument = { v: 1, delivery: { ...record, events: [...events], result }, steps: [...steps], approvals: await approvalsOf(approvals, ambient), polls: [...polls], ...(budgets.length === 0 ? {} : { budgets }) }
    for (const place of records) kept.push(...(await attempt(() => place.put(document), ambient)))
  }
  // What is kept elsewhere than on this machine is found longer.
  const last = kept.at(-1)
  await ledger.finish(lease, record.id, { ...result, ...(last === undefined ? {} : { record: last }) })
  // Nothing is left for the post step, which need not even look.
  ambient.remember('delivery', '')
}

/** Path or address of the full record; empty before it is kept. */
export function keptAt(chronicle: Chronicle | undefined): string {
  return chronicle?.kept[0]?.link ?? ''
}

/** Times a part of the way, also one that fails. */
export async function timed<T>({ steps }: Chronicle, name: string, ambient: Ambient, part: () => Promise<T>): Promise<T> {
  const startedAt = ambient.clock.now()
  try {
    return await spanned(name, ambient, part)
  } finally {
    steps.push({ name, startedAt, ms: ambient.clock.now() - startedAt })
  }
}

async function approvalsOf(approvals: Grounds['approvals'], ambient: Ambient): Promise<readonly ApprovalRecord[]> {
  try {
    return approvals === undefined ? [] : await approvals()
  } catch (fault) {
    ambient.log.warn(`Who approved this delivery is not in its record: ${messageOf(fault)}`)
    return []
  }
}

async function attempt<T>(work: () => Promise<T>, ambient: Ambient): Promise<readonly T[]> {
  try {
    return [await work()]
  } catch (fault) {
    ambient.log.warn(`The full record of the delivery was not kept: ${messageOf(fault)}`)
    return []
  }
}
