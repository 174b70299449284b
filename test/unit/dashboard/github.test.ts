/** publish-dashboard over the record in GitHub's deployments, with a token that may only read. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openGitHub } from '../../../core/drivers/github/octokit/index.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import { githubRepository } from '../../../core/drivers/repositories/github/index.js'
import type { DashboardModel } from '../../../core/domain/dashboard/model.js'
import type { DeliveryRecord } from '../../../core/domain/history.js'
import type { GitHub } from '../../../core/ports/github.js'
import type { PublishOutcome } from '../../../actions/publish-dashboard/outcome.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { delivery, HOUR } from './lab.js'
import { PublishLab } from './publish-lab.js'

let lab: PublishLab
let github: FakeGitHub
beforeEach(async () => {
  lab = await PublishLab.open()
  // Nobody sleeps: time is skipped, ours and the server's.
  let skipped = 0
  const now = (): number => Date.now() + skipped
  Object.assign(lab, { ambient: { ...lab.ambient, clock: { now, sleep: (ms: number) => Promise.resolve(void (skipped += ms)) } } })
  github = await startGitHub({ limit: 100_000, now })
  github.tokens.set('reads', { permissions: { contents: 'read', deployments: 'read', 'pull-requests': 'read' } })
  github.tokens.set('blind', { permissions: { contents: 'read' } })
})
afterEach(async () => {
  await github.close()
  await lab.close()
  if (github.faults.length > 0) throw new Error(`GitHub was asked what it does not know: ${github.faults.join('; ')}`)
})

const open = (token: string): GitHub => openGitHub({ api: github.url, server: 'https://github.example', repository: github.repository, token, hosted: true }, lab.ambient)

/** A release of a commit, with a full record unless told otherwise. */
async function delivered(commits: readonly [string | undefined, string], documented = true): Promise<DeliveryRecord> {
  const [before, now] = commits
  const told = delivery({ id: 'x', version: now.slice(0, 7), ...(before === undefined ? {} : { previous: before.slice(0, 7) }), begunAt: Date.now(), end: { at: 0, ok: true, reason: 'promoted', live: now.slice(0, 7) } })
  const at = (version: DeliveryRecord['intent']['release'], commit: string): typeof version => ({ ...version, commit })
  const { previous, ...intent } = told.intent
  const run = github.addRun()
  const real = {
    ...told,
    events: [{ type: 'doing' as const, at: Date.now(), verb: 'shift' as const, weight: 5 }],
    intent: { ...intent, run: { ...intent.run, id: String(run.id) }, release: at(intent.release, now), ...(previous === undefined || before === undefined ? {} : { previous: at(previous, before) }) },
    result: { ...told.result!, live: at(told.result!.live!, now) },
  }
  return lab.deliver(real, { documented, ledger: githubLedger(open('ghs_fake'), lab.ambient) })
}

const publish = (token = 'reads', given = {}): Promise<PublishOutcome> => {
  github.forget()
  return lab.publish(given, { ledger: () => Promise.resolve(githubLedger(open(token), lab.ambient)), repository: githubRepository(open(token)) }, ['production'])
}

const modelIn = async (): Promise<DashboardModel> => JSON.parse(await lab.read('site/deliveries.json')) as DashboardModel

test('what GitHub has on record, what changed, and since when the commit waited', async () => {
  const made = github.addCommits([{ message: 'One', at: Date.now() - 9 * HOUR }, { message: 'Two (#7)', at: Date.now() - 8 * HOUR }, { message: 'Add stock', files: { 'migrations/1.sql': 'select 1' }, at: Date.now() - 7 * HOUR }])
  const [one = '', , three = ''] = made
  github.addPull({ title: 'Stock', commits: [three] })
  await delivered([undefined, one])
  const last = await delivered([one, three])
  const outcome = await publish()
  expect(outcome).toMatchObject({ ok: true, reason: 'published', outputs: { deliveries: '2', live: JSON.stringify({ production: three.slice(0, 7) }) } })
  const page = await lab.read('site/index.html')
  const detail = (JSON.parse(page.slice(page.indexOf('id="model">') + 11, page.lastIndexOf('</script>'))) as DashboardModel).details[last.id]!
  expect(detail).toMatchObject({ steps: [{ name: 'launch' }], notes: { total: 2, migrations: ['migrations/1.sql'], backwards: false } })
  expect(detail.notes?.pullRequests.map(({ title }) => title)).toContain('Stock')
  expect(detail.weights).toEqual([[expect.any(Number), 5]])
  expect(Math.round((await modelIn()).figures.dora.leadTime! / HOUR)).toBe(7)
  expect(github.counted()).toBeLessThan(20)
})

test('a token that may not see deployments is told which permission it lacks', async () => {
  await delivered([undefined, github.head()])
  const outcome = await publish('blind')
  expect(outcome).toMatchObject({ ok: false, reason: 'not-read' })
  expect(outcome.message).toContain('deployments')
})

test('forty deliveries cost about one request for each of the newest thirty, and not for the others', async () => {
  let before: string | undefined
  for (const commit of github.addCommits(40)) {
    await delivered([before, commit], false)
    before = commit
  }
  expect(await publish('reads', { notes: 0 })).toMatchObject({ ok: true, outputs: { deliveries: '40' } })
  expect(github.counted()).toBeLessThanOrEqual(36)
  const model = await modelIn()
  expect(model.deliveries.every(({ ok }) => ok === true)).toBe(true)
  expect(model.figures).toMatchObject({ deliveries: 40, succeeded: 40 })
})
