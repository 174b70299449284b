import { openGrounds } from '../../core/delivery/grounds.js'
import { mend } from '../../core/delivery/mend.js'
import { openLedger, openPlatform } from '../../core/drivers/registry.js'
import { runPost } from '../../core/host/post.js'
import { inputs } from './inputs.js'

void runPost({
  name: 'deploy-staging',
  inputs,
  run: async (state, ambient, host) => {
    const environment = await host.environment({ unneeded: ['backup.database'] })
    const grounds = await openGrounds({ platform: openPlatform, ledger: openLedger }, environment, ambient)
    for (const { delivery, seen } of await mend(grounds, environment.name, state['delivery'] ?? '', ambient)) {
      ambient.log.warn(`Healed delivery ${delivery}: ${seen}.`)
    }
  },
})
