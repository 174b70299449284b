import type { CountersReport } from '../../domain/local-control/index.js'
import type { Diagnosis, Observed, RunningRelease } from '../../domain/platform.js'
import type { Vitals } from '../../domain/vitals.js'
import type { Placed } from '../desired.js'
import type { House } from '../house.js'
import { memoryOfGroup } from '../process-memory.js'
import { askHealth } from '../supervisor/health.js'

const LINES = 40

/** What is: each instance is asked now. */
export async function observe(house: House): Promise<Observed> {
  const { stable, candidate, returnsAt } = house.memory.now()
  const [serving, trial] = await Promise.all([running(house, stable), running(house, candidate)])
  return {
    ...(serving === undefined ? {} : { stable: serving }),
    ...(trial === undefined ? {} : { candidate: trial }),
    weight: house.router.routes().weight,
    ...(returnsAt === 0 ? {} : { returnsAt }),
  }
}

async function running(house: House, placed: Placed | undefined): Promise<RunningRelease | undefined> {
  if (placed === undefined) return undefined
  const instance = house.crew.find(placed.id)
  if (instance === undefined) return { release: placed.release, id: placed.id, healthy: false }
  const health = await askHealth(instance.port, house.memory.now().options.healthPath, 1000)
  return { release: placed.release, id: placed.id, healthy: placed.ready && health.ok, url: `http://127.0.0.1:${instance.port}` }
}

export function counters(house: Pick<House, 'router'>): CountersReport {
  const { stable, candidate, weight } = house.router.routes()
  const arms = ([['stable', stable], ['candidate', candidate]] as const).flatMap(([arm, upstream]) =>
    upstream === undefined ? [] : [{ arm, instance: upstream.id, version: upstream.version, ...upstream.counters.report() }])
  return { at: Date.now(), weight, arms }
}

export async function diagnose(house: House, since: number): Promise<Diagnosis> {
  const events = await house.events.since(since)
  const [talking] = await house.crew.heardOf()
  // What is on trial is what people ask about; without one, whoever spoke last.
  const speaker = house.memory.now().candidate?.id ?? talking
  return {
    stopReasons: events.filter((event) => event.kind === 'stop').map((event) => event.text),
    events: events.map(({ at, text }) => ({ at, text })),
    lastLines: speaker === undefined ? [] : await house.crew.lines(speaker, LINES),
  }
}

/** A process that is killed for want of memory looks like any other that is killed, so nothing is said of that. */
export async function vitals(house: House, { since, memory }: { readonly since: number; readonly memory: boolean }): Promise<readonly Vitals[]> {
  const events = await house.events.since(since)
  const { stable, candidate } = house.memory.now()
  return [stable, candidate].flatMap((placed): readonly Vitals[] => {
    if (placed === undefined) return []
    const { id, release } = placed
    const pid = memory ? house.crew.find(id)?.group.pid : undefined
    const bytes = pid === undefined ? undefined : memoryOfGroup(pid)
    return [{ version: release.version, instance: id, restarts: events.filter(({ instance }) => instance === id).length, ...(bytes === undefined ? {} : { memoryBytes: bytes }) }]
  })
}
