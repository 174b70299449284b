import { openDatabase, openLedger, openPointInTime, openStore } from '../../core/drivers/registry.js'
import { runPost } from '../../core/host/post.js'
import { inputs } from './inputs.js'
import { endUnfinished } from './unfinished.js'

/** The action's process is gone by now, so what it left is what dead runs left. */
void runPost({
  name: 'db-restore',
  inputs,
  run: async (state, ambient, host) => {
    // A run that made nothing has nothing to be cleared away, and may have had no address of the database.
    if (['scratch', 'backup', 'restoring', 'restored'].every((name) => (state[name] ?? '') === '')) return
    const environment = await host.environment({ unneeded: ['settings', 'platform.compose.ssh-key', 'backup.identity'] })
    const { backup: policy } = environment
    if (policy === undefined) return
    const { pointInTime } = policy
    if (pointInTime !== undefined && (state['restored'] ?? '') !== '') {
      for (const folder of await (await openPointInTime({ ...policy, pointInTime }, ambient)).sweep()) ambient.log.warn(`Removed the cluster in \`${folder}\`, which was not done.`)
    }
    if (['scratch', 'backup', 'restoring'].every((name) => (state[name] ?? '') === '')) return
    const [database, store] = [await openDatabase(policy, ambient), await openStore(policy.store, ambient, host.env)]
    for (const name of await store.sweep()) ambient.log.warn(`Removed \`${name}\`, which has no receipt.`)
    for (const name of await database.sweep(state['scratch'])) ambient.log.warn(`Dropped the scratch database \`${name}\`.`)
    // The copy is gone by now, so that nothing can take the place of the database any more while it is looked at.
    const { restoring = '' } = state
    if (restoring === '') return
    const left = await endUnfinished({ ledger: await openLedger(environment, ambient), database, environment: environment.name, of: { database: restoring, run: ambient.run.id } }, ambient)
    if (left !== undefined) ambient.log.warn(left)
  },
})
