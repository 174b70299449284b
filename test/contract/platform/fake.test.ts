import { newSplit } from '../../../core/local/proxy/split.js'
import type { Task, TaskResult } from '../../../core/domain/platform.js'
import { crash, fakePlatform, fakeWorld } from '../../support/fakes/platform.js'
import { releaseOf } from '../../support/images.js'
import { platformContract } from './suite.js'

platformContract('fake', async () => {
  let now = 1000
  const world = fakeWorld({ now: () => now }, { keepsReleases: 2 })
  const release = (version: string): ReturnType<typeof releaseOf> => releaseOf('shop', version, `oci-layout:///fake/${version}@sha256:${'0'.repeat(64)}`, version === 'v1' ? { COLOUR: 'blue' } : {})
  world.behaviours = {
    v1: { task: asCommandSays },
    'v-crashing': { launch: 'crashes' }, 'v-unhealthy': { launch: 'unhealthy' }, 'v-missing': { launch: 'missing' },
  }
  const split = newSplit(Math.random)
  return {
    open: () => fakePlatform(world),
    releases: {
      v1: release('v1'), v2: release('v2'), v3: release('v3'),
      crashing: release('v-crashing'), unhealthy: release('v-unhealthy'), missing: release('v-missing'),
    },
    traffic: async (requests) => {
      const seen: Record<string, number> = {}
      const { weight } = await fakePlatform(world).observe()
      for (let left = requests; left > 0; left -= 1) {
        const name = (split.next(weight) ? world.candidate : world.stable)?.release.version ?? ''
        seen[name] = (seen[name] ?? 0) + 1
      }
      return seen
    },
    crashCandidate: async () => crash(world, 'candidate'),
    wait: async (ms) => {
      now += ms
    },
    now: () => now,
    tasks: { exit: (code) => ['exit', String(code)], sleep: (ms) => ['sleep', String(ms)] },
    close: async () => undefined,
  }
})

function asCommandSays({ argv: [verb, argument], env, timeoutMs }: Task): TaskResult {
  if (verb === 'sleep') return { timedOut: Number(argument) > timeoutMs, lastLines: [] }
  return { exitCode: Number(argument), timedOut: false, lastLines: Object.values(env) }
}
