import { withinTime } from '../../core/delivery/backup/deadline.js'
import { withTelling } from '../../core/delivery/telling/around.js'
import { restoreSubject } from '../../core/domain/telling/subjects.js'
import { openCache } from '../../core/drivers/registry-cache.js'
import { tellingOf } from '../../core/drivers/registry-telling.js'
import { openDatabase, openEncryption, openLedger, openPlatform, openPointInTime, openStore } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { restore } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { restoreRequest } from './request.js'

/** Who only looks needs no way into anything but the stores. */
const UNNEEDED_TO_LIST = ['platform.compose.ssh-key', 'backup.database', 'backup.identity']

void runAction({
  name: 'db-restore',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const listing = given.mode === 'list'
    const environment = await host.environment({ unneeded: ['settings', 'judge.metrics', 'triggers.user-complaints', ...(listing ? UNNEEDED_TO_LIST : [])], needed: !listing && given.target === 'in-place' ? ['flush-cache.redis'] : [] })
    const telling = tellingOf(environment, (text) => host.masked(text), ambient, { dryRun: listing || given['dry-run'] })
    const subject = restoreSubject(given.target, environment, ambient.run, { now: ambient.clock.now(), withinMs: given.within })
    return withTelling(subject, telling, ambient, async () => {
      const request = restoreRequest(given, environment, ambient.startedAt)
      const { store, copyTo } = request.policy
      const around = withinTime(ambient, given.within)
      return restore(request, {
        stores: [store, ...(copyTo === undefined ? [] : [copyTo])].map((choice) => () => openStore(choice, around, host.env)),
        database: () => openDatabase(request.policy, around),
        ledger: (under) => openLedger(environment, under),
        encryption: () => openEncryption(),
        archive: () => openPointInTime({ ...request.policy, pointInTime: request.policy.pointInTime! }, around),
        cache: (url) => openCache(url, around),
        platform: () => openPlatform(environment, around),
      }, around)
    })
  },
})
