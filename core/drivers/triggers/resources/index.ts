import type { MemoryPoint } from '../../../domain/memory-trend.js'
import { RESOURCE_LOOK_MS, type ResourceRule } from '../../../domain/trigger-policy.js'
import { resourceFinding, type Vitals } from '../../../domain/vitals.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { Platform } from '../../../ports/platform.js'
import type { Trigger } from '../../../ports/trigger.js'

/** Restarts, want of memory and growing memory, as the platform tells them. */
export function resourcesTrigger(rule: ResourceRule, platform: Platform, { clock }: Pick<Ambient, 'clock'>): Trigger {
  const history = new Map<string, readonly MemoryPoint[]>()
  const remember = ({ instance, memoryBytes }: Vitals, at: number): void => {
    if (rule.memory === undefined || memoryBytes === undefined) return
    const { overMs } = rule.memory
    // A little more than the window, so that it is once seen whole.
    history.set(instance, [...(history.get(instance) ?? []).filter((point) => point.at >= at - overMs - 2 * RESOURCE_LOOK_MS), { at, bytes: memoryBytes }])
  }
  return {
    name: 'resource-exhaustion',
    everyMs: RESOURCE_LOOK_MS,
    preflight: async () => {
      if (platform.vitals !== undefined) return
      throw new InputError([{ code: 'trigger-unusable', message: `The trigger \`resource-exhaustion\` has nothing to look at: the platform \`${platform.name}\` does not tell of restarts and memory.`, fix: 'Take `triggers.resource-exhaustion` out.' }])
    },
    look: async ({ version, since }) => {
      const all = (await platform.vitals?.({ since, memory: rule.memory !== undefined })) ?? []
      const at = clock.now()
      for (const one of all) remember(one, at)
      return resourceFinding(rule, all, version, history)
    },
  }
}
