import { builderNames, openBuilder, openImageArchives, openScanner, openSigner } from '../../core/drivers/registry-docker.js'
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
    const { scan, sign } = request.settings
    const gate = scan === undefined ? {} : { gate: { scanner: await openScanner(scan, ambient), archives: openImageArchives(ambient) } }
    return buildImage(request, { builder: await openBuilder(given.builder ?? builderNames[0], ambient), ...gate, ...(sign === undefined ? {} : { signer: () => openSigner(sign, host.env, undefined, ambient) }) }, ambient)
  },
})
