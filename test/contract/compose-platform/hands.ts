/** What a person, a user and time do to a stack, for tests of the compose platform under faults. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Observed } from '../../../core/domain/platform.js'
import type { Release } from '../../../core/domain/release.js'
import type { RolloutPlan } from '../../../core/domain/rollout.js'
import type { Platform } from '../../../core/ports/platform.js'
import type { ComposeLab } from '../../support/compose-lab.js'
import type { DockerClient } from '../../support/docker/lab.mjs'

export const plan: RolloutPlan = { strategy: 'canary', weights: [5, 25, 50, 100], healthyWithinMs: 30_000 }

type Opened = Pick<ComposeLab, 'open'>

export async function live(lab: Opened, release: Release): Promise<void> {
  await lab.open().launch(release, plan)
  await lab.open().promote()
}

export async function onTrial(lab: Opened, release: Release, weight: number): Promise<void> {
  await lab.open().launch(release, plan)
  if (weight > 0) await lab.open().shift(weight)
}

/** So many requests, one after another: how many each version answered, and what failed as `status 503` and the like. */
export async function asked(url: string, requests: number): Promise<Readonly<Record<string, number>>> {
  const seen: Record<string, number> = {}
  for (let left = requests; left > 0; left -= 1) {
    const name = await fetch(url).then(
      async (answer) => {
        await answer.arrayBuffer()
        return answer.ok ? (answer.headers.get('x-ecluse-version') ?? 'nobody') : `status ${answer.status}`
      },
      () => 'no answer',
    )
    seen[name] = (seen[name] ?? 0) + 1
  }
  return seen
}

/** What the platform says once it is as wanted. */
export async function seenAs(platform: Platform, wanted: (seen: Observed) => boolean, withinMs = 20_000): Promise<Observed> {
  const end = performance.now() + withinMs
  for (;;) {
    const seen = await platform.observe()
    if (wanted(seen)) return seen
    if (performance.now() > end) throw new Error(`not in ${withinMs} ms: ${JSON.stringify(seen)}`)
    await sleep(100)
  }
}

/** Versions, health and weight, without the rest. */
export function inShort({ stable, candidate, weight }: Observed): readonly unknown[] {
  const one = (running: Observed['stable']): string => (running === undefined ? 'none' : `${running.release.version} ${running.healthy ? 'well' : 'unwell'}`)
  return [one(stable), one(candidate), weight]
}

/** All containers of the environment with their status, by version; the edge as `edge`. */
export async function containersIn({ docker }: DockerClient, scope: string): Promise<readonly string[]> {
  const listed = await docker(['ps', '--all', '--filter', `label=ecluse.scope=${scope}`, '--format', '{{.Label "ecluse.version"}} {{.State}}'])
  return listed.split('\n').filter(Boolean).map((line) => (line.startsWith(' ') ? `edge${line}` : line)).toSorted()
}

/** The user's own `docker compose` in the folder of the lab. */
export async function compose({ docker }: DockerClient, { work }: Pick<ComposeLab, 'work'>, argv: readonly string[]): Promise<string> {
  return docker(['compose', ...argv], { cwd: work })
}
