import { openEnvironments, openGitHub, openPermissions, openRotation, openSecrets } from '../../core/drivers/registry.js'
import { runAction } from '../../core/host/run.js'
import { compareSettings } from './diff.js'
import { setupEnvironments } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { setupRequest, type SetupMode, type SetupPorts } from './request.js'

/** Keys of an environment that stand on GitHub; the rest of it is not looked at, and its variables need not be set. */
const LOOKED_AT = ['protection', 'variables', 'secrets', 'ledger', 'platform']

/** Modes that refuse settings of the application that are wrong; rotating a secret does not wait for them. */
const WITH_SETTINGS: readonly SetupMode[] = ['plan', 'apply', 'check', 'diff']

void runAction({
  name: 'setup-environments',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const settings = WITH_SETTINGS.includes(given.mode) ? await host.settings() : undefined
    if (given.mode === 'diff') return compareSettings(settings, ambient)
    const request = setupRequest(given, await host.environments(LOOKED_AT, { unneeded: ['platform.compose.ssh-key'] }), ambient, { settings, values: host.env })
    const github = await openGitHub(ambient)
    const ports: SetupPorts = {
      github,
      environments: await openEnvironments(github),
      secrets: await openSecrets(github),
      rotation: {
        ...(await openRotation(github)),
        random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
        within: async (around) => openRotation(await openGitHub(around)),
      },
      permissions: [await openPermissions(github, host.env)],
    }
    return setupEnvironments(request, ports, ambient)
  },
})
