/** A secret, the vendor who honours its values, and runs that rotate it and may die at any step. Everything is in memory. */
import { rotate, type RotateRequest } from '../../actions/setup-environments/rotate.js'
import type { SetupOutcome } from '../../actions/setup-environments/outcome.js'
import type { RotationPorts, SecretPorts } from '../../actions/setup-environments/rotation/turn.js'
import type { Environment } from '../../core/domain/environment.js'
import type { RunInfo } from '../../core/domain/history.js'
import { readMark, writtenMark, type RotationMark } from '../../core/domain/rotation.js'
import type { RotationRecipe, StoredSecret } from '../../core/domain/secret-policy.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { ScriptResult, UserScript } from '../../core/ports/process.js'

export const NAME = 'DATABASE_URL'
const DAY = 86_400_000
const START = Date.UTC(2026, 2, 14, 14, 5)

export const recipe: RotationRecipe = {
  make: { kind: 'command', script: 'make' }, verify: 'verify', revoke: 'revoke', revokeNeedsOld: true, keepPrevious: false, withinMs: 60_000,
}

/** The run was killed: nothing that it would still do happens. */
export class Killed extends Error {}

export interface RunOptions {
  readonly id?: string
  readonly names?: readonly string[]
  readonly recipe?: Partial<RotationRecipe>
  /** The job is given what is stored when it begins. Default: yes. */
  readonly given?: boolean
  /** Dies before or after its so many-th step. */
  readonly dies?: { readonly step: number; readonly when: 'before' | 'after' }
  readonly random?: (bytes: number) => Uint8Array
  readonly shape?: string
}

export class RotationLab {
  time = START
  readonly stored = new Map<string, { readonly value: string; readonly updatedAt: number; readonly scope: StoredSecret['scope'] }>()
  readonly marks = new Map<string, string>()
  /** Values that the vendor honours. */
  readonly valid = new Set<string>(['old-value-1'])
  readonly living = new Set<string>()
  readonly told: string[] = []
  readonly masked: string[] = []
  readonly scripts: UserScript[] = []
  /** What a command does instead of the usual. */
  readonly commands = new Map<string, (script: UserScript) => Partial<ScriptResult>>()
  /** What goes wrong with a call to a port, by its name. */
  readonly faults = new Map<string, () => void>()
  steps = 0
  cancel = new AbortController()
  private made = 0
  private dead = false

  constructor() {
    this.stored.set(NAME, { value: 'old-value-1', updatedAt: START - 100 * DAY, scope: 'environment' })
  }

  get value(): string | undefined {
    return this.stored.get(NAME)?.value
  }

  get mark(): RotationMark | undefined {
    const written = this.marks.get(NAME)
    return written === undefined ? undefined : readMark(written)
  }

  /** A run of its own, later than all that was before. */
  async run(options: RunOptions = {}): Promise<SetupOutcome> {
    this.time += 60_000
    this.steps = 0
    this.cancel = new AbortController()
    const step = this.stepper(options.dies)
    const secrets = this.secrets(step)
    const ambient = this.ambient(options.id ?? String(this.time), step)
    const ports: RotationPorts = { ...secrets, random: options.random ?? ((bytes) => new Uint8Array(bytes).map((_, index) => index * 7)), within: async () => secrets }
    const values = options.given === false ? {} : Object.fromEntries([...this.stored].map(([name, { value }]) => [name, value]))
    const request: RotateRequest = { environment: this.environment(options), names: options.names ?? [NAME], values, startedAt: this.time }
    // Whoever is dead answers nothing, whatever was still thought of.
    const outcome = await rotate(request, ports, ambient).catch((thrown: unknown) => (this.dead ? undefined : Promise.reject(thrown)))
    if (this.dead || outcome === undefined) throw new Killed()
    return outcome
  }

  private environment({ recipe: own, shape }: RunOptions): Environment {
    const secrets = [{ name: NAME, required: true, maxAgeMs: 90 * DAY, rotate: { ...recipe, ...own }, ...(shape === undefined ? {} : { shape }) }]
    return {
      name: 'production', app: 'shop', state: '/state', settings: {}, degraded: 'warn', checks: [], secrets,
      rollout: { strategy: 'direct', weights: [100], onUndecided: 'hold', onNoData: 'hold', stepAtLeastMs: 1, stepAtMostMs: 1, decideWithinMs: 1, healthyWithinMs: 1, returnAfterMs: 1 },
      judge: { checks: [], pollMs: 1, alpha: 0.1, beta: 0.1, minCandidateRequests: 1 },
    }
  }

  private stepper(dies: RunOptions['dies']): <T>(name: string, work: () => T) => Promise<T> {
    this.dead = false
    return async (name, work) => {
      if (this.dead) throw new Killed()
      this.steps += 1
      if (this.steps === dies?.step) {
        this.dead = true
        if (dies.when === 'after') work()
        throw new Killed()
      }
      this.faults.get(name)?.()
      return work()
    }
  }

  private secrets(step: ReturnType<RotationLab['stepper']>): SecretPorts {
    const put = (name: string, value: string): void => {
      this.time += 1000
      this.stored.set(name, { value, updatedAt: this.time, scope: 'environment' })
    }
    return {
      secrets: {
        list: async () => step('list', () => [...this.stored].map(([name, { updatedAt, scope }]) => ({ name, scope, updatedAt }))),
        updatedAt: async (_, name) => step('updatedAt', () => this.stored.get(name)?.updatedAt),
        set: async (_, name, value) => step('set', () => put(name, value)),
        remove: async (_, name) => step('remove', () => void this.stored.delete(name)),
      },
      marks: {
        read: async (_, secret) => step('read', () => {
          const written = this.marks.get(secret)
          return written === undefined ? undefined : written.startsWith('{') ? readMark(written) : 'unreadable'
        }),
        marked: async () => step('marked', () => [...this.marks.keys()]),
        claim: async (_, secret, mark) => step('claim', () => {
          if (this.marks.has(secret)) return false
          this.marks.set(secret, writtenMark(mark))
          return true
        }),
        advance: async (_, secret, mark) => step('advance', () => void this.marks.set(secret, writtenMark(mark))),
        clear: async (_, secret) => step('clear', () => void this.marks.delete(secret)),
        lives: async (run) => step('lives', () => this.living.has(run)),
      },
    }
  }

  /** `make` brings a value into the world, `verify` tries one, `revoke` takes one out of it. */
  private script(script: UserScript): ScriptResult {
    this.scripts.push(script)
    const { ECLUSE_SECRET = '', ECLUSE_SECRET_OLD = '' } = script.env
    const usual = (): Partial<ScriptResult> => {
      if (script.script === 'make') {
        this.made += 1
        this.valid.add(`new-value-${this.made}`)
        return { answer: `a word before it\nnew-value-${this.made}\n` }
      }
      if (script.script === 'revoke') this.valid.delete(ECLUSE_SECRET_OLD)
      return { exitCode: script.script === 'verify' && !this.valid.has(ECLUSE_SECRET) ? 1 : 0 }
    }
    return { exitCode: 0, timedOut: false, lastLines: [], elapsedMs: 1, ...(this.commands.get(script.script) ?? usual)(script) }
  }

  private ambient(id: string, step: ReturnType<RotationLab['stepper']>): Ambient {
    const unused = (): never => {
      throw new Error('a rotation needs no such thing')
    }
    const tell = (text: string): void => void this.told.push(text)
    const run: RunInfo = { id, attempt: 1, actor: 'ada', workflow: 'w', job: 'j', url: '', host: `host of ${id}`, pid: 1, started: '1' }
    const ambient: Ambient = {
      clock: { now: () => this.time, sleep: async (ms) => { this.time += ms } },
      http: { request: unused, certificate: unused },
      process: { run: unused, stream: unused, converse: unused, detach: unused, which: unused, alive: () => false, script: async (script) => step(script.script, () => this.script(script)) },
      files: { ...Object.fromEntries([]) } as Ambient['files'],
      log: { step: tell, info: tell, progress: tell, warn: tell, error: tell, debug: tell },
      signal: this.cancel.signal, run, startedAt: this.time,
      paths: { work: '/work/out', temp: '/temp', dist: '/dist', node: '/node' },
      mask: (value) => void this.masked.push(value),
      shielded: () => ambient,
      remember: unused,
    }
    return ambient
  }
}
