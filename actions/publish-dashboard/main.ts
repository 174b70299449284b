import { openLedger, openRecords, openRecordsIn, openRepository } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { publishDashboard } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { publishRequest } from './request.js'

/** Keys that the record is read by; variables that stand elsewhere need not be set. */
const LOOKED_AT = ['ledger', 'records', 'backup', 'objectives', 'migrate']
const UNNEEDED = ['backup', 'migrate.up', 'migrate.down', 'migrate.revision']

void runAction({
  name: 'publish-dashboard',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const request = publishRequest(given, await host.environments(LOOKED_AT, { unneeded: UNNEEDED }))
    const known = ambient.github !== undefined && ambient.github.token !== ''
    return publishDashboard(request, {
      ledger: (environment) => openLedger(environment, ambient),
      records: async (environment) => (given.records === undefined ? openRecords(environment, ambient) : [await openRecordsIn(given.records, ambient)]),
      ...(known ? { repository: await openRepository(ambient) } : {}),
      masked: (text) => host.masked(text),
    }, ambient)
  },
})
