import { openDatabase, openPointInTime, openScratchHost, openStore } from '../../core/drivers/registry.js'
import { runPost } from '../../core/host/post.js'
import { heal } from './healing.js'
import { inputs } from './inputs.js'
import { backupPolicy } from './request.js'

/** The action's process is gone by now, so what it left is what dead runs left. */
void runPost({
  name: 'db-backup',
  inputs,
  run: async (state, ambient, host) => {
    const environment = await host.environment({ unneeded: ['settings', 'platform.compose.ssh-key', 'backup.identity'] })
    const policy = backupPolicy(environment, 'backup')
    const { pointInTime, copyTo } = policy
    const place = pointInTime !== undefined
      ? { archive: () => openPointInTime({ ...policy, pointInTime }, ambient) }
      : { scratch: () => (policy.proveIn.kind === 'same' ? openDatabase(policy, ambient) : openScratchHost(policy, ambient)) }
    const copy = copyTo === undefined ? [] : [() => openStore(copyTo, ambient, host.env)]
    await heal({ whose: { app: environment.app, environment: environment.name }, ...place, stores: [() => openStore(policy.store, ambient, host.env), ...copy] }, state, ambient)
  },
})
