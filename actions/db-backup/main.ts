import { openDatabase, openLedger, openStore } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { withDeadline } from './deadline.js'
import { backUp } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { outcome } from './report.js'
import { backupPlaces, backupRequest } from './request.js'

void runAction({
  name: 'db-backup',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environment = await host.environment({ unneeded: ['settings', 'platform.compose.ssh-key'] })
    const request = backupRequest(environment, given)
    if (environment.backup === undefined && given.optional) return outcome(request, 'not-configured', `Environment \`${environment.name}\` has no \`backup\`.`, {})
    const places = backupPlaces(environment)
    const around = withDeadline(ambient, given.within)
    const ports = { database: await openDatabase(places, around), store: await openStore(places.store, around, host.env), ledger: await openLedger(environment, around) }
    return backUp(request, ports, around)
  },
})
