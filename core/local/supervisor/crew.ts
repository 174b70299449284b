import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { Release } from '../../domain/release.js'
import type { Memory } from '../desired.js'
import type { Events } from '../events.js'
import type { Unpacked } from '../image/store.js'
import type { ServerPlaces } from '../places.js'
import { newUpstream, type Upstream } from '../proxy/upstream.js'
import { adoptGroup, startGroup, type Exit, type Group } from './group.js'
import { keepSmall, lastLines } from './output.js'
import { planProcess } from './plan.js'
import { freePort } from './ports.js'

/** One running release. */
export interface Instance {
  readonly id: string
  readonly release: Release
  readonly port: number
  readonly group: Group
  readonly upstream: Upstream
  readonly startedAt: number
  /** We end it ourselves: its end is no crash. */
  leaving: boolean
}

export interface Identity {
  readonly id: string
  readonly release: Release
}

/** Starts, takes over and ends instances, and tells when one ends that should not. */
export interface Crew {
  find(id: string | undefined): Instance | undefined
  /** Everything that runs, what is on its way out too. */
  all(): readonly Instance[]
  start(identity: Identity, image: Unpacked): Promise<Instance>
  adopt(identity: Identity): Instance | undefined
  /** Lets it finish what is on its way, then ends it. It must have been taken out of the routes. */
  retire(instance: Instance, drainMs: number): Promise<void>
  lines(id: string, count: number): Promise<readonly string[]>
  /** Instances whose output is still here, newest first. */
  heardOf(): Promise<readonly string[]>
  tidy(): Promise<void>
}

const STOP_MS = 5000
const LOGS_KEPT = 5

export interface CrewGiven {
  readonly environment: string
  readonly places: ServerPlaces
  readonly memory: Memory
  readonly events: Events
  readonly onCrash: (instance: Instance, exit: Exit) => void
}

export function newCrew(given: CrewGiven): Crew {
  const { places, memory, events } = given
  const instances = new Map<string, Instance>()
  const logOf = (id: string): string => path.join(places.instances, `${id}.log`)

  const watch = (instance: Instance): Instance => {
    instances.set(instance.id, instance)
    const { group } = instance
    const onExit = (exit: Exit): void => {
      if (instances.get(instance.id) === instance) instances.delete(instance.id)
      const processes = memory.now().processes.filter((record) => record.pid !== group.pid)
      memory.change({ processes }).catch((thrown: unknown) => console.error('state:', thrown))
      if (!instance.leaving) given.onCrash(instance, exit)
    }
    void group.exited.then(onExit)
    return instance
  }

  return {
    find: (id) => (id === undefined ? undefined : instances.get(id)),
    all: () => [...instances.values()],
    start: async (identity, image) => {
      const instance = watch(await startInstance(given, identity, image, logOf(identity.id)))
      const { id, port, group } = instance
      await memory.change({ processes: [...memory.now().processes, { instance: id, pid: group.pid, started: group.started, port }] })
      return instance
    },
    adopt: ({ id, release }) => {
      const record = memory.now().processes.find((one) => one.instance === id)
      if (record === undefined) return undefined
      const group = adoptGroup(record.pid, record.started)
      const upstream = newUpstream(id, release.version, record.port)
      return watch({ id, release, port: record.port, group, upstream, startedAt: Date.now(), leaving: false })
    },
    retire: async (instance, drainMs) => {
      instance.leaving = true
      const { cut } = await instance.upstream.drain(drainMs)
      if (cut > 0) events.note(`${cut} requests to release ${instance.release.version} were still open after ${drainMs} ms and were cut.`)
      await instance.group.stop(STOP_MS)
    },
    lines: (id, count) => lastLines(logOf(id), count),
    heardOf: () => newestLogs(places.instances),
    tidy: async () => {
      const running = new Set(instances.keys())
      await Promise.all([...running].map((id) => keepSmall(logOf(id))))
      const others = (await newestLogs(places.instances)).filter((id) => !running.has(id))
      await Promise.all(others.slice(LOGS_KEPT).map((id) => rm(logOf(id), { force: true })))
    },
  }
}

async function startInstance(given: CrewGiven, { id, release }: Identity, image: Unpacked, log: string): Promise<Instance> {
  const taken = given.memory.now().processes.map((record) => record.port)
  const port = await freePort(new Set(taken), Math.random)
  const plan = planProcess(image, [...image.config.entrypoint, ...image.config.cmd], {
    ...release.settings, ...identityOf(given, id, release), PORT: String(port),
  })
  const group = await startGroup(plan, log)
  return { id, release, port, group, upstream: newUpstream(id, release.version, port), startedAt: Date.now(), leaving: false }
}

/** What every process of a release is told about itself. */
export function identityOf(given: Pick<CrewGiven, 'environment' | 'places'>, id: string, release: Release): Readonly<Record<string, string>> {
  const at = given.places.mark.indexOf('=')
  return {
    ECLUSE_VERSION: release.version,
    ECLUSE_ENVIRONMENT: given.environment,
    ECLUSE_INSTANCE: id,
    [given.places.mark.slice(0, at)]: given.places.mark.slice(at + 1),
  }
}

async function newestLogs(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.log'))
  const dated = await Promise.all(names.map(async (name) => ({
    id: name.slice(0, -'.log'.length),
    at: await stat(path.join(folder, name)).then((found) => found.mtimeMs, () => 0),
  })))
  return dated.toSorted((a, b) => b.at - a.at).map(({ id }) => id)
}
