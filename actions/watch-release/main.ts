import type { AtRegistry } from '../../core/delivery/environment-tag.js'
import { openGrounds } from '../../core/delivery/grounds.js'
import { withLogin } from '../../core/delivery/registry-access.js'
import { withTelling } from '../../core/delivery/telling/around.js'
import { watchSubject } from '../../core/domain/telling/subjects.js'
import { openSlo, openTriggers } from '../../core/drivers/registry-alarms.js'
import { openCache } from '../../core/drivers/registry-cache.js'
import { logIntoRegistry, openImageRegistry } from '../../core/drivers/registry-docker.js'
import { tellingOf } from '../../core/drivers/registry-telling.js'
import { openers, openMetrics } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { watchRelease } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { unasked } from './report.js'
import { watchRequest } from './request.js'

void runAction({
  name: 'watch-release',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const environment = await host.environment({ unneeded: ['backup', 'settings', 'migrate'], needed: ['flush-cache.redis'] })
    const request = watchRequest(given, environment, ambient)
    if (request === undefined) return unasked(environment.name)
    const telling = tellingOf(environment, (text) => host.masked(text), ambient)
    return withTelling(watchSubject(environment, ambient.run, { mode: given.mode, ...(given.version === undefined ? {} : { version: given.version }) }), telling, ambient, async () => {
      const metrics = await openMetrics(environment, ambient, host.env)
      const slo = await openSlo(environment, ambient)
      const grounds = await openGrounds({ ...openers, telling }, environment, ambient)
      const registry: AtRegistry = async (limited, work) =>
        withLogin(await host.registryAccess(), host.env, (credentials) => logIntoRegistry(credentials, limited), async (docker) => work(await openImageRegistry(limited, docker)))
      return watchRelease(request, { ...grounds, ...(metrics === undefined ? {} : { metrics }), ...(slo === undefined ? {} : { slo }), triggers: openTriggers(environment, ambient), follow: () => telling.follow(true), registry, cache: (url) => openCache(url, ambient) }, ambient)
    })
  },
})
