import { openGrounds } from '../../core/delivery/grounds.js'
import { withLogin } from '../../core/delivery/registry-access.js'
import { deliveryRequest } from '../../core/delivery/release-from.js'
import { withTelling } from '../../core/delivery/telling/around.js'
import { deliverySubject } from '../../core/domain/telling/subjects.js'
import { logIntoRegistry, openImageRegistry, openSignatures } from '../../core/drivers/registry-docker.js'
import { tellingOf } from '../../core/drivers/registry-telling.js'
import { openersWith, openMetrics } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { deploy } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'

void runAction({
  name: 'deploy-staging',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environment = await host.environment({ unneeded: ['backup', 'triggers.user-complaints'], needed: ['verify'] })
    const telling = tellingOf(environment, (text) => host.masked(text), ambient, { dryRun: given['dry-run'] })
    return withTelling(deliverySubject('deploy-staging', environment, ambient.run, given.version), telling, ambient, async () => {
      const request = deliveryRequest(given, environment, ambient)
      // For the watch that follows; nothing is judged here.
      const metrics = environment.watch === undefined ? undefined : await openMetrics(environment, ambient, host.env)
      return withLogin(await host.registryAccess(), host.env, (credentials) => logIntoRegistry(credentials, ambient), async (docker) =>
        deploy(request, { ...(await openGrounds({ ...openersWith(docker), telling }, environment, ambient)), signatures: () => openSignatures(ambient, docker), registry: async (limited, work) => work(await openImageRegistry(limited, docker)), ...(metrics === undefined ? {} : { metrics }) }, ambient))
    })
  },
})
