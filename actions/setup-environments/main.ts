import { openEnvironments, openGitHub, openSecrets } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { setupEnvironments } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { setupRequest } from './request.js'

/** Keys of an environment that stand on GitHub; the rest of it is not looked at, and its variables need not be set. */
const LOOKED_AT = ['protection', 'variables', 'secrets']

void runAction({
  name: 'setup-environments',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const request = setupRequest(given, await host.environments(LOOKED_AT), ambient)
    const github = await openGitHub(ambient)
    return setupEnvironments(request, { github, environments: await openEnvironments(github), secrets: await openSecrets(github) }, ambient)
  },
})
