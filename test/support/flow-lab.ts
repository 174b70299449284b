/** A small world in which flows run for real over fakes: several processes, one platform, one ledger, one clock. */
import { promote } from '../../actions/canary-promote/flow.js'
import type { PromoteOutcome } from '../../actions/canary-promote/outcome.js'
import { deploy } from '../../actions/deploy-staging/flow.js'
import type { DeployOutcome } from '../../actions/deploy-staging/outcome.js'
import type { DataPorts } from '../../actions/rollback/afterwards.js'
import { rollback, type RollbackRequest } from '../../actions/rollback/flow.js'
import type { RollbackOutcome } from '../../actions/rollback/outcome.js'
import { watchRelease } from '../../actions/watch-release/flow.js'
import type { WatchOutcome } from '../../actions/watch-release/outcome.js'
import type { WatchRequest } from '../../actions/watch-release/session.js'
import { mend } from '../../core/delivery/mend.js'
import type { DeliveryPorts, DeliveryRequest } from '../../core/delivery/request.js'
import type { Grounds } from '../../core/delivery/work.js'
import type { HttpCheck } from '../../core/domain/check.js'
import type { Environment } from '../../core/domain/environment.js'
import type { Said } from '../../core/domain/four-eyes.js'
import type { DeliveryRecord, RunInfo } from '../../core/domain/history.js'
import type { Capabilities } from '../../core/domain/platform.js'
import type { Receipt } from '../../core/domain/receipt.js'
import type { Release } from '../../core/domain/release.js'
import type { RolloutPolicy } from '../../core/domain/rollout.js'
import type { SignerRule, Verified } from '../../core/domain/signature.js'
import { RemoteError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Cache } from '../../core/ports/cache.js'
import type { ScriptResult } from '../../core/ports/process.js'
import type { Trigger } from '../../core/ports/trigger.js'
import { FlowProcess } from './flow-process.js'
import { fakeLedger, type LedgerStore } from './fakes/ledger.js'
import { fakeTraffic } from './fakes/metrics.js'
import { fakeWorld } from './fakes/platform.js'
import { FakeTime } from './fakes/time.js'

export const SITE = 'https://shop.example'

export function release(version: string): Release {
  const digest = Buffer.from(version.padEnd(32, '.')).toString('hex').slice(0, 64)
  return { app: 'shop', version, commit: `c-${version}`, images: { shop: `registry.example/shop@sha256:${digest}` }, serving: 'shop', settings: {}, settingsHash: 'none' }
}

const tolerance = { relative: 1.1, absolute: 0.01 }

export const check: HttpCheck = {
  name: 'GET /', method: 'GET', path: '/', headers: {}, expect: { status: [], contains: [], json: {}, header: {}, health: false },
}

const shop: Environment = {
  name: 'production', app: 'shop', state: '/state', url: SITE, settings: {}, degraded: 'warn', checks: [check],
  identity: { kind: 'json', path: '/version', pointer: 'version' },
  rollout: {
    strategy: 'canary', weights: [10, 50, 100], onUndecided: 'promote-if-unsuspected', onNoData: 'rollback',
    stepAtLeastMs: 2000, stepAtMostMs: 60_000, decideWithinMs: 300_000, healthyWithinMs: 5000, returnAfterMs: 6000,
  },
  judge: { checks: [{ metric: 'errors', name: 'errors', fail: tolerance, pass: { relative: 1.25, absolute: 0.05 }, warmupMs: 0 }], pollMs: 1000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100 },
}

export type Place = Partial<Omit<Environment, 'rollout'>> & { readonly rollout?: Partial<RolloutPolicy> }

type Asked<T> = { readonly by?: FlowProcess; readonly place?: Place } & Partial<T>

/** What a user's command does, by what it is for. */
export type Script = (what: string) => Partial<ScriptResult>

export type Keeping = (ambient: Ambient) => Pick<Grounds, 'ledger' | 'records' | 'approvals' | 'marks'>

export class FlowLab {
  readonly time = new FakeTime()
  readonly world
  readonly traffic
  readonly store: LedgerStore = new Map()
  readonly files = new Map<string, string>()
  readonly living = new Set<number>()
  /** Every write to the ledger and every verb of the platform, in their order: `ledger doing shift 10`, `platform shift 10`. */
  readonly journal: string[] = []
  readonly told: string[] = []
  place: Place = {}
  measured = true
  script: Script = () => ({})
  /** Which version an address names; by default the one that serves there. */
  names: (url: string, usual: string | undefined) => string | undefined = (_, usual) => usual
  /** The status that a check gets. */
  status: (url: string) => number = () => 200
  readonly backups = new Set<string>()
  receipts: readonly Receipt[] = []
  readonly restored: string[] = []
  restoreFails = false
  cacheRefuses = false
  /** Who signed what, as the registry says. */
  signatures: (image: string, rule: SignerRule) => Verified | Promise<Verified> = () => ({ kind: 'unsigned', seen: 'the registry has no signature of it' })
  /** Gives an image of the registry its tags. */
  tag: (image: string, tags: readonly string[]) => Promise<void> = async (image, tags) => {
    for (const tag of tags) this.tags.set(tag, image)
  }
  readonly tags = new Map<string, string>()
  /** Where processes keep their record: in memory, unless a test says otherwise. */
  keeping: Keeping = (ambient) => ({ ledger: fakeLedger(this.store, ambient) })
  /** What is particular to the surroundings of a process. */
  around: (run: RunInfo) => Partial<Ambient> = () => ({})
  /** Triggers, and where objectives are measured; none, unless a test says otherwise. */
  watching: (by: FlowProcess) => Pick<DeliveryPorts, 'triggers' | 'slo'> = () => ({})
  /** What GitHub says of who approved a run. */
  approvals: () => readonly Said[] | undefined = () => undefined
  private processes = 0

  constructor(can: Partial<Capabilities> = {}, rps = 2000) {
    this.world = fakeWorld(this.time, can)
    this.traffic = fakeTraffic(this.world, rps)
  }

  get data(): DataPorts {
    return {
      cache: async (url) => this.cache(url),
      known: async (receipt) => this.backups.has(receipt),
      receipts: async () => this.receipts,
      database: async () => 'shop',
      restore: async (receipt) => {
        this.journal.push(`database ${receipt}`)
        if (this.restoreFails) throw new Error('the copy differs')
        this.restored.push(receipt)
        return 'shop_before'
      },
    }
  }

  private cache(place: string): Cache {
    return {
      place,
      flush: async () => {
        if (this.cacheRefuses) throw new RemoteError('cache-refused', { service: 'Redis', operation: 'empty the cache', message: 'NOPERM.', fix: 'Grant it.' })
        return { keys: this.journal.push(`cache ${place}`) }
      },
    }
  }

  process(run?: string): FlowProcess {
    this.processes += 1
    return new FlowProcess(this, this.processes, run)
  }

  environment(place: Place = {}): Environment {
    return { ...shop, ...this.place, ...place, rollout: { ...shop.rollout, ...this.place.rollout, ...place.rollout } }
  }

  request(version: string, asked: Asked<DeliveryRequest>): DeliveryRequest {
    const { by: _, place, ...rest } = asked
    return { environment: this.environment(place), url: SITE, release: release(version), requestedAt: this.time.now(), dryRun: false, ...rest }
  }

  promote(version: string, asked: Asked<DeliveryRequest> = {}): Promise<PromoteOutcome> {
    const by = asked.by ?? this.process()
    return by.life(promote(this.request(version, asked), by.ports(), by.ambient))
  }

  deploy(version: string, asked: Asked<DeliveryRequest> = {}): Promise<DeployOutcome> {
    const by = asked.by ?? this.process()
    return by.life(deploy(this.request(version, asked), by.ports(), by.ambient))
  }

  rollback(asked: Asked<RollbackRequest> = {}): Promise<RollbackOutcome> {
    const { by = this.process(), place, ...rest } = asked
    return by.life(rollback({ environment: this.environment(place), url: SITE, dryRun: false, startedAt: this.time.now(), ...rest }, { ...by.ports(), data: this.data, whoApproved: async () => this.approvals() }, by.ambient))
  }

  /** Watches what serves, for an hour unless told otherwise. */
  watch(asked: Asked<WatchRequest> & { readonly triggers?: readonly Trigger[] } = {}): Promise<WatchOutcome> {
    const { by = this.process(), place, triggers = [], ...rest } = asked
    const environment = this.environment(place)
    const policy = environment.watch ?? { forMs: 3_600_000, everyMs: 30_000, onFail: 'rollback' }
    const ports = { ...by.ports(), triggers: async () => triggers, cache: async (url: string) => this.cache(url), follow: () => by.telling?.follow(true) }
    return by.life(watchRelease({ environment, url: SITE, policy, mode: 'run', startedAt: this.time.now(), ...rest }, ports, by.ambient))
  }

  /** The post step of a process that is gone. */
  mend(of: FlowProcess): Promise<unknown> {
    const by = this.process(of.run)
    return by.life(mend(by.ports(), 'production', of.remembered.get('delivery') ?? '', by.ambient))
  }

  /** Brings versions live one after the other, as earlier deliveries did. */
  async served(...versions: readonly string[]): Promise<this> {
    for (const version of versions) {
      const { ok, reason } = await this.promote(version, { place: { rollout: { strategy: 'direct' } } })
      if (!ok) throw new Error(`${version} did not go live: ${reason}`)
      await this.time.sleep(60_000)
    }
    this.journal.length = 0
    return this
  }

  /** Leaves a candidate with 10 % that the judge could not decide on. */
  async held(version: string): Promise<this> {
    const { rps } = this.traffic
    this.traffic.rps = 5
    const { reason } = await this.promote(version, { place: { rollout: { onUndecided: 'hold', decideWithinMs: 5000 } } })
    if (reason !== 'held') throw new Error(`${version} is not held: ${reason}`)
    this.traffic.rps = rps
    return this
  }

  get deliveries(): readonly DeliveryRecord[] {
    return this.store.get('production')?.history().deliveries ?? []
  }

  get last(): DeliveryRecord | undefined {
    return this.deliveries.at(-1)
  }

  /** What must be true whenever nobody is at work: one release serves all, nothing is open, nobody holds the lease. */
  get rest(): { readonly serves: string | undefined; readonly candidate: string | undefined; readonly weight: number; readonly returnsAt: number; readonly open: number; readonly holder: boolean } {
    const { stable, candidate, weight, returnsAt } = this.world
    const log = this.store.get('production')
    return { serves: stable?.release.version, candidate: candidate?.release.version, weight, returnsAt, open: log?.open().length ?? 0, holder: log?.holder() !== undefined }
  }

  /** Changes of the platform for which the ledger's last word was something else. */
  get unannounced(): readonly string[] {
    let last = ''
    return this.journal.filter((line) => {
      if (line.startsWith('ledger doing ')) last = line.slice('ledger doing '.length)
      const change = /^platform (?<verb>launch|promote|abandon|restore|shift \d+)/.exec(line)?.groups?.['verb']
      return change !== undefined && !(announcedBy[change] ?? [change]).includes(last)
    })
  }
}

const announcedBy: Readonly<Record<string, readonly string[]>> = { abandon: ['abandon', 'restore'], 'shift 0': ['abandon'] }

export function atRest(serves: string): FlowLab['rest'] {
  return { serves, candidate: undefined, weight: 0, returnsAt: 0, open: 0, holder: false }
}
