import { openGrounds } from '../../core/delivery/grounds.js'
import { deliveryRequest } from '../../core/delivery/release-from.js'
import { openSignatures } from '../../core/drivers/registry-docker.js'
import { openers } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { deploy } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'

void runAction({
  name: 'deploy-staging',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environment = await host.environment({ unneeded: ['backup.database'], needed: ['verify'] })
    const request = deliveryRequest(given, environment, ambient)
    return deploy(request, { ...(await openGrounds(openers, environment, ambient)), signatures: () => openSignatures(ambient) }, ambient)
  },
})
