import { openLedger, openMetrics } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { smokeTest } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { smokeRequest } from './request.js'

void runAction({
  name: 'smoke-test',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const unneeded = ['backup', 'settings', 'triggers.user-complaints']
    const looked = await host.environment({ unneeded: [...unneeded, 'platform.compose.ssh-key', 'judge.metrics'] })
    // Only the judge of a soak asks the hosts, or whoever counts.
    const environment = looked.soakMs === undefined ? looked : await host.environment({ unneeded })
    const request = smokeRequest(given, environment)
    const metrics = await openMetrics(environment, ambient, host.env)
    // Without a name there is no environment whose history this belongs to.
    const ledger = given.environment === undefined ? undefined : await openLedger(environment, ambient)
    return smokeTest(request, { ...(metrics && { metrics }), ...(ledger && { ledger }) }, ambient)
  },
})
