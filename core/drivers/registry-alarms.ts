import { checkOnce } from '../delivery/check-once.js'
import type { Environment } from '../domain/environment.js'
import type { Ambient } from '../ports/ambient.js'
import type { SloSource } from '../ports/slo-source.js'
import type { OpenTriggers, Trigger, TriggerPlace } from '../ports/trigger.js'

const health = async (environment: Environment, { reach, url }: TriggerPlace, ambient: Ambient): Promise<readonly Trigger[]> => {
  const rule = environment.triggers?.health
  if (rule === undefined) return []
  const { healthTrigger } = await import('./triggers/health/index.js')
  const at = { release: reach, users: { url, headers: {} } }
  return [healthTrigger({
    ...rule,
    tryAt: (place) => {
      const there = at[place]
      return there && checkOnce(environment, there, LONGEST_TRY_MS, ambient)
    },
  })]
}

/** A try that lasts longer than the others' pace says no more. */
const LONGEST_TRY_MS = 10_000

const resources = async ({ triggers }: Environment, { platform }: TriggerPlace, ambient: Ambient): Promise<readonly Trigger[]> => {
  const rule = triggers?.resources
  // Where nobody wrote it down it is on as far as there is something to ask.
  if (rule === undefined || (platform.vitals === undefined && !rule.written)) return []
  const { resourcesTrigger } = await import('./triggers/resources/index.js')
  return [resourcesTrigger(rule, platform, ambient)]
}

const sloBurn = async (environment: Environment, { arm }: TriggerPlace, ambient: Ambient): Promise<readonly Trigger[]> => {
  const { slo, triggers } = environment
  const source = await openSlo(environment, ambient)
  if (triggers?.sloBurn !== true || slo === undefined || source === undefined) return []
  const { sloBurnTrigger } = await import('./triggers/slo-burn/index.js')
  return [sloBurnTrigger({ objectives: slo.objectives, source, arm })]
}

/** In the order in which their names are given when several fire at once. One more is a line here. */
const triggers = [health, resources, sloBurn] as const

/** What an environment's triggers are made of, once it is known where the release is. */
export function openTriggers(environment: Environment, ambient: Ambient): OpenTriggers {
  return async (place) => (await Promise.all(triggers.map((open) => open(environment, place, ambient)))).flat()
}

/** Where its objectives are measured; `undefined` when it has none. */
export async function openSlo({ slo, metrics }: Environment, ambient: Ambient): Promise<SloSource | undefined> {
  if (slo === undefined || metrics?.name !== 'prometheus') return undefined
  const { prometheusSlo } = await import('./metrics/prometheus/objectives.js')
  for (const secret of [metrics.basic?.password, metrics.bearer]) if (secret !== undefined) ambient.mask(secret)
  const { label, holds, select, counting } = metrics
  return prometheusSlo({ access: metrics, label, holds, select, counting }, ambient)
}
