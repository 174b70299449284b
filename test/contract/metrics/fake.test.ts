import { count, fakeMetrics, fakeTraffic } from '../../support/fakes/metrics.js'
import { alreadyLive, fakePlatform, fakeWorld } from '../../support/fakes/platform.js'
import { releaseOf } from '../../support/images.js'
import { plan } from '../platform/suite.js'
import { metricsContract } from './suite.js'

metricsContract('fake', async () => {
  const world = fakeWorld({ now: () => 0 })
  const release = (version: string): ReturnType<typeof releaseOf> => releaseOf('shop', version, `oci-layout:///fake/${version}@sha256:${'0'.repeat(64)}`)
  alreadyLive(world, release('v1'))
  const { arms } = await fakePlatform(world).launch(release('v2'), plan)
  const traffic = fakeTraffic(world, 0)
  return {
    open: (slowerThanMs) => fakeMetrics(traffic, slowerThanMs),
    arms,
    traffic: async (arm, requests, errors, slow) => count(traffic, arm, requests, errors, slow),
    withdraw: () => fakePlatform(world).abandon(),
    unplug: async () => {
      traffic.outage = 'unreachable'
    },
    close: async () => undefined,
  }
})
