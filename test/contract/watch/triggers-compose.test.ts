/** The kernel ends a release that serves everybody, on the platform `compose`, and whoever watches it takes it back for that. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { promote } from '../../../actions/canary-promote/flow.js'
import { watchRelease } from '../../../actions/watch-release/flow.js'
import type { WatchOutcome } from '../../../actions/watch-release/outcome.js'
import type { WatchRequest } from '../../../actions/watch-release/session.js'
import { openGrounds } from '../../../core/delivery/grounds.js'
import { VERSION_HEADER } from '../../../core/domain/edge-control/index.js'
import type { Environment } from '../../../core/domain/environment.js'
import type { EnvironmentHistory } from '../../../core/domain/history.js'
import type { Finding } from '../../../core/domain/trigger.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { openTriggers } from '../../../core/drivers/registry-alarms.js'
import type { OpenTriggers } from '../../../core/ports/trigger.js'
import { composeFile, composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { dockerLab, type PrivateEngine } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { until } from '../../support/prometheus-lab.js'
import { asked } from '../compose-platform/hands.js'

withEngines(['docker'], 'a release that wants more memory than it may have', () => {
  let engine: PrivateEngine
  let lab: ComposeLab
  let environment: Environment

  beforeAll(async () => {
    // An engine of its own: it keeps its last events only, and those of others would take their places.
    engine = await (await dockerLab()).privateEngine()
    lab = await composeLab({ engine, compose: `${composeFile}    mem_limit: 120m\n` })
    environment = {
      name: 'staging', app: 'shop', state: lab.work, url: lab.url, settings: {}, degraded: 'warn', checks: [], identity: { kind: 'header', path: '/', header: VERSION_HEADER },
      rollout: { strategy: 'direct', weights: [100], onUndecided: 'promote-if-unsuspected', onNoData: 'rollback', stepAtLeastMs: 1000, stepAtMostMs: 10_000, decideWithinMs: 60_000, healthyWithinMs: 60_000, returnAfterMs: 60_000 },
      judge: { checks: [], pollMs: 200, alpha: 0.01, beta: 0.05, minCandidateRequests: 20 },
      // Much longer than it takes, however slow the machine is; one restart alone is no reason to go back.
      watch: { forMs: 240_000, everyMs: 500, onFail: 'rollback' }, triggers: { resources: { restarts: 3, outOfMemory: true, written: true }, sloBurn: false },
    }
  })
  const stop = new AbortController()
  afterAll(async () => {
    stop.abort()
    await engine.end()
    await lab.close()
  })

  const ledger = (): ReturnType<typeof fileLedger> => fileLedger({ folder: `${lab.work}/ledger` }, lab.ambient)
  const history = (): Promise<EnvironmentHistory> => ledger().history('staging')
  const open = () => openGrounds({ platform: async () => lab.open(), ledger: async () => ledger() }, environment, lab.ambient)

  async function delivered(version: string): Promise<void> {
    const { ok, message } = await promote({ environment, url: lab.url, release: await lab.release({ version }), requestedAt: Date.now(), dryRun: false }, await open(), lab.ambient)
    expect({ ok, message }).toMatchObject({ ok: true })
    expect(await asked(lab.url, 10)).toEqual({ [version]: 10 })
  }

  /** The environment's triggers; what each look found is noted, and after the first they wait until the engine has started the container again. */
  const noted = (found: Finding[], container: string): OpenTriggers => async (place) => (await openTriggers(environment, lab.ambient)(place)).map((trigger) => ({
    ...trigger,
    look: async (suspect) => {
      if (found.length > 0) await until(() => startedAgain(container), 'the container to be started again')
      const finding = await trigger.look(suspect)
      found.push(finding)
      return finding
    },
  }))
  const startedAgain = async (container: string): Promise<boolean> => Number(await engine.docker(['inspect', '--format', '{{if .State.Running}}{{.RestartCount}}{{else}}0{{end}}', container])) === 1

  async function watching(mode: WatchRequest['mode'], triggers: OpenTriggers): Promise<WatchOutcome> {
    const cache = (): Promise<never> => Promise.reject(new Error('there is no cache'))
    return watchRelease({ environment, url: lab.url, policy: environment.watch!, mode, startedAt: Date.now() }, { ...(await open()), triggers, cache }, { ...lab.ambient, signal: stop.signal })
  }

  test('is ended by the kernel while it is watched: it is taken back for that, and the record says so', async () => {
    await delivered('v1')
    await delivered('v2')
    const [container = ''] = await lab.containers('v2')
    const since = Date.now()
    const found: Finding[] = []
    const watched = watching('run', noted(found, container))
    await Promise.race([watched, until(async () => found.length > 0, 'the first look')])
    expect(found).toEqual([{ kind: 'calm', detail: 'no restarts' }])
    const before = await history()
    expect(before.facts).toContainEqual(expect.objectContaining({ type: 'watching', delivery: before.deliveries.at(-1)?.id }))

    await fetch(`${lab.url}/eat`)
    const { ok, reason, message, outputs: { version, cause, serves } } = await watched
    const killed = `\`${container}\` was ended for want of memory`
    expect(found.at(-1)).toEqual({ kind: 'fired', detail: expect.stringContaining(killed) })
    expect({ ok, reason, version, cause, serves, message }).toEqual({ ok: false, reason: 'rolled-back', version: 'v2', cause: 'resource-exhaustion', serves: 'v1', message: expect.stringContaining(killed) })
    expect(await asked(lab.url, 20)).toEqual({ v1: 20 })
    // It was no fault of the program, and one restart is less than what would have been enough.
    expect(message).not.toContain('was started again')
    expect((await lab.open().diagnose(since)).events.map(({ text }) => text)).toEqual(expect.arrayContaining([`${container}: oom`, `${container}: die with exit code 137`]))

    const { deliveries, facts, holder } = await history()
    expect(deliveries.at(-1)).toMatchObject({ intent: { kind: 'rollback', release: { version: 'v1' }, previous: { version: 'v2' }, because: expect.stringContaining(killed) }, result: { ok: true, reason: 'rolled-back', live: { version: 'v1' }, bad: { version: 'v2' } } })
    expect(facts.filter(({ type }) => type === 'watched')).toMatchObject([{ version: 'v2', ok: false, reason: 'rolled-back', cause: 'resource-exhaustion', detail: expect.stringContaining(killed) }])
    expect(holder).toBeUndefined()
  }, 300_000)
  test('is ended by it between two scheduled looks, and the engine has forgotten why: the look does not say that it had enough memory', async () => {
    await delivered('v3')
    const [container = ''] = await lab.containers('v3')
    await fetch(`${lab.url}/eat`)
    await until(() => startedAgain(container), 'the container to be started again')
    // As many events as the engine keeps, of which none changes anything.
    await engine.docker(['update', '--restart', 'always', ...Array.from({ length: 256 }, () => container)])
    const found: Finding[] = []
    expect(await watching('look', noted(found, container))).toMatchObject({ ok: true, reason: 'still-watching' })
    expect(found).toEqual([{ kind: 'calm', detail: 'started again once; the platform does not say whether it ran out of memory' }])
  })
})
