import type { AtRegistry } from '../../core/delivery/environment-tag.js'
import { openGrounds } from '../../core/delivery/grounds.js'
import { identitiesIn } from '../../core/delivery/backup/content.js'
import { withLogin } from '../../core/delivery/registry-access.js'
import { openCache } from '../../core/drivers/registry-cache.js'
import { logIntoRegistry, openImageRegistry } from '../../core/drivers/registry-docker.js'
import { tellingOf } from '../../core/drivers/registry-telling.js'
import { openDatabase, openEncryption, openers, openRepository, openStore } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { withTelling } from '../../core/delivery/telling/around.js'
import { deliverySubject } from '../../core/domain/telling/subjects.js'
import type { Said } from '../../core/domain/four-eyes.js'
import { confirmedReceipt, dataPorts } from './data.js'
import { rollback } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { rollbackRequest } from './request.js'

void runAction({
  name: 'rollback',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const receipt = confirmedReceipt(given)
    const environment = await host.environment({ unneeded: ['settings', 'judge.metrics', 'triggers.user-complaints', ...(receipt === undefined ? ['backup'] : [])], needed: ['flush-cache.redis'] })
    const telling = tellingOf(environment, (text) => host.masked(text), ambient, { dryRun: given['dry-run'] })
    return withTelling(deliverySubject('rollback', environment, ambient.run, given.to), telling, ambient, async () => {
      const request = rollbackRequest(given, environment, receipt, ambient)
      const grounds = await openGrounds({ ...openers, telling }, environment, ambient)
      const data = dataPorts({
        database: () => openDatabase(environment.backup ?? { database: '' }, ambient),
        stores: request.stores.map((choice) => () => openStore(choice, ambient, host.env)),
        keys: async () => ({ encryption: await openEncryption(), identities: identitiesIn(environment.backup?.identity) }),
        cache: (url) => openCache(url, ambient),
      }, { app: environment.app, environment: environment.name }, ambient)
      const whoApproved = async (run: string): Promise<readonly Said[] | undefined> => (await openRepository(ambient)).approvals(run)
      const registry: AtRegistry = async (limited, work) =>
        withLogin(await host.registryAccess(), host.env, (credentials) => logIntoRegistry(credentials, limited), async (docker) => work(await openImageRegistry(limited, docker)))
      return rollback(request, { ...grounds, data, whoApproved, registry }, ambient)
    })
  },
})
