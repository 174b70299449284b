/** One verb of the compose platform in a process of its own, which ends by SIGKILL at its n-th call to docker: before it, or just after it began. */
import { readFileSync } from 'node:fs'
import type { ComposeOptions } from '../../../core/domain/environment.js'
import type { PastRelease } from '../../../core/domain/platform.js'
import type { Release } from '../../../core/domain/release.js'
import { dockerEngine } from '../../../core/drivers/engines/docker/index.js'
import { composePlatform, type ComposeGiven } from '../../../core/drivers/platforms/compose/index.js'
import type { Engine } from '../../../core/ports/engine.js'
import type { Platform } from '../../../core/ports/platform.js'
import { realAmbient } from '../../support/surroundings.js'
import { plan } from './hands.js'

export type Verb =
  | { readonly verb: 'launch'; readonly release: Release }
  | { readonly verb: 'shift'; readonly weight: number }
  | { readonly verb: 'promote' | 'abandon' }
  | { readonly verb: 'restore'; readonly past: PastRelease }

export interface Errand {
  readonly options: ComposeOptions
  readonly given: ComposeGiven
  readonly work: string
  readonly act: Verb
  /** 0: it lives, and says how many calls there were. */
  readonly dieAt: number
  /** The call is on its way to the engine when it dies. */
  readonly begun: boolean
}

const errand: Errand = JSON.parse(readFileSync(0, 'utf8'))
const ambient = realAmbient({ work: errand.work, dist: '' })
let calls = 0

function mortal(engine: Engine): Engine {
  const counted = <T>(act: () => Promise<T>): Promise<T> => {
    calls += 1
    if (calls !== errand.dieAt) return act()
    if (!errand.begun) process.kill(process.pid, 'SIGKILL')
    const work = act()
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 25)
    return work.then(() => new Promise<never>(() => undefined))
  }
  return {
    ...engine,
    run: (call) => counted(() => engine.run(call)),
    containers: (which) => counted(() => engine.containers(which)),
    read: (container, place) => counted(() => engine.read(container, place)),
    readFolder: (container, folder) => counted(() => engine.readFolder(container, folder)),
    write: (container, place, text) => counted(() => engine.write(container, place, text)),
    writeFiles: (container, folder, files) => counted(() => engine.writeFiles(container, folder, files)),
  }
}

function done(platform: Platform, act: Verb): Promise<unknown> {
  if (act.verb === 'launch') return platform.launch(act.release, plan)
  if (act.verb === 'shift') return platform.shift(act.weight)
  if (act.verb === 'restore') return platform.restore(act.past)
  return platform[act.verb]()
}

await done(composePlatform(errand.options, errand.given, [mortal(dockerEngine({ hostKeys: [] }, ambient))], ambient), errand.act)
process.stdout.write(String(calls))
