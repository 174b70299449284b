import { usualBackup } from '../../../core/domain/backup.js'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { reconcile } from '../../../actions/reconcile/flow.js'
import type { DeliveryRequest } from '../../../core/delivery/request.js'
import { release, type FlowLab, type Place } from '../../support/flow-lab.js'
import type { FlowProcess } from '../../support/flow-process.js'
import { githubLab, type GitHubLab } from '../../support/github-lab.js'
import type { FakeGitHub } from '../../support/services/github/github.mjs'
import { receiptFor } from '../store/suite.js'

/** Everything that a delivery can have: migration with revisions, four weights, the backup's receipt, approvals. */
const place: Place = {
  rollout: { weights: [5, 25, 50, 100] },
  migrate: { up: 'migrate', revision: 'revision', in: 'runner', backwardCompatible: true, withinMs: 60_000 },
  backup: usualBackup('postgres://db/shop', { name: 'disk', path: '/backups' }),
}

let folder: string
let world: GitHubLab
let lab: FlowLab
let github: FakeGitHub

/** Calls that count against the rate limit, for a piece of work and the post step after it. */
async function callsOf(work: (by: FlowProcess) => Promise<unknown>, by = world.step()): Promise<number> {
  github.forget()
  await work(by)
  await lab.mend(by)
  return github.counted()
}

async function promoted(version: string, reason: string, by: FlowProcess, asked: Partial<DeliveryRequest> = {}, there = place): Promise<string> {
  const commit = github.head()
  const outcome = await lab.promote(version, { by, place: there, release: { ...release(version), commit }, receipt: 'r-1', ...asked })
  expect({ reason: outcome.reason, message: outcome.message }).toMatchObject({ reason })
  await lab.time.sleep(60_000)
  return outcome.outputs.deployment ?? ''
}

/** As db-backup does it, which looks up the release that serves. */
async function backedUp(by: FlowProcess): Promise<void> {
  const { ledger } = by.ports()
  await ledger.history('production')
  await ledger.record('production', { type: 'receipt', at: lab.time.now(), receipt: receiptFor('r-1.dump.zst', new Date(lab.time.now()).toISOString()) })
}

function descriptions(deployment: string): readonly string[] {
  return github.statusesOf(Number(deployment)).map(({ state, description }) =>
    `${state}: ${description.replace(/^e1 \w{8} /, 'e1 <time> ').replace(/^e1 part (\S+) \S+/, 'e1 part $1 <packed>').replace(/rec=[\w-]{43}/, 'rec=<sha256>')}`)
}

function active(): readonly string[] {
  return github.state.all('deployments').filter(({ id }) => github.statusesOf(id).at(-1)?.state === 'success').map(({ id }) => String(id))
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'records-'))
  world = await githubLab(folder)
  ;({ lab, github } = world)
  lab.script = (what) => (what === 'read the schema revision' ? { lastLines: ['20260314_orders'] } : {})
  await backedUp(world.step())
  await promoted('v1', 'promoted-first', world.step())
})
afterEach(async () => {
  const faults = [...github.faults]
  await world.close()
  rmSync(folder, { recursive: true })
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

describe('a whole delivery', () => {
  it('with everything that it can have takes at most 25 calls that count against the rate limit', async () => {
    let deployment = ''
    const calls = await callsOf(async (by) => {
      deployment = await promoted('v2', 'promoted', by)
    })
    expect(calls).toBeLessThanOrEqual(25)
    expect(active()).toEqual([deployment])
    expect(github.statusesOf(Number(deployment)).length).toBeLessThanOrEqual(20)
  })

  it('takes no more after many others, of its own and of other tools', async () => {
    for (let count = 2; count <= 30; count += 1) await promoted(`v${count}`, 'switched', world.step(), {}, { rollout: { strategy: 'direct' } })
    const [others = ''] = github.addCommits(2)
    github.addDeployments(Array.from({ length: 1000 }, () => ({ environment: 'production', task: 'deploy', payload: {}, sha: others })))
    expect(await callsOf((by) => promoted('v31', 'promoted', by))).toBeLessThanOrEqual(25)
  })

  it('takes no more where GitHub has made a deployment for its job, which is adopted', async () => {
    const run = github.addRun().id
    const made = github.jobDeployment({ run, job: github.addJob({ run, name: 'production' }).id, environment: 'production' })
    expect(await callsOf(async (by) => {
      expect(await promoted('v2', 'promoted', by)).toBe(String(made.id))
    }, world.step(run))).toBeLessThanOrEqual(25)
    expect(active()).toEqual([String(made.id)])
  })

  it('reads well from its statuses alone', async () => {
    const deployment = await promoted('v2', 'promoted', world.step())
    expect(descriptions(deployment)).toMatchInlineSnapshot(`
[
  "in_progress: e1 <time> migrate",
  "in_progress: e1 <time> launch | v2",
  "in_progress: e1 <time> observed | candidate identified as v2 at weight 0",
  "in_progress: e1 <time> shift w=5",
  "in_progress: e1 <time> verdict is=PASS w=5 lean=ok n=400 bad=0 | errors: 0 of 400 bad, 4.0 allowed",
  "in_progress: e1 <time> shift w=25",
  "in_progress: e1 <time> verdict is=PASS w=25 lean=ok n=1400 bad=0 | errors: 0 of 1400 bad, 14.0 allowed",
  "in_progress: e1 <time> shift w=50",
  "in_progress: e1 <time> verdict is=PASS w=50 lean=ok n=3400 bad=0 | errors: 0 of 3400 bad, 34.0 allowed",
  "in_progress: e1 <time> promote",
  "in_progress: e1 <time> observed | all traffic: https://shop.example answers as v2",
  "in_progress: e1 part 1/1 <packed>",
  "success: e1 <time> ended ok=1 why=promoted live=release bad=none rec=<sha256> | v2 serves \`production\`: https:/…",
]
`)
    const [deployed] = github.state.all('deployments').filter(({ id }) => String(id) === deployment)
    expect(deployed).toMatchObject({ description: 'promote v2 by ada', task: 'ecluse:delivery', environment: 'production', sha: github.head() })
  })

  it('of an hour takes two calls more for every ten minutes, however often its lease is looked at', async () => {
    lab.traffic.rps = 20
    const slowly: Place = { ...place, rollout: { weights: [5, 25, 50, 100], stepAtLeastMs: 20 * 60_000, stepAtMostMs: 30 * 60_000, decideWithinMs: 3 * 3_600_000, returnAfterMs: 60_000 }, judge: { ...lab.environment().judge, pollMs: 10_000 } }
    const began = lab.time.now()
    const calls = await callsOf((by) => promoted('v2', 'promoted', by, {}, slowly))
    expect(lab.time.now() - began).toBeGreaterThan(3_600_000)
    expect(calls).toBeLessThanOrEqual(25 + 12)
    // Each look is a request that is answered with 304.
    expect(github.calls.length).toBeGreaterThan(1000)
  })
})

describe('other work', () => {
  it('a first delivery', async () => {
    await world.close()
    world = await githubLab(folder)
    ;({ lab, github } = world)
    await backedUp(world.step())
    expect(await callsOf((by) => promoted('v1', 'promoted-first', by))).toBeLessThanOrEqual(20)
  })

  it('a deploy', async () => {
    expect(await callsOf(async (by) => {
      const { reason } = await lab.deploy('v2', { by, place, release: { ...release('v2'), commit: github.head() } })
      expect(reason).toBe('deployed')
    })).toBeLessThanOrEqual(20)
  })

  it('the receipt of a backup, and what a smoke test found', async () => {
    expect(await callsOf(backedUp)).toBeLessThanOrEqual(6)
    expect(await callsOf((other) => other.ports().ledger.record('production', { type: 'checked', at: lab.time.now(), version: 'v1', ok: true, reason: 'passed', detail: '' }))).toBeLessThanOrEqual(2)
    expect(active()).toHaveLength(1)
  })

  it('a look for what dead runs left, where there is nothing', async () => {
    const { environment } = lab.request('v1', { place })
    expect(await callsOf((by) => reconcile({ environments: [environment], dryRun: false }, async () => by.ports(), by.ambient))).toBeLessThanOrEqual(2)
  })

  it('a canary that fails', async () => {
    lab.traffic.errors['v2'] = 0.5
    const [before] = active()
    let deployment = ''
    expect(await callsOf(async (by) => {
      deployment = await promoted('v2', 'high-error-rate', by)
    })).toBeLessThanOrEqual(25)
    expect(active()).toEqual([before])
    expect(descriptions(deployment)).toMatchInlineSnapshot(`
[
  "in_progress: e1 <time> migrate",
  "in_progress: e1 <time> launch | v2",
  "in_progress: e1 <time> observed | candidate identified as v2 at weight 0",
  "in_progress: e1 <time> shift w=5",
  "in_progress: e1 <time> verdict is=FAIL w=5 lean=suspect n=300 bad=150 | errors: 150 of 300 bad, 3.0 allowed",
  "in_progress: e1 <time> abandon | high-error-rate",
  "in_progress: e1 part 1/1 <packed>",
  "failure: e1 <time> ended ok=0 why=high-error-rate live=previous bad=release rec=<sha256> | At 5 % the judge fai…",
]
`)
  })

  it('a rollback', async () => {
    await promoted('v2', 'promoted', world.step())
    expect(await callsOf(async (by) => {
      const { reason } = await lab.rollback({ by, place })
      expect(reason).toBe('rolled-back')
    })).toBeLessThanOrEqual(25)
    expect(active()).toHaveLength(1)
  })
})

describe('a rollback while a delivery is under way', () => {
  it('has the traffic back within 10 s, and one deployment is active afterwards', async () => {
    const slowly: Place = { ...place, rollout: { weights: [5, 25, 50, 100], stepAtLeastMs: 600_000, stepAtMostMs: 900_000, decideWithinMs: 7_200_000 } }
    let backAt = 0
    let preempted = ''
    const delivering = promoted('v2', 'preempted', world.step(), {}, slowly).then((deployment) => (preempted = deployment))
    while (lab.world.weight < 25) await lab.time.sleep(1000)
    lab.world.before = (call) => {
      if (call === 'shift 0' || call === 'abandon') backAt ||= lab.time.now()
    }
    const askedAt = lab.time.now()
    const calls = await callsOf(async (by) => {
      const back = await lab.rollback({ by, place })
      expect({ reason: back.reason, message: back.message }).toMatchObject({ reason: 'candidate-abandoned' })
      await delivering
    })
    expect(backAt - askedAt).toBeLessThanOrEqual(10_000)
    // Both of them, the end of the delivery included.
    expect(calls).toBeLessThanOrEqual(50)
    expect(lab.world.weight).toBe(0)
    expect(lab.world.stable?.release.version).toBe('v1')
    expect(active()).toHaveLength(1)
    expect(descriptions(preempted)).toMatchInlineSnapshot(`
[
  "in_progress: e1 <time> migrate",
  "in_progress: e1 <time> launch | v2",
  "in_progress: e1 <time> observed | candidate identified as v2 at weight 0",
  "in_progress: e1 <time> shift w=5",
  "in_progress: e1 <time> verdict is=PASS w=5 lean=ok n=60000 bad=0 | errors: 0 of 60000 bad, 600.0 allowed",
  "in_progress: e1 <time> shift w=25",
  "in_progress: e1 part 1/1 <packed>",
  "failure: e1 <time> ended ok=0 why=preempted live=previous bad=none rec=<sha256> | Another run took over \`produc…",
]
`)
  })
})
