/** One process of a `FlowLab`: it can be cancelled, and it can die between any two of its calls. */
import type { DeliveryPorts } from '../../core/delivery/request.js'
import type { Telling } from '../../core/delivery/telling/telling.js'
import type { Grounds } from '../../core/delivery/work.js'
import { RemoteError } from '../../core/errors/families.js'
import { systemFiles } from '../../core/io/files.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Files } from '../../core/ports/files.js'
import type { Http } from '../../core/ports/http.js'
import type { Ledger } from '../../core/ports/ledger.js'
import type { Metrics } from '../../core/ports/metrics.js'
import type { Platform } from '../../core/ports/platform.js'
import type { Processes } from '../../core/ports/process.js'
import type { FlowLab } from './flow-lab.js'
import { fakeMetrics, flow } from './fakes/metrics.js'
import { fakePlatform } from './fakes/platform.js'

export class Died extends Error {}

const unused = (): never => {
  throw new Error('a flow needs no such thing')
}

export class FlowProcess {
  readonly remembered = new Map<string, string>()
  /** `before platform shift 10`, `after ledger begin`, …: every place where it could end. */
  readonly points: string[] = []
  readonly ambient: Ambient
  /** Called at each of them; what it throws is what the call rejects with. */
  at: (point: string, count: number) => void | Promise<void> = () => undefined
  /** How it tells people; nobody is told otherwise. */
  telling?: Telling
  private readonly controller = new AbortController()
  private dead = false
  private tellDeath: (died: Died) => void = () => undefined
  private readonly death = new Promise<never>((_, reject) => (this.tellDeath = reject))

  constructor(private readonly lab: FlowLab, private readonly pid: number, readonly run = `run-${pid}`) {
    lab.living.add(pid)
    this.death.catch(() => undefined)
    this.ambient = this.surroundings(this.controller.signal)
  }

  cancel(): void {
    this.controller.abort(new Error('cancelled'))
  }

  /** As `kill -9`: nothing that it would have done happens any more. */
  die(): void {
    this.dead = true
    this.lab.living.delete(this.pid)
    this.tellDeath(new Died())
  }

  /** The work's result, or `Died`. A process whose work is done is gone too. */
  async life<T>(work: Promise<T>): Promise<T> {
    try {
      return await Promise.race([work, this.death])
    } finally {
      this.lab.living.delete(this.pid)
    }
  }

  ports(): DeliveryPorts {
    return {
      ...this.grounds(this.controller.signal),
      ...(this.lab.measured ? { metrics: this.metrics() } : {}),
      ...this.lab.watching(this),
      signatures: async () => ({ name: 'fake', verify: (image, rule) => this.through('signatures verify', async () => this.lab.signatures(image, rule)) }),
      registry: (_, work) => work({ look: unused, digestOf: unused, tag: (image, tags) => this.through(`registry tag ${tags.join()}`, () => this.lab.tag(image, tags)) }),
      shielded: async () => this.grounds(new AbortController().signal),
    }
  }

  private grounds(signal: AbortSignal): Grounds {
    const kept = this.lab.keeping(this.surroundings(signal))
    return { ...kept, platform: this.platform(signal), ledger: this.ledger(kept.ledger), ...(this.telling === undefined ? {} : { telling: this.telling }) }
  }

  /** A call that it makes: it can end before and after it. */
  async through<T>(what: string, act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.pass(`before ${what}`)
    stopped(signal, what)
    this.lab.journal.push(what)
    const result = await act()
    await this.pass(`after ${what}`)
    stopped(signal, what)
    return result
  }

  private async pass(point: string): Promise<void> {
    if (!this.dead) {
      this.points.push(point)
      await this.at(point, this.points.length)
    }
    await this.alive()
  }

  private async alive(): Promise<void> {
    if (this.dead) await new Promise<never>(() => undefined)
  }

  private platform(signal: AbortSignal): Platform {
    const real = fakePlatform(this.lab.world)
    const verb = <T>(name: string, act: () => Promise<T>): Promise<T> => this.through(`platform ${name}`, act, signal)
    return {
      name: real.name,
      capabilities: real.capabilities,
      observe: () => verb('observe', () => real.observe()),
      launch: (release, plan) => verb(`launch ${release.version}`, () => real.launch(release, plan)),
      shift: (weight) => verb(`shift ${weight}`, () => {
        flow(this.lab.traffic)
        return real.shift(weight)
      }),
      promote: () => verb('promote', () => real.promote()),
      abandon: () => verb('abandon', () => real.abandon()),
      releases: () => verb('releases', () => real.releases()),
      restore: (past) => verb(`restore ${past.release.version}`, () => real.restore(past)),
      runTask: (release, task) => verb(`task ${task.name}`, () => real.runTask(release, task)),
      returnAt: (deadline) => verb(deadline === 0 ? 'returnAt 0' : 'returnAt', () => real.returnAt(deadline)),
      diagnose: (since) => verb('diagnose', () => real.diagnose(since)),
      ...(real.vitals === undefined ? {} : { vitals: (asked) => verb('vitals', () => real.vitals!(asked)) }),
    }
  }

  private ledger(real: Ledger): Ledger {
    const write = <T>(name: string, act: () => Promise<T>): Promise<T> => this.through(`ledger ${name}`, act)
    const read = <T>(act: () => Promise<T>): Promise<T> => this.alive().then(act)
    return {
      pace: real.pace,
      take: (environment, options) => write('take', () => real.take(environment, options)),
      renew: (lease) => read(() => real.renew(lease)),
      release: (lease) => write('release', () => real.release(lease)),
      begin: (lease, intent) => write('begin', () => real.begin(lease, intent)),
      advance: (lease, delivery, event) => write(
        event.type === 'doing' ? `doing ${event.verb}${event.weight === undefined ? '' : ` ${event.weight}`}` : event.type, () => real.advance(lease, delivery, event)),
      finish: (lease, delivery, result) => write(`finish ${result.reason}`, () => real.finish(lease, delivery, result)),
      record: (environment, fact) => write('record', () => real.record(environment, fact)),
      inFlight: (environment) => read(() => real.inFlight(environment)),
      history: (environment, depth) => read(() => real.history(environment, depth)),
      told: (environment) => read(() => real.told(environment)),
    }
  }

  private metrics(): Metrics {
    const real = fakeMetrics(this.lab.traffic, 300)
    return {
      name: real.name,
      preflight: (arms) => this.through('metrics preflight', () => real.preflight(arms), this.controller.signal),
      read: (arms) => this.through('metrics read', () => real.read(arms), this.controller.signal),
    }
  }

  private surroundings(signal: AbortSignal): Ambient {
    const { lab } = this
    const tell = (text: string): void => void (this.dead || lab.told.push(text))
    const run = { id: this.run, attempt: 1, actor: 'ada', workflow: 'deliver', job: 'production', url: '', host: 'runner', pid: this.pid, started: String(this.pid) }
    return {
      clock: { now: () => lab.time.now(), sleep: (ms, stop) => this.alive().then(() => lab.time.sleep(ms, stop)).then(() => this.alive()) },
      http: this.http(signal),
      process: this.programs(signal),
      files: this.files(),
      log: { step: tell, info: tell, progress: tell, warn: tell, error: tell, debug: tell },
      signal,
      run,
      startedAt: lab.time.now(),
      paths: { work: '/work', temp: '/temp', dist: '/dist', node: '/node' },
      mask: () => undefined,
      shielded: () => this.surroundings(new AbortController().signal),
      remember: (name, value) => void this.remembered.set(name, value),
      ...lab.around(run),
    }
  }

  /** Of its state folder and of the suite it sees what is in memory: a look at a disk would take time that the clock knows nothing of. */
  private files(): Files {
    const { files: kept } = this.lab
    const real = systemFiles()
    const inMemory = (path: string): boolean => path.startsWith('/state/') || path.startsWith('/dist/')
    return {
      ...real,
      append: async (path, text) => void kept.set(path, (kept.get(path) ?? '') + text),
      list: async (folder) => (inMemory(folder) ? [...kept.keys()].filter((path) => path.startsWith(`${folder}/`)).toSorted().map((path) => ({ name: path.slice(folder.length + 1), kind: 'file' })) : real.list(folder)),
      textIfThere: async (path) => (inMemory(path) ? kept.get(path) : real.textIfThere(path)),
      text: async (path) => (inMemory(path) ? kept.get(path) ?? Promise.reject(new Error(`there is no ${path}`)) : real.text(path)),
    }
  }

  private http(signal: AbortSignal): Http {
    const { lab } = this
    return {
      certificate: unused,
      request: async ({ url }) => {
        await this.alive()
        if (signal.aborted) throw aborted(`GET ${url}`)
        const version = lab.names(url, served(lab, url))
        if (version === undefined) throw new RemoteError('network-failed', { message: 'Could not ask: nothing listens.', service: url, operation: 'GET' })
        return { status: url.endsWith('/version') ? 200 : lab.status(url), headers: {}, body: JSON.stringify({ version }), elapsedMs: 1 }
      },
    }
  }

  private programs(signal: AbortSignal): Processes {
    return {
      run: unused, stream: unused, converse: unused, detach: unused, which: unused,
      alive: (pid) => this.lab.living.has(pid),
      script: ({ what }) => this.through(`script ${what}`, async () => ({ exitCode: 0, timedOut: false, lastLines: [`${what}: done`], elapsedMs: 1, ...this.lab.script(what) }), signal),
    }
  }
}

function served({ world }: FlowLab, url: string): string | undefined {
  if (url.startsWith('http://candidate.test/')) return world.candidate?.alive === true ? world.candidate.release.version : undefined
  const arm = world.weight === 100 ? world.candidate : world.stable
  return arm?.alive === true ? arm.release.version : undefined
}

function aborted(what: string): RemoteError {
  return new RemoteError('aborted', { message: `Could not ${what}: cancelled.`, service: 'fake', operation: what })
}

function stopped(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw aborted(what)
}
