import type { RunInfo } from '../../../core/domain/history.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import { LEASE_MS } from '../../../core/drivers/ledger/github/leases.js'
import { leasePayload, tasks } from '../../../core/drivers/ledger/github/payload.js'
import { EcluseError } from '../../../core/errors/families.js'
import type { GitHub, GitHubCall } from '../../../core/ports/github.js'
import type { Lease, Ledger } from '../../../core/ports/ledger.js'
import { plainGitHub } from '../../support/plain-github.js'
import type { FakeGitHub } from '../../support/services/github/github.mjs'
import { aRelease, aResult, anIntent } from './intents.js'
import { World, aRun } from './surroundings.js'

export const PLACE = 'production'

interface Waiting {
  readonly due: number
  readonly go: () => void
}

/** A lease as its holder believes in it, for the test to compare with what others are given. */
interface Belief {
  readonly fence: number
  readonly actor: Actor
  readonly until: number
}

/** Everything that happened, as those who did it saw it. */
export interface Told {
  readonly begun: Map<string, { readonly version: string }>
  /** Reasons that somebody tried to end a delivery with, in order of asking. */
  readonly ends: Map<string, string[]>
  readonly counts: Record<'taken' | 'held' | 'preempted' | 'killed' | 'lost' | 'healed' | 'retried' | 'finished' | 'steps', number>
  readonly faults: string[]
}

/** One run at work: each of its calls and waits stops at a gate until it is let on, or is killed there. */
class Actor {
  waiting: Waiting | undefined
  ended = false
  killed = false
  private idle: () => void = () => undefined
  private readonly world: World
  readonly run: RunInfo

  constructor(world: World, run: RunInfo) {
    this.world = world
    this.run = run
  }

  gate(due = 0): Promise<void> {
    // What is killed is never heard of again.
    if (this.killed) return new Promise(() => undefined)
    return new Promise((go) => {
      this.waiting = { due, go }
      this.idle()
    })
  }

  /** Runs until the next gate, or its end. */
  async step(start: () => void): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      this.idle = resolve
    })
    start()
    await stopped
  }

  goOn(): Promise<void> {
    const { due, go } = this.waiting!
    this.waiting = undefined
    this.world.time = Math.max(this.world.time, due)
    return this.step(go)
  }

  begin(work: () => Promise<void>): Promise<void> {
    return this.step(() => {
      void work().finally(() => {
        this.ended = true
        this.idle()
      })
    })
  }
}

/** Lets many runs loose on one environment of one server, in an order that chance decides. */
export class Walk {
  readonly world = new World()
  readonly told: Told = {
    begun: new Map(), ends: new Map(), faults: [],
    counts: { taken: 0, held: 0, preempted: 0, killed: 0, lost: 0, healed: 0, retried: 0, finished: 0, steps: 0 },
  }
  private readonly beliefs = new Set<Belief>()
  private readonly preempting = new Set<number>()
  private actors: Actor[] = []
  private github!: FakeGitHub
  private readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  /** So many steps; everybody still at work then is killed. */
  async go(github: FakeGitHub, steps: number, crowd: number): Promise<void> {
    this.github = github
    for (let step = 0; step < steps; step += 1) {
      this.told.counts.steps += 1
      while (this.actors.length < crowd) await this.arrive()
      this.world.time += Math.floor(this.random() * 400)
      if (this.random() < 0.004) this.world.time += 17 * 60_000
      const actor = this.actors[Math.floor(this.random() * this.actors.length)]!
      if (this.random() < 0.015) this.kill(actor)
      else await actor.goOn()
      this.actors = this.actors.filter(({ ended, killed }) => !ended && !killed)
      this.look()
    }
    for (const actor of this.actors) this.kill(actor)
  }

  client(run: RunInfo, actor?: Actor): Ledger {
    const around = this.world.waiting(run, this.github)
    const clock = actor === undefined ? around.clock : { now: () => this.world.time, sleep: (ms: number): Promise<void> => actor.gate(this.world.time + ms) }
    return githubLedger(this.lossy(actor), { ...around, clock })
  }

  private async arrive(): Promise<void> {
    const run = this.github.addRun()
    const actor = new Actor(this.world, { ...aRun(String(run.id), `machine-${run.id}`, run.id) })
    this.actors.push(actor)
    const tell = (fault: unknown): void => void this.told.faults.push(fault instanceof Error ? fault.stack ?? fault.message : String(fault))
    await actor.begin(() => this.work(actor).catch(tell))
  }

  private kill(actor: Actor): void {
    actor.killed = true
    actor.waiting = undefined
    this.told.counts.killed += 1
    // Sometimes GitHub learns of it, sometimes only the end of the lease tells.
    if (this.random() < 0.85) this.github.endRun(Number(actor.run.id), 'cancelled')
    for (const belief of this.beliefs) if (belief.actor === actor) this.beliefs.delete(belief)
  }

  /** Every call stops at the gate; some answers are lost, before or after the work was done. */
  private lossy(actor: Actor | undefined): GitHub {
    const plain = plainGitHub({ url: this.github.url, before: async () => {
      await actor?.gate()
    } })
    const repeated = async <T>(call: GitHubCall, ask: () => Promise<T>): Promise<T> => {
      const lost = actor !== undefined && this.random() < 0.02
      const [method = '', route = ''] = call.route.split(' ')
      const fault = lost ? this.github.inject({ match: { method, route, times: 1 }, fault: { drop: this.random() < 0.5 ? 'before' : 'after' } }) : undefined
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await ask()
        } catch (thrown) {
          if (!(thrown instanceof EcluseError) || thrown.code !== 'network-failed' || (method === 'POST' && call.repeatable !== true) || attempt === 5) throw thrown
          this.told.counts.retried += 1
        } finally {
          fault?.stop()
        }
      }
    }
    return { ...plain, call: (call) => repeated(call, () => plain.call(call)), look: (call) => repeated(call, () => plain.look(call)) }
  }

  private async work(actor: Actor): Promise<void> {
    const { counts } = this.told
    const ledger = this.client(actor.run, actor)
    const preempt = this.random() < 0.1
    const taken = await ledger.take(PLACE, { preempt })
    if (taken.kind === 'held') {
      counts.held += 1
      this.github.endRun(Number(actor.run.id))
      return
    }
    counts.taken += 1
    if (taken.preempted !== undefined) counts.preempted += 1
    const belief = this.believe(actor, taken.lease.fence)
    try {
      await this.deliver(actor, ledger, taken.lease)
    } catch (fault) {
      if (!(fault instanceof EcluseError) || fault.code !== 'lease-lost') throw fault
      counts.lost += 1
    } finally {
      if (!actor.killed) this.beliefs.delete(belief)
    }
    await ledger.release(taken.lease)
    this.github.endRun(Number(actor.run.id))
  }

  private async deliver(actor: Actor, ledger: Ledger, lease: Lease): Promise<void> {
    for (const open of await ledger.inFlight(PLACE)) {
      await ledger.advance(lease, open.id, { type: 'doing', at: this.world.time, verb: 'abandon', detail: 'healing' })
      await this.end(ledger, lease, open.id, false, 'healed-went-back')
      this.told.counts.healed += 1
    }
    if (this.random() < 0.3) await ledger.history(PLACE)
    const version = String(this.told.counts.taken)
    const { id } = await ledger.begin(lease, anIntent(actor.run, version))
    this.told.begun.set(id, { version })
    try {
      const steps = Math.floor(this.random() * 6)
      for (let weight = 1; weight <= steps; weight += 1) await ledger.advance(lease, id, { type: 'doing', at: this.world.time, verb: 'shift', weight })
      const ok = this.random() < 0.7
      await this.end(ledger, lease, id, ok, ok ? 'promoted' : 'failed', version)
      this.told.counts.finished += 1
    } catch (fault) {
      if (fault instanceof EcluseError && fault.code === 'lease-lost') await this.end(ledger, lease, id, false, 'preempted')
      throw fault
    }
  }

  private async end(ledger: Ledger, lease: Lease, id: string, ok: boolean, reason: string, version = '0'): Promise<void> {
    this.told.ends.set(id, [...(this.told.ends.get(id) ?? []), reason])
    await ledger.finish(lease, id, aResult(this.world.time, { ok, reason, message: reason, live: aRelease(ok ? version : '0') }))
  }

  /**
   * A lease that was given while another run that lives counts on its own was stolen, unless a claim that preempts came
   * between the two: that ended the older one.
   */
  private believe(actor: Actor, fence: number): Belief {
    this.look()
    // As the server counts it; the holder itself gives up earlier.
    const belief = { actor, fence, until: (this.github.state.get('deployments', fence)?.createdAt ?? 0) + LEASE_MS }
    for (const other of this.beliefs) {
      const [lower, upper] = [Math.min(fence, other.fence), Math.max(fence, other.fence)]
      const preempted = [...this.preempting].some((id) => id > lower && id <= upper)
      if (!preempted && Math.min(other.until, belief.until) > this.world.time) this.told.faults.push(`claim ${fence} was granted while ${other.fence} of a living run held`)
    }
    this.beliefs.add(belief)
    return belief
  }

  private look(): void {
    for (const { id, task, payload } of this.github.state.all('deployments')) if (task === tasks.lease && leasePayload(payload, 'lease').preempt) this.preempting.add(id)
    const active = this.activeOnes()
    if (active.length > 1) this.told.faults.push(`deployments ${active.join(' and ')} are active at the same time, after ${this.told.counts.steps} steps`)
  }

  activeOnes(): readonly number[] {
    return this.github.state.all('deployments').filter(({ id }) => this.github.statusesOf(id).at(-1)?.state === 'success').map(({ id }) => id)
  }
}
