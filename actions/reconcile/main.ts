import { openGrounds } from '../../core/delivery/grounds.js'
import { openers } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { reconcile } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'

/** Keys that healing acts by; variables that stand elsewhere need not be set. */
const LOOKED_AT = ['ledger', 'records', 'platform', 'identity', 'url', 'rollout']

void runAction({
  name: 'reconcile',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environments = await host.environments(LOOKED_AT)
    return reconcile({ environments, dryRun: given['dry-run'] }, (environment) => openGrounds(openers, environment, ambient), ambient)
  },
})
