import { deliveryRequest } from '../../core/delivery/release-from.js'
import { openLedger, openPlatform, openRepository } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { brief } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'

void runAction({
  name: 'approval-brief',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    // Its job belongs to no environment, so the key may not be there; what can't be seen without it is said.
    const environment = await host.environment({ unneeded: ['backup', 'platform.compose.ssh-key', 'judge.metrics', 'triggers.user-complaints'] })
    const { staging, strict } = given
    const request = { delivery: deliveryRequest(given, environment, ambient), strict, ...(staging === undefined ? {} : { staging }) }
    return brief(request, { ledger: () => openLedger(environment, ambient), platform: () => openPlatform(environment, ambient), repository: () => openRepository(ambient) }, ambient)
  },
})
