import type { HttpCheck } from '../../../core/domain/check.js'
import type { Environment } from '../../../core/domain/environment.js'
import type { Fact } from '../../../core/domain/history.js'
import { systemFiles } from '../../../core/io/files.js'
import { RemoteError } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Answer, HttpRequest } from '../../../core/ports/http.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import type { ScriptResult, UserScript } from '../../../core/ports/process.js'
import { smokeTest } from '../../../actions/smoke-test/flow.js'
import type { SmokeOutcome } from '../../../actions/smoke-test/outcome.js'
import { smokeRequest, type SmokeInputs } from '../../../actions/smoke-test/request.js'
import { fakeLedger, type LedgerStore } from '../../support/fakes/ledger.js'
import { FakeTime } from '../../support/fakes/time.js'

export type Given = Partial<SmokeInputs> & {
  readonly place?: Partial<Environment>
  /** Nothing is known of the environment's address. */
  readonly nowhere?: boolean
}

export function check(path: string, expect: Partial<HttpCheck['expect']> = {}): HttpCheck {
  return { name: `GET ${path}`, method: 'GET', path, headers: {}, expect: { status: [], contains: [], json: {}, header: {}, health: false, ...expect } }
}

export const staging: Environment = {
  name: 'staging', app: 'shop', state: '/state', url: 'https://shop.example', settings: {}, degraded: 'warn',
  identity: { kind: 'json', path: '/version', pointer: 'version' },
  checks: [check('/')],
  rollout: {
    strategy: 'canary', weights: [100], onUndecided: 'promote-if-unsuspected', onNoData: 'hold', stepAtLeastMs: 1, stepAtMostMs: 1, decideWithinMs: 1, healthyWithinMs: 1, returnAfterMs: 1,
  },
  judge: { checks: [], pollMs: 1000, alpha: 0.01, beta: 0.05, minCandidateRequests: 100 },
}

/** A smoke test in a world of its own: answers, processes and time are what the test says. */
export class SmokeLab {
  readonly time = new FakeTime()
  readonly controller = new AbortController()
  readonly told: string[] = []
  readonly asked: HttpRequest[] = []
  readonly files = new Map<string, string>()
  private readonly ledger: LedgerStore = new Map()
  readonly scripts: UserScript[] = []
  version = '2'
  answer: (request: HttpRequest, time: number) => Partial<Answer> | 'silence' = () => ({})
  integration: Partial<ScriptResult> = { exitCode: 0 }
  metrics?: Metrics

  get facts(): readonly Fact[] {
    return this.ledger.get('staging')?.history().facts ?? []
  }

  async run(given: Given = {}): Promise<SmokeOutcome> {
    const { place, nowhere, ...inputs } = given
    const { url, identity, ...rest } = { ...staging, ...place }
    const environment = nowhere ? rest : { ...rest, ...(url && { url }), ...(identity && { identity }) }
    const request = smokeRequest({ version: '2', within: 60_000, 'retry-every': 2000, concurrency: 4, 'integration-within': 60_000, ...inputs }, environment)
    const ambient = this.ambient()
    return smokeTest(request, { ledger: fakeLedger(this.ledger, ambient), ...(this.metrics === undefined ? {} : { metrics: this.metrics }) }, ambient)
  }

  private async request(request: HttpRequest): Promise<Answer> {
    this.asked.push(request)
    const stop = (code: 'aborted' | 'network-timeout'): RemoteError =>
      new RemoteError(code, { message: `Could not ${request.what}: \`GET x\` gave no answer: none came.`, service: 's', operation: 'o' })
    if (this.controller.signal.aborted) throw stop('aborted')
    const usual = request.url.endsWith('/version') ? { body: JSON.stringify({ version: this.version }) } : {}
    const own = this.answer(request, this.time.now())
    const given = own === 'silence' ? own : { ...usual, ...own }
    const took = given === 'silence' ? request.timeoutMs : (given.elapsedMs ?? 10)
    await this.time.sleep(took)
    if (this.controller.signal.aborted) throw stop('aborted')
    if (given === 'silence') throw stop('network-timeout')
    return { status: 200, headers: {}, body: '', ...given, elapsedMs: took }
  }

  private ambient(): Ambient {
    const unused = (): never => {
      throw new Error('a smoke test needs no such thing')
    }
    const tell = (text: string): void => void this.told.push(text)
    return {
      clock: this.time,
      http: { request: (request) => this.request(request), certificate: unused },
      process: {
        run: unused, stream: unused, converse: unused, detach: unused, alive: unused, which: unused,
        script: async (script) => {
          this.scripts.push(script)
          return { timedOut: false, lastLines: ['the last line'], elapsedMs: 5, ...this.integration }
        },
      },
      files: { ...systemFiles(), write: async (path, text) => void this.files.set(path, String(text)) },
      log: { step: tell, info: tell, progress: tell, warn: tell, error: tell, debug: tell },
      signal: this.controller.signal,
      startedAt: this.time.now(),
      run: { id: '1', attempt: 1, actor: 'ada', workflow: 'w', job: 'j', url: '', host: 'h', pid: 1, started: '1' },
      paths: { work: '/work', temp: '/temp', dist: '/dist', node: '/node' },
      mask: unused, shielded: unused, remember: unused,
    }
  }
}
