import { rollbackTargets } from '../eligibility.js'
import { lastLive, type DeliveryRecord, type EnvironmentHistory } from '../history.js'
import { sameRelease, servingImage, type Release } from '../release.js'
import type { Assessed } from './assess.js'
import { figuresOf, spanOf } from './figures.js'
import type { EnvironmentPanel } from './model.js'
import { objectivesOf } from './objectives.js'
import type { EnvironmentSource } from './sources.js'

export function panelOf(source: EnvironmentSource, assessed: readonly Assessed[], at: { readonly generatedAt: number; readonly spanMs: number }): EnvironmentPanel {
  const { history, production, backwardCompatible } = source
  const live = liveOf(history)
  const open = inFlightOf(history, at.generatedAt)
  const back = wayBackOf(history, backwardCompatible)
  return {
    name: history.environment,
    production,
    ...(live === undefined ? {} : { live }),
    ...(open === undefined ? {} : { inFlight: open }),
    ...(back === undefined ? {} : { wayBack: back }),
    objectives: objectivesOf(source, assessed, at.generatedAt),
    figures: figuresOf(assessed, spanOf(beginningOf(history), at.generatedAt, at.spanMs)),
  }
}

export function beginningOf({ deliveries }: EnvironmentHistory): readonly number[] {
  return deliveries.slice(0, 1).map(({ begunAt }) => begunAt)
}

/** What served after the last finished delivery, and the delivery that had brought it: deliveries that went back left it where it was. */
function liveOf(history: EnvironmentHistory): EnvironmentPanel['live'] {
  const release = lastLive(history)?.result?.live
  if (release === undefined) return undefined
  const told = history.deliveries.filter(({ result }) => result?.live !== undefined)
  const other = told.findLastIndex(({ result }) => !sameRelease(result!.live!, release))
  const run = told.slice(other + 1)
  const brought = run.find(({ intent }) => sameRelease(intent.release, release)) ?? run[0]!
  return {
    version: release.version, commit: release.commit, image: servingImage(release),
    since: brought.result!.at, delivery: brought.id, by: brought.intent.run.actor,
  }
}

function inFlightOf({ deliveries, holder }: EnvironmentHistory, now: number): EnvironmentPanel['inFlight'] {
  const open = deliveries.findLast(({ result }) => result === undefined)
  if (open === undefined) return undefined
  const weight = weightOf(open)
  const { intent } = open
  return {
    delivery: open.id, version: intent.release.version, kind: intent.kind, since: open.begunAt, by: intent.run.actor,
    ...(weight === undefined ? {} : { weight }),
    ...(holder === undefined || holder.until < now ? { leftBehind: true } : {}),
  }
}

function weightOf({ events }: DeliveryRecord): number | undefined {
  const last = events.findLast((event) => event.type === 'doing' && event.weight !== undefined)
  return last?.type === 'doing' ? last.weight : undefined
}

/** By the record alone: whether the platform still keeps it is only known where it runs. */
function wayBackOf(history: EnvironmentHistory, backwardCompatible: boolean): EnvironmentPanel['wayBack'] {
  const current: Release | undefined = lastLive(history)?.result?.live
  const choice = rollbackTargets(history, [], current, { backwardCompatible }).find(({ obstacles }) => obstacles.every((obstacle) => obstacle === 'image-gone'))
  const delivery = choice?.deployments.at(-1)
  return choice === undefined || delivery === undefined ? undefined : { version: choice.release.version, delivery }
}
