import { openGrounds } from '../../core/delivery/grounds.js'
import { deliveryRequest } from '../../core/delivery/release-from.js'
import { openSignatures } from '../../core/drivers/registry-docker.js'
import { openers, openMetrics } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { promote } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'

void runAction({
  name: 'canary-promote',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environment = await host.environment({ unneeded: ['backup.database'], needed: ['verify'] })
    const request = deliveryRequest(given, environment, ambient)
    const metrics = await openMetrics(environment, ambient)
    const grounds = await openGrounds(openers, environment, ambient)
    return promote(request, { ...grounds, signatures: () => openSignatures(ambient), ...(metrics === undefined ? {} : { metrics }) }, ambient)
  },
})
