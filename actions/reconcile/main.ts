import { openGrounds } from '../../core/delivery/grounds.js'
import type { Round } from '../../core/delivery/telling/rounds.js'
import type { Environment } from '../../core/domain/environment.js'
import { reconcileSubject } from '../../core/domain/telling/subjects.js'
import { tellingOf } from '../../core/drivers/registry-telling.js'
import { openers, openRepository } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { reconcile } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'

/** Keys that healing acts by; variables that stand elsewhere need not be set. */
const LOOKED_AT = ['ledger', 'records', 'platform', 'identity', 'url', 'rollout', 'notify', 'annotate']

void runAction({
  name: 'reconcile',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environments = await host.environments(LOOKED_AT)
    const dryRun = given['dry-run']
    const known = ambient.github !== undefined && ambient.github.token !== ''
    const rounds = (environment: Environment): Round => ({
      subject: reconcileSubject(environment, ambient.run), telling: tellingOf(environment, (text) => host.masked(text), ambient, { dryRun }), approvalMs: environment.notify?.approvalMs ?? Infinity,
      ...(known && environment.notify !== undefined && !dryRun ? { waiting: async () => (await (await openRepository(ambient)).waiting(environment.name, ambient.run.id))?.runs.filter(({ state }) => state === 'approval') } : {}),
    })
    return reconcile({ environments, dryRun }, (environment, round) => openGrounds(round === undefined ? openers : { ...openers, telling: round.telling }, environment, ambient), ambient, rounds)
  },
})
