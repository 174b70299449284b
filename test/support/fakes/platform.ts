/** A platform in memory, for tests of flows; it passes the contract that real ones pass. */
import type { ArmName, Capabilities, Diagnosis, Launched, PastRelease, Task, TaskResult } from '../../../core/domain/platform.js'
import { releaseKey, sameRelease, type Release } from '../../../core/domain/release.js'
import type { Vitals } from '../../../core/domain/vitals.js'
import { StateError } from '../../../core/errors/families.js'
import type { Platform } from '../../../core/ports/platform.js'

/** How releases of a version behave; a good one when absent. */
export interface Behaviour {
  readonly launch?: 'crashes' | 'unhealthy' | 'missing'
  /** Of the command that `runTask` runs; default: exit code 0. */
  readonly task?: (task: Task) => TaskResult
}

interface Running {
  readonly id: string
  readonly release: Release
  alive: boolean
  servedAt: number
}

/** What is, behind the platform's back: shared by every view of it, as a real platform is by processes. */
export interface FakeWorld {
  readonly clock: { now(): number }
  capabilities: Capabilities
  behaviours: Record<string, Behaviour>
  stable?: Running | undefined
  candidate?: Running | undefined
  weight: number
  returnsAt: number
  settled: 'not' | 'promoted' | 'abandoned' | 'restored'
  past: PastRelease[]
  events: { at: number; text: string; stop: boolean }[]
  lastLines: string[]
  /** What it tells of its instances; absent: it can't. */
  vitals?: () => readonly Vitals[]
  /** Every verb that was called, with what it was given: `shift 25`. */
  readonly calls: string[]
  /** Called before each verb acts; throw in it to make the verb fail. */
  before?: (call: string) => void | Promise<void>
}

export function fakeWorld(clock: { now(): number }, capabilities: Partial<Capabilities> = {}): FakeWorld {
  return {
    clock,
    capabilities: { weights: 'any', sideBySide: true, addressable: true, tasks: true, deadMan: true, keepsReleases: 5, ...capabilities },
    behaviours: {}, weight: 0, returnsAt: 0, settled: 'not', past: [], events: [], lastLines: [], calls: [],
  }
}

/** One view of the world, as one process has it. */
export function fakePlatform(world: FakeWorld): Platform {
  const verb = <T>(call: string, act: () => T): Promise<T> => enter(world, call).then(act)
  const { vitals } = world
  return {
    name: 'local',
    capabilities: world.capabilities,
    observe: () => verb('observe', () => ({
      ...(world.stable === undefined ? {} : { stable: shown(world.stable) }),
      ...(world.candidate === undefined ? {} : { candidate: shown(world.candidate) }),
      weight: world.weight,
      ...(world.returnsAt === 0 ? {} : { returnsAt: world.returnsAt }),
    })),
    launch: (release) => verb(`launch ${release.version}`, () => launch(world, release)),
    shift: (weight) => verb(`shift ${weight}`, () => {
      if (weight === 0 && world.candidate === undefined) return
      trial(world)
      world.weight = weight
    }),
    promote: () => verb('promote', () => promote(world)),
    abandon: () => verb('abandon', () => {
      if (world.candidate === undefined) return
      tell(world, `Release ${world.candidate.release.version} was taken back.`)
      Object.assign(world, { candidate: undefined, weight: 0, returnsAt: 0, settled: 'abandoned' })
    }),
    releases: () => verb('releases', () => [...world.past]),
    restore: (past) => verb(`restore ${past.release.version}`, () => restore(world, past)),
    runTask: (release, task) => verb(`task ${task.name} ${release.version}`, () =>
      world.behaviours[release.version]?.task?.(task) ?? { exitCode: 0, timedOut: false, lastLines: [] }),
    returnAt: (deadline) => verb(`returnAt ${deadline}`, () => {
      if (deadline > 0 && world.candidate === undefined) throw nobody()
      world.returnsAt = deadline
    }),
    diagnose: (since) => verb('diagnose', (): Diagnosis => {
      const events = world.events.filter(({ at }) => at >= since)
      return {
        stopReasons: events.filter(({ stop }) => stop).map(({ text }) => text),
        events: events.map(({ at, text }) => ({ at, text })),
        lastLines: [...world.lastLines],
      }
    }),
    ...(vitals === undefined ? {} : { vitals: () => verb('vitals', vitals) }),
  }
}

/** Ends an instance as a crash does. */
export function crash(world: FakeWorld, arm: ArmName): void {
  const instance = world[arm]
  if (instance === undefined) return
  instance.alive = false
  tell(world, `Release ${instance.release.version} (${arm}) exited with code 1.`, true)
  if (arm === 'candidate') Object.assign(world, { weight: 0, returnsAt: 0 })
}

/** Puts a release in place as if it had been delivered before. */
export function alreadyLive(world: FakeWorld, release: Release): void {
  if (world.stable !== undefined) world.past = pastAfter(world, release)
  world.stable = { id: `${release.version}-1`, release, alive: true, servedAt: world.clock.now() }
}

async function enter(world: FakeWorld, call: string): Promise<void> {
  world.calls.push(call)
  if (world.returnsAt !== 0 && world.clock.now() >= world.returnsAt) {
    Object.assign(world, { weight: 0, returnsAt: 0 })
    tell(world, 'Nobody extended the deadline: stable gets everything.')
  }
  await world.before?.(call)
}

function launch(world: FakeWorld, release: Release): Launched {
  const { candidate } = world
  if (candidate === undefined || !candidate.alive || !sameRelease(candidate.release, release)) {
    Object.assign(world, { candidate: undefined, weight: 0, returnsAt: 0, settled: 'not' })
    refuse(world, release)
    world.candidate = { id: `${release.version}-${world.calls.length}`, release, alive: true, servedAt: 0 }
  }
  world.weight = 0
  world.returnsAt = 0
  return {
    id: world.candidate!.id,
    arms: {
      ...(world.stable === undefined ? {} : { stable: { name: 'stable', identity: world.stable.release.version, labels: {} } }),
      candidate: { name: 'candidate', identity: release.version, labels: {} },
    },
    ...(world.capabilities.addressable ? { reach: { url: `http://candidate.test/${release.version}`, headers: {} } } : {}),
  }
}

function refuse(world: FakeWorld, release: Release): void {
  const behaviour = world.behaviours[release.version]?.launch
  if (behaviour === 'missing') throw new StateError('image-not-found', { message: `The image of release ${release.version} is not there.` })
  if (behaviour === undefined) return
  world.lastLines = [`release ${release.version} starts`]
  tell(world, `Release ${release.version} ${behaviour === 'crashes' ? 'exited with code 1' : 'was not healthy in time'}.`, true)
  throw new StateError('candidate-unhealthy', { message: `Release ${release.version} did not come up.` })
}

function promote(world: FakeWorld): void {
  if (world.candidate === undefined && world.stable !== undefined && world.settled === 'promoted') return
  const candidate = trial(world)
  const past = pastAfter(world, candidate.release)
  candidate.servedAt = world.clock.now()
  Object.assign(world, { stable: candidate, candidate: undefined, weight: 0, returnsAt: 0, settled: 'promoted', past })
  tell(world, `Release ${candidate.release.version} is stable now.`)
}

function restore(world: FakeWorld, past: PastRelease): void {
  const clear = { candidate: undefined, weight: 0, returnsAt: 0, settled: 'restored' }
  if (world.stable !== undefined && world.stable.alive && releaseKey(world.stable.release) === past.id) {
    Object.assign(world, clear)
    return
  }
  const found = world.past.find(({ id }) => id === past.id)
  if (found === undefined) throw new StateError('release-gone', { message: `Release ${past.release.version} is no longer kept.` })
  const stable: Running = { id: `${found.release.version}-${world.calls.length}`, release: found.release, alive: true, servedAt: world.clock.now() }
  Object.assign(world, { ...clear, past: pastAfter(world, found.release), stable })
  tell(world, `Release ${found.release.version} is back.`)
}

function pastAfter(world: FakeWorld, serving: Release): PastRelease[] {
  const replaced = world.stable
  const entry = replaced === undefined ? [] : [{ id: releaseKey(replaced.release), release: replaced.release, servedAt: replaced.servedAt }]
  return [...entry, ...world.past.filter(({ id }) => id !== entry[0]?.id)]
    .filter(({ id }) => id !== releaseKey(serving)).slice(0, world.capabilities.keepsReleases)
}

function trial(world: FakeWorld): Running {
  const { candidate } = world
  if (candidate === undefined) throw nobody()
  if (!candidate.alive) throw new StateError('candidate-unhealthy', { message: `Release ${candidate.release.version} has ended.` })
  return candidate
}

function nobody(): StateError {
  return new StateError('no-candidate', { message: 'There is no release on trial.' })
}

function shown(running: Running): { readonly id: string; readonly release: Release; readonly healthy: boolean } {
  return { id: running.id, release: running.release, healthy: running.alive }
}

function tell(world: FakeWorld, text: string, stop = false): void {
  world.events.push({ at: world.clock.now(), text, stop })
}
