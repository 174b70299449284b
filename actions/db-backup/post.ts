import { openDatabase, openPointInTime, openScratchHost, openStore } from '../../core/drivers/registry.js'
import { runPost } from '../../core/host/post.js'
import { inputs } from './inputs.js'
import { backupPolicy } from './request.js'

/** The action's process is gone by now, so what it left is what dead runs left. */
void runPost({
  name: 'db-backup',
  inputs,
  run: async (state, ambient, host) => {
    const policy = backupPolicy(await host.environment({ unneeded: ['settings', 'platform.compose.ssh-key', 'backup.identity'] }), 'backup')
    for (const choice of policy.copyTo === undefined ? [policy.store] : [policy.store, policy.copyTo]) {
      const store = await openStore(choice, ambient, host.env)
      for (const name of await store.sweep()) ambient.log.warn(`Removed \`${name}\`, which has no proof.`)
    }
    const { pointInTime } = policy
    if (pointInTime !== undefined) {
      const archive = await openPointInTime({ ...policy, pointInTime }, ambient)
      for (const folder of await archive.sweep()) ambient.log.warn(`Removed the restored cluster in \`${folder}\`.`)
      return
    }
    const place = policy.proveIn.kind === 'same' ? await openDatabase(policy, ambient) : await openScratchHost(policy, ambient)
    for (const name of await place.sweep(state['scratch'])) ambient.log.warn(`Dropped the scratch database \`${name}\`.`)
  },
})
