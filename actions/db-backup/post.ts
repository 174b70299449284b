import { openDatabase, openStore } from '../../core/drivers/registry.js'
import { runPost } from '../../core/host/post.js'
import { inputs } from './inputs.js'
import { backupPlaces } from './request.js'

/** The action's process is gone by now, so what it left is what dead runs left. */
void runPost({
  name: 'db-backup',
  inputs,
  run: async (state, ambient, host) => {
    const places = backupPlaces(await host.environment({ unneeded: ['settings', 'backup.identity', 'platform.compose.ssh-key'] }))
    const [database, store] = [await openDatabase(places, ambient), await openStore(places.store, ambient, host.env)]
    for (const name of await store.sweep()) ambient.log.warn(`Removed \`${name}\`, which has no proof.`)
    for (const name of await database.sweep(state['scratch'])) ambient.log.warn(`Dropped the scratch database \`${name}\`.`)
  },
})
