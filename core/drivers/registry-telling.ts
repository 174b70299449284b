import { openTelling } from '../delivery/telling/open.js'
import { silent, type Telling } from '../delivery/telling/telling.js'
import type { Environment } from '../domain/environment.js'
import type { Ambient } from '../ports/ambient.js'
import type { Ledger } from '../ports/ledger.js'
import { openNotifier } from './registry-notify.js'
import { openLedger } from './registry.js'

/** Longer than any job: what ends the telling is the end of the work, and not a cancel, which is the first thing to be told. */
const LONGEST_MS = 6 * 24 * 3_600_000

/** Tells people of an environment; nobody where it names no channel, or nothing is to be changed. `masked` takes every known secret out of a text. */
export function tellingOf(environment: Pick<Environment, 'name' | 'state' | 'ledger' | 'notify'>, masked: (text: string) => string, ambient: Ambient, { dryRun = false } = {}): Telling {
  const { name, notify } = environment
  if (notify === undefined || dryRun) return silent
  const around = ambient.shielded(LONGEST_MS)
  let ledger: Promise<Ledger> | undefined
  return openTelling({
    environment: name, policy: notify, masked,
    ledger: () => (ledger ??= openLedger(environment, around)),
    notifier: (options) => openNotifier(options, around),
  }, around)
}
