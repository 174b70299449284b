import { remembered, thinnedTo, type MemoryPoint } from '../../../domain/memory-trend.js'
import type { TriggerMemory } from '../../../domain/trigger.js'
import { RESOURCE_LOOK_MS, type ResourceRule } from '../../../domain/trigger-policy.js'
import { resourceFinding, type Vitals } from '../../../domain/vitals.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Platform } from '../../../ports/platform.js'
import type { Trigger } from '../../../ports/trigger.js'

/** The record is to be small: so many points of each instance, and so many instances. */
const KEPT_POINTS = 30
const KEPT_INSTANCES = 16

/** Restarts, want of memory and growing memory, as the platform tells them. */
export function resourcesTrigger(rule: ResourceRule, platform: Platform, { clock }: Pick<Ambient, 'clock'>): Trigger {
  const history = new Map<string, readonly MemoryPoint[]>()
  const remember = ({ instance, memoryBytes }: Vitals, at: number): void => {
    if (rule.memory === undefined || memoryBytes === undefined) return
    const { overMs } = rule.memory
    history.set(instance, remembered([...(history.get(instance) ?? []), { at, bytes: memoryBytes }], overMs + 2 * RESOURCE_LOOK_MS))
  }
  const memory = {
    keep: (): TriggerMemory => (history.size === 0 ? {} : { memory: Object.fromEntries([...history].slice(0, KEPT_INSTANCES).map(([instance, points]) => [instance, thinnedTo(points, KEPT_POINTS).map(({ at, bytes }) => [at, bytes] as const)])) }),
    resume: (known: TriggerMemory) => {
      history.clear()
      for (const [instance, points] of Object.entries(known.memory ?? {})) history.set(instance, points.map(([at, bytes]) => ({ at, bytes })))
    },
  }
  return {
    name: 'resource-exhaustion',
    everyMs: RESOURCE_LOOK_MS,
    ...(rule.memory === undefined ? {} : { memory }),
    preflight: async () => {
      if (platform.vitals !== undefined) return
      throw new InputError([{ code: 'trigger-unusable', message: `The trigger \`resource-exhaustion\` has nothing to look at: the platform \`${platform.name}\` does not tell of restarts and memory.`, fix: 'Take `triggers.resource-exhaustion` out.' }])
    },
    look: async ({ version, since }) => {
      const all = (await platform.vitals?.({ since, memory: rule.memory !== undefined })) ?? []
      const at = clock.now()
      for (const instance of history.keys()) if (!all.some((one) => one.instance === instance)) history.delete(instance)
      for (const one of all.filter((each) => each.version === version)) remember(one, at)
      return resourceFinding(rule, all, version, history)
    },
  }
}
