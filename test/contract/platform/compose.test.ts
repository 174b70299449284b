import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { composeLab } from '../../support/compose-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { platformContract } from './suite.js'
import { trafficTo } from './traffic.js'

jest.setTimeout(240_000)

withEngines(['docker'], 'compose', () => {
  platformContract('compose', async () => {
    const lab = await composeLab()
    const v1 = await lab.release({ version: 'v1' }, { COLOUR: 'blue' })
    return {
      pace: 6,
      open: () => lab.open(),
      releases: {
        v1,
        v2: await lab.release({ version: 'v2' }),
        v3: await lab.release({ version: 'v3' }),
        crashing: await lab.release({ version: 'v-crashing', crash: true }),
        unhealthy: await lab.release({ version: 'v-unhealthy', unhealthy: true }),
        missing: { ...v1, version: 'v-missing', images: { web: `${v1.images['web']?.split('@')[0]}@sha256:${'0'.repeat(64)}` } },
      },
      traffic: trafficTo(lab.url),
      // Its own doing, so the engine starts it again within half a second; users meet it meanwhile.
      crashCandidate: async () => {
        const { candidate } = await lab.open().observe()
        const ends = fetch(`${lab.url}/crash`, { headers: { 'x-ecluse-instance': candidate?.id ?? '' } }).catch(() => undefined)
        const until = Date.now() + 1500
        const users = Array.from({ length: 10 }, async () => {
          while (Date.now() < until) await fetch(lab.url).then((answer) => answer.text(), () => undefined)
        })
        await Promise.all([ends, ...users])
      },
      wait: (ms) => sleep(ms),
      now: () => Date.now(),
      tasks: {
        exit: (code) => ['task', 'exit', String(code)],
        sleep: (ms) => ['task', 'sleep', String(ms)],
      },
      close: () => lab.close(),
    }
  })
})
