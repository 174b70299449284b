import type { Environment } from '../domain/environment.js'
import type { Ambient } from '../ports/ambient.js'
import type { Ledger } from '../ports/ledger.js'
import type { ApprovalRecord } from '../domain/delivery-document.js'
import type { Platform } from '../ports/platform.js'
import { CALM_MS, SHIELD_MS } from './turn.js'
import type { Records } from '../ports/records.js'
import { deliveryMarks } from './marks.js'
import type { Annotations } from '../ports/annotations.js'
import type { Telling } from './telling/telling.js'
import type { Grounds } from './work.js'

/** How a main opens what a flow acts on; the driver registry gives these. */
export interface Openers {
  readonly platform: (environment: Environment, ambient: Ambient) => Promise<Platform>
  readonly ledger: (environment: Environment, ambient: Ambient) => Promise<Ledger>
  readonly records?: (environment: Environment, ambient: Ambient) => Promise<readonly Records[]>
  readonly approvals?: (environment: Environment, ambient: Ambient) => Promise<readonly ApprovalRecord[]>
  readonly telling?: Telling
  readonly annotations?: (environment: Environment, ambient: Ambient) => Promise<Annotations | undefined>
}

/** Who approved is good to know, and nothing waits for it longer than this: a run that was cancelled has little time. */
const APPROVALS_MS = 3000

export async function openGrounds(open: Openers, environment: Environment, ambient: Ambient): Promise<Grounds & { readonly shielded: () => Promise<Grounds> }> {
  const { records, approvals, telling } = open
  const annotations = await open.annotations?.(environment, ambient)
  const grounds = async (around: Ambient): Promise<Grounds> => ({
    platform: await open.platform(environment, around),
    ledger: await open.ledger(environment, around),
    ...(records === undefined ? {} : { records: await records(environment, around) }),
    ...(approvals === undefined ? {} : { approvals: () => approvals(environment, around.shielded(APPROVALS_MS)) }),
    ...(telling === undefined ? {} : { telling }),
  })
  const marks = annotations === undefined ? {} : { marks: deliveryMarks(annotations, ambient) }
  return { ...(await grounds(ambient)), ...marks, shielded: () => grounds(ambient.shielded(ambient.signal.aborted ? SHIELD_MS : CALM_MS)) }
}
