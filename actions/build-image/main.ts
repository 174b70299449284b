import { withLogin } from '../../core/delivery/registry-access.js'
import { logIntoRegistry, openBuilder, openImageArchives, openImageRegistry, openScanner, openSigner } from '../../core/drivers/registry-docker.js'
import { runAction } from '../../core/host/run.js'
import { buildImage } from './flow.js'
import { inputs } from './inputs.js'
import { outputs, reasons } from './outcome.js'
import { imageRequest } from './request.js'

void runAction({
  name: 'build-image',
  inputs,
  reasons,
  outputs,
  run: async (given, ambient, host) => {
    const request = imageRequest(given, await host.build())
    const { builder, scan, sign } = request.settings
    return withLogin(request.settings, host.env, (credentials) => logIntoRegistry(credentials, ambient), async (docker) => buildImage(request, {
      builder: await openBuilder(builder, ambient, docker),
      ...(builder === 'buildx' ? { registry: await openImageRegistry(ambient, docker) } : {}),
      ...(scan === undefined ? {} : { gate: { scanner: await openScanner(scan, ambient), archives: openImageArchives(ambient, docker) } }),
      ...(sign === undefined ? {} : { signer: () => openSigner(sign, host.env, docker['DOCKER_CONFIG'], ambient) }),
    }, ambient))
  },
})
