import type { Environment } from '../domain/environment.js'
import type { Ambient } from '../ports/ambient.js'
import type { Ledger } from '../ports/ledger.js'
import type { Platform } from '../ports/platform.js'
import { CALM_MS, SHIELD_MS } from './turn.js'
import type { Grounds } from './work.js'

/** How a main opens what a flow acts on; the driver registry gives these. */
export interface Openers {
  readonly platform: (environment: Environment, ambient: Ambient) => Promise<Platform>
  readonly ledger: (environment: Environment, ambient: Ambient) => Promise<Ledger>
}

export async function openGrounds(open: Openers, environment: Environment, ambient: Ambient): Promise<Grounds & { readonly shielded: () => Promise<Grounds> }> {
  const grounds = async (around: Ambient): Promise<Grounds> => ({ platform: await open.platform(environment, around), ledger: await open.ledger(environment, around) })
  return { ...(await grounds(ambient)), shielded: () => grounds(ambient.shielded(ambient.signal.aborted ? SHIELD_MS : CALM_MS)) }
}
