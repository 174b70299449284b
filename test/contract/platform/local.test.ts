import { setTimeout as sleep } from 'node:timers/promises'
import { localLab } from '../../support/local-lab.js'
import { platformContract } from './suite.js'
import { trafficTo } from './traffic.js'

platformContract('local', async () => {
  const lab = await localLab({ keep: 2 })
  const v1 = await lab.release({ version: 'v1' }, { COLOUR: 'blue' })
  return {
    open: () => lab.open(),
    releases: {
      v1,
      v2: await lab.release({ version: 'v2' }),
      v3: await lab.release({ version: 'v3' }),
      crashing: await lab.release({ version: 'v-crashing', crash: true }),
      unhealthy: await lab.release({ version: 'v-unhealthy', unhealthy: true }),
      missing: { ...v1, version: 'v-missing', images: { web: `oci-layout://${lab.work}/image-v1@sha256:${'0'.repeat(64)}` } },
    },
    traffic: trafficTo(lab.url),
    crashCandidate: async () => {
      const { candidate } = await lab.open().observe()
      await fetch(`${candidate?.url}/crash`)
    },
    wait: (ms) => sleep(ms),
    now: () => Date.now(),
    tasks: {
      exit: (code) => ['node', 'server.mjs', 'task', 'exit', String(code)],
      sleep: (ms) => ['node', 'server.mjs', 'task', 'sleep', String(ms)],
    },
    close: () => lab.close(),
  }
})
