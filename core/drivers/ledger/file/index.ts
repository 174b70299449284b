import type { Ambient } from '../../../ports/ambient.js'
import type { Ledger } from '../../../ports/ledger.js'
import { deliveries } from './deliveries.js'
import { journal, journalName, type Journal, type Journals } from './journal.js'
import { leases } from './leases.js'

/**
 * The ledger in files of this machine, one log per environment. What a record means is decided by the records before it
 * (see `ledger-log.ts`), so two writers need no lock and a killed one leaves nothing that anybody has to clean up.
 */
export function fileLedger({ folder }: { readonly folder: string }, ambient: Ambient): Ledger {
  const { files, paths } = ambient
  const place = folder.startsWith('/') ? folder : `${paths.work}/${folder}`
  const known = new Map<string, Journal>()
  const open: Journals = (environment) => {
    const found = known.get(environment) ?? journal(environment, `${place}/${journalName(environment, files)}`, files)
    known.set(environment, found)
    return found
  }
  const leasing = leases(open, ambient)
  return { pace: { lookEveryMs: 1000, unseenMs: 20_000 }, ...leasing, ...deliveries(open, leasing.renew, ambient) }
}
