import { openGrounds } from '../../core/delivery/grounds.js'
import { withLogin } from '../../core/delivery/registry-access.js'
import { deliveryRequest } from '../../core/delivery/release-from.js'
import { withTelling } from '../../core/delivery/telling/around.js'
import { deliverySubject } from '../../core/domain/telling/subjects.js'
import { logIntoRegistry, openImageRegistry, openSignatures } from '../../core/drivers/registry-docker.js'
import { openSlo, openTriggers } from '../../core/drivers/registry-alarms.js'
import { tellingOf } from '../../core/drivers/registry-telling.js'
import { openersWith, openMetrics } from '../../core/drivers/registry.js'
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
    const environment = await host.environment({ unneeded: ['backup'], needed: ['verify'] })
    const telling = tellingOf(environment, (text) => host.masked(text), ambient, { dryRun: given['dry-run'] })
    return withTelling(deliverySubject('canary-promote', environment, ambient.run, given.version), telling, ambient, async () => {
      const request = deliveryRequest(given, environment, ambient)
      const metrics = await openMetrics(environment, ambient, host.env)
      const slo = await openSlo(environment, ambient)
      return withLogin(await host.registryAccess(), host.env, (credentials) => logIntoRegistry(credentials, ambient), async (docker) => {
        const grounds = await openGrounds({ ...openersWith(docker), telling }, environment, ambient)
        return promote(request, { ...grounds, signatures: () => openSignatures(ambient, docker), registry: async (limited, work) => work(await openImageRegistry(limited, docker)), ...(metrics === undefined ? {} : { metrics }), ...(slo === undefined ? {} : { slo }), triggers: openTriggers(environment, ambient) }, ambient)
      })
    })
  },
})
