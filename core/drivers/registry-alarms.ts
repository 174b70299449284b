import { checkOnce } from '../delivery/check-once.js'
import type { Environment } from '../domain/environment.js'
import { secretsInAccess } from '../domain/metrics-choice.js'
import type { Ambient } from '../ports/ambient.js'
import type { SloSource } from '../ports/slo-source.js'
import { assertComplaints, openComplaints } from './registry-triggers.js'
import type { OpenTriggers, Trigger, TriggerPlace } from '../ports/trigger.js'

/** A try that lasts longer than the others' pace says no more. */
const LONGEST_TRY_MS = 10_000

/** In the order in which their names are given when several fire at once. */
const triggers = {
  health: async (environment, { reach, url }, ambient) => {
    const rule = environment.triggers?.health
    if (rule === undefined) return undefined
    const { healthTrigger } = await import('./triggers/health/index.js')
    const at = { release: reach, users: { url, headers: {} } }
    return healthTrigger({
      ...rule,
      tryAt: (place) => {
        const there = at[place]
        return there && checkOnce(environment, there, LONGEST_TRY_MS, ambient)
      },
    })
  },
  resources: async (environment, { platform }, ambient) => {
    const rule = environment.triggers?.resources
    // Where nobody wrote it down it is on as far as there is something to ask.
    if (rule === undefined || (platform.vitals === undefined && !rule.written)) return undefined
    const { resourcesTrigger } = await import('./triggers/resources/index.js')
    return resourcesTrigger(rule, platform, ambient)
  },
  'slo-burn': async (environment, { arm }, ambient) => {
    const source = await openSlo(environment, ambient)
    if (environment.triggers?.sloBurn !== true || environment.slo === undefined || source === undefined) return undefined
    const { sloBurnTrigger } = await import('./triggers/slo-burn/index.js')
    return sloBurnTrigger({ objectives: environment.slo.objectives, source, arm })
  },
} satisfies Readonly<Record<string, (environment: Environment, place: TriggerPlace, ambient: Ambient) => Promise<Trigger | undefined>>>

/** What an environment's triggers are made of, once it is known where the release is. What they need and nobody gave is said at once. */
export function openTriggers(environment: Environment, ambient: Ambient): OpenTriggers {
  const complaints = environment.triggers?.complaints
  if (complaints !== undefined) assertComplaints(complaints, ambient)
  return async (place) => {
    const { health, resources, 'slo-burn': burn } = triggers
    const opened = [health(environment, place, ambient), complaints === undefined ? Promise.resolve(undefined) : openComplaints(complaints, ambient), resources(environment, place, ambient), burn(environment, place, ambient)]
    return (await Promise.all(opened)).filter((trigger) => trigger !== undefined)
  }
}

/** Where its objectives are measured; `undefined` when it has none. */
export async function openSlo({ slo, metrics }: Environment, ambient: Ambient): Promise<SloSource | undefined> {
  if (slo === undefined || metrics?.name !== 'prometheus') return undefined
  const { prometheusSlo } = await import('./metrics/prometheus/objectives.js')
  for (const secret of secretsInAccess(metrics)) ambient.mask(secret)
  const { label, holds, select, counting } = metrics
  return prometheusSlo({ access: metrics, label, holds, select, counting }, ambient)
}
