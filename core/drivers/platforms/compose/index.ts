import { hostScope, INSTANCE_HEADER } from '../../../domain/edge-control/index.js'
import type { ComposeOptions } from '../../../domain/environment.js'
import type { Diagnosis, Launched, Observed, Reach } from '../../../domain/platform.js'
import { sameRelease, type Release } from '../../../domain/release.js'
import type { Vitals } from '../../../domain/vitals.js'
import type { Ambient } from '../../../ports/ambient.js'
import { messageOf, StateError } from '../../../errors/families.js'
import type { Engine } from '../../../ports/engine.js'
import type { Platform } from '../../../ports/platform.js'
import { everywhere, together } from './across.js'
import { launch, type LaunchedHere } from './host/launch.js'
import { observe } from './host/observe.js'
import { releases, restore } from './host/restore.js'
import type { Site } from './host/site.js'
import { diagnose, runTask } from './host/tell.js'
import { abandon, promote, returnAt, shift } from './host/traffic.js'
import { vitals } from './host/vitals.js'
import { resolveStack, type Stack } from './model/index.js'

export interface ComposeGiven {
  readonly app: string
  readonly environment: string
  /** Where users reach it. */
  readonly url: string
  /** Variable of the release → variable of ours that holds its value. */
  readonly secretSettings: Readonly<Record<string, string>>
}

/** Hosts with Docker Compose, each with an edge of ours before the service; going forward host by host, going back on all at once. */
export function composePlatform(options: ComposeOptions, given: ComposeGiven, engines: readonly Engine[], ambient: Ambient): Platform {
  const sites = sitesOf(options, given, engines, ambient)
  const look = (): Promise<readonly Observed[]> => Promise.all(sites.map(observe))

  return {
    name: 'compose',
    capabilities: { weights: 'any', sideBySide: true, addressable: true, tasks: true, deadMan: true, keepsReleases: options.keep },
    observe: async () => together(await look()),
    launch: async (release, plan) => {
      try {
        return launchedOf(given, release, await inOrder(sites, (site) => launch(site, alone(release), plan.healthyWithinMs)))
      } catch (fault) {
        // The hosts before the one that failed have it on trial already.
        if (sites.length > 1) await onAll(sites, abandon).catch((other: unknown) => ambient.log.error(messageOf(other)))
        throw fault
      }
    },
    shift: async (weight) => {
      if (weight === 0) await onAll(sites, (site) => shift(site, 0))
      else await inOrder(sites, (site) => shift(site, weight))
    },
    promote: async () => {
      await inOrder(sites, promote)
    },
    abandon: async () => {
      if (sites.length === 1) return abandon(sites[0]!)
      // A host that can't be asked keeps no other from going back; it is told of below.
      const known = (await Promise.allSettled(sites.map(observe))).flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
      const { stable, candidate } = together(known)
      // A host where the candidate was promoted already has to go back to what the others still have as stable.
      const gone = candidate?.release
      await onAll(sites, async (site) => {
        const here = await observe(site)
        const ahead = here.candidate === undefined && here.stable !== undefined && gone !== undefined && sameRelease(here.stable.release, gone)
        if (ahead && stable !== undefined && !sameRelease(stable.release, gone)) await restore(site, stable)
        else await abandon(site)
      })
    },
    releases: async () => everywhere(await Promise.all(sites.map(releases))),
    restore: async (past) => {
      await onAll(sites, (site) => restore(site, past))
    },
    runTask: (release, task) => runTask(sites[0]!, release, task),
    returnAt: async (deadline) => {
      await onAll(sites, (site) => returnAt(site, deadline))
    },
    vitals: async (asked) => (await Promise.all(sites.map((site) => vitals(site, asked)))).flatMap((all, index) => all.map((one) => placed(one, sites.length === 1 ? undefined : sites[index]))),
    diagnose: async (since) => joined(await Promise.all(sites.map((site) => diagnosed(site, since))), sites),
  }
}

function sitesOf(options: ComposeOptions, given: ComposeGiven, engines: readonly Engine[], ambient: Ambient): readonly Site[] {
  const { app, environment, url, secretSettings } = given
  let stack: Promise<Stack> | undefined
  return engines.map((engine) => ({
    engine, options, app, environment, url, secretSettings, ambient,
    scope: hostScope(app, environment),
    // The files are the same for every host.
    stack: () => (stack ??= resolveStack(options, engine, ambient)),
  }))
}

/** One after the other; the first that fails ends it. */
async function inOrder<T>(sites: readonly Site[], act: (site: Site) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = []
  for (const site of sites) {
    site.ambient.signal.throwIfAborted()
    all.push(await act(site))
  }
  return all
}

/** On every host, whatever becomes of the others; then the first fault. */
async function onAll(sites: readonly Site[], act: (site: Site) => Promise<unknown>): Promise<void> {
  const ended = await Promise.allSettled(sites.map(act))
  const faults = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []))
  const [site] = sites
  for (const other of faults.slice(1)) site?.ambient.log.error(messageOf(other))
  if (faults.length > 0) throw faults[0]
}

/** A component that is left out in silence would be missed in production only. */
function alone(release: Release): Release {
  const others = Object.keys(release.images).filter((component) => component !== release.serving)
  if (others.length === 0) return release
  throw new StateError('config-unserved', {
    message: `Release ${release.version} has more than one component (${others.map((name) => `\`${name}\``).join(', ')}): the compose platform runs only the one that takes traffic.`,
  })
}

function launchedOf({ url, environment }: ComposeGiven, release: Release, all: readonly LaunchedHere[]): Launched {
  const { id, stable } = all[0]!
  // Through the user's own address and the edge, but uncounted and whatever the weight.
  const reach = (instance: string): Reach => ({ url, headers: { [INSTANCE_HEADER]: instance } })
  return {
    id,
    arms: {
      ...(stable === undefined ? {} : { stable: { name: 'stable', identity: stable.version, labels: { environment, arm: 'stable', instance: stable.id }, reach: reach(stable.id) } }),
      candidate: { name: 'candidate', identity: release.version, labels: { environment, arm: 'candidate', instance: id }, reach: reach(id) },
    },
    reach: reach(id),
  }
}

/** Containers have the same names on every host. */
function placed(one: Vitals, site: Site | undefined): Vitals {
  return site === undefined ? one : { ...one, instance: `${one.instance} on ${site.engine.name}` }
}

/** A host that can't be asked is part of the diagnosis. */
async function diagnosed(site: Site, since: number): Promise<Diagnosis> {
  try {
    return await diagnose(site, since)
  } catch (fault) {
    return { stopReasons: [messageOf(fault)], events: [], lastLines: [] }
  }
}

function joined(all: readonly Diagnosis[], sites: readonly Site[]): Diagnosis {
  const [only] = all
  if (all.length === 1 && only !== undefined) return only
  const from = (index: number, line: string): string => `${sites[index]!.engine.name}: ${line}`
  return {
    stopReasons: all.flatMap(({ stopReasons }, index) => stopReasons.map((line) => from(index, line))),
    events: all.flatMap(({ events }, index) => events.map(({ at, text }) => ({ at, text: from(index, text) }))).toSorted((a, b) => a.at - b.at),
    lastLines: all.flatMap(({ lastLines }, index) => lastLines.map((line) => from(index, line))),
  }
}
