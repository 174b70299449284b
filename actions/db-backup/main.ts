import { withinTime } from '../../core/delivery/backup/deadline.js'
import { withTelling } from '../../core/delivery/telling/around.js'
import { backupSubject } from '../../core/domain/telling/subjects.js'
import { tellingOf } from '../../core/drivers/registry-telling.js'
import { openDatabase, openEncryption, openLedger, openPointInTime, openScratchHost, openStore } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { runArchive } from './archive-run.js'
import { checkAge } from './check.js'
import { backUp, keepOnly } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { plainOutcome } from './report.js'
import { backupPolicy, backupRequest } from './request.js'

void runAction({
  name: 'db-backup',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    // Nobody's key is needed: a run proves its backup with a key of its own.
    const environment = await host.environment({ unneeded: ['settings', 'platform.compose.ssh-key', 'backup.identity', 'judge.metrics', 'triggers.user-complaints'] })
    const { app, name } = environment
    if (environment.backup === undefined && given.optional) {
      return plainOutcome('not-configured', `Environment \`${name}\` has no \`backup\`.`, {}, { title: `Back up ${name}: not-configured`, parts: [] })
    }
    const policy = backupPolicy(environment, given.mode)
    const telling = tellingOf(environment, (text) => host.masked(text), ambient, { dryRun: given['dry-run'] })
    const subject = backupSubject(given.mode, environment, ambient.run, { now: ambient.clock.now(), withinMs: given.within })
    return withTelling(subject, telling, ambient, async () => {
      const around = withinTime(ambient, given.within)
      const { pointInTime } = policy
      if (pointInTime !== undefined) {
        const open = { archive: () => openPointInTime({ ...policy, pointInTime }, around), store: () => openStore(policy.store, around, host.env), copy: () => (policy.copyTo === undefined ? undefined : openStore(policy.copyTo, around, host.env)), ledger: () => openLedger(environment, around) }
        return runArchive({ environment, policy, pointInTime, given }, open, around)
      }
      const database = await openDatabase(policy, around)
      const store = await openStore(policy.store, around, host.env)
      const copy = policy.copyTo === undefined ? {} : { copy: await openStore(policy.copyTo, around, host.env) }
      if (given.mode === 'check') return checkAge({ app, environment: name, maxAgeMs: policy.maxAgeMs! }, { database, store, ...copy }, around)
      const ledger = await openLedger(environment, around)
      if (given.mode === 'prune') return keepOnly({ app, environment: name, keep: policy.keep!, dryRun: given['dry-run'] }, { database, store, ...copy, ledger }, around)
      const opened = { scratchHost: () => openScratchHost(policy, around), encryption: openEncryption }
      return backUp(backupRequest(environment, policy, given), { database, store, ...copy, ledger, ...opened }, around)
    })
  },
})
