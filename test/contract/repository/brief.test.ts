/** The brief with GitHub behind it: what it tells, and what it costs of the allowance. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { brief } from '../../../actions/approval-brief/flow.js'
import type { BriefOutcome } from '../../../actions/approval-brief/outcome.js'
import { openLedger, openRepository } from '../../../core/drivers/registry.js'
import type { Release } from '../../../core/domain/release.js'
import { FakeTime } from '../../support/fakes/time.js'
import { FlowLab, release } from '../../support/flow-lab.js'
import { githubAmbient } from '../../support/github-ambient.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

let fake: FakeGitHub
const clock = new FakeTime()
const environment = { ...new FlowLab().environment(), ledger: 'github' as const }
const at = (version: string, commit: string): Release => ({ ...release(version), commit })

beforeEach(async () => {
  fake = await startGitHub({ now: () => clock.now() })
})
afterEach(async () => {
  const { faults } = fake
  await fake.close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

async function delivered(name: string, asked: Release): Promise<void> {
  const ambient = githubAmbient({ url: fake.url, clock })
  const ledger = await openLedger(environment, ambient)
  const taken = await ledger.take(name, { preempt: false })
  if (taken.kind !== 'taken') throw new Error('held')
  const run = { ...ambient.run, actor: 'ada' }
  const record = await ledger.begin(taken.lease, { kind: 'promote', release: asked, plan: [], requestedAt: clock.now(), run, overruled: { reason: 'payments are down', what: ['frozen'] } })
  await ledger.finish(taken.lease, record.id, { at: clock.now(), ok: true, reason: 'promoted', message: '', live: asked })
  await ledger.release(taken.lease)
  const history = await (await openLedger(environment, ambient)).history(name)
  expect(history.deliveries.at(-1)?.intent.overruled).toEqual({ reason: 'payments are down', what: ['frozen'] })
}

function briefOf(wanted: Release, token?: string): Promise<BriefOutcome> {
  const ambient = githubAmbient({ url: fake.url, clock, ...(token === undefined ? {} : { token }) })
  const delivery = { environment, url: 'https://shop.example', release: wanted, requestedAt: clock.now(), dryRun: false }
  const platform = async (): Promise<never> => {
    throw new Error('no platform here')
  }
  return brief({ delivery, staging: 'staging', strict: false }, { ledger: () => openLedger(environment, ambient), platform, repository: () => openRepository(ambient) }, ambient)
}

test('from the record and the sources, within few calls', async () => {
  const base = fake.head()
  const [made] = fake.addCommits([{ message: 'Add a price (#1)', files: { 'db/migrate/1.rb': 'x' } }])
  fake.addPull({ title: 'Add a price', user: 'bob', commits: [made!] })
  await delivered('production', at('v1', base))
  await delivered('staging', at('v2', made!))
  const waiting = fake.addRun({ actor: 'bob' })
  fake.addEnvironment({ name: 'production', reviewers: [{ type: 'User', id: fake.addUser('bob') }] })
  fake.waitFor(waiting.id, 'production')
  fake.forget()
  const outcome = await briefOf(at('v2', made!))
  expect(outcome.outputs).toMatchObject({ live: 'v1', 'compare-url': expect.stringContaining(base) })
  const told = JSON.stringify(outcome.summary)
  for (const text of ['It seems to bring 1 migration', 'Nothing was checked in `staging`', 'Add a price', '`db/migrate/1.rb`', 'waits for an approval', 'no platform here']) expect(told).toContain(text)
  expect(fake.counted()).toBeLessThanOrEqual(12)
  expect(fake.calls.every(({ method }) => method === 'GET')).toBe(true)
})

test('with the permissions that a delivery has anyway, what is missing is said', async () => {
  const base = fake.head()
  const [made] = fake.addCommits([{ message: 'Add a price (#1)' }])
  await delivered('production', at('v1', base))
  fake.tokens.set('ghs_narrow', { permissions: { contents: 'read', deployments: 'read' } })
  const outcome = await briefOf(at('v2', made!), 'ghs_narrow')
  const told = JSON.stringify(outcome.summary)
  expect(told).toContain('the queue: needs `actions: read`')
  expect(told).toContain('1 commit, 1 pull request')
  expect(outcome.outputs.live).toBe('v1')
})
