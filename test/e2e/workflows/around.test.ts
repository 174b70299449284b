import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { z } from 'zod'
import { withEngines } from '../../support/engines/index.js'
import type { Change } from '../../support/act/caller.js'
import type { ActRun } from '../../support/act/runner.js'
import { build, journey, reasons, staging } from '../../support/act/story.js'
import { world, type World } from '../../support/act/world.js'
import { activeIn, tasks, told, toldThat } from '../../support/github-record.js'
import { noFaults } from '../../support/no-faults.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { shownOf } from '../../support/visible.js'

const LIMIT_MS = 120_000
const planted = { admin: 'planted-adm1n-t0ken-1', word: 'planted-w0rd-2', old: 'planted-0ld-value-that-is-long-enough' }
const CHANGE: Change = {
  file: {
    quality: {
      lint: 'true',
      test: { run: 'mkdir -p reports; echo \'<testsuite><testcase name="buys"/></testsuite>\' > reports/junit.xml', junit: 'reports/junit.xml' },
    },
  },
  files: { '.gitignore': 'reports/\n' },
  production: {
    rollout: { weights: [25, 100], step: { 'at-least': '60s' } },
    variables: { REGION: 'eu-west-3' },
    secrets: { SESSION_KEY: { rotate: { random: { length: 48 }, verify: 'echo "trying $ECLUSE_SECRET"; echo "$ECLUSE_SECRET" | grep -qE "^[a-zA-Z0-9]{48}$"' } } },
  },
}
const ROTATE = `on: workflow_dispatch
jobs:
  rotate:
    uses: ecluse-cd/ecluse/.github/workflows/environments.yml@v1
    with: { mode: rotate, environment: production, secret: SESSION_KEY }
    permissions: { contents: read }
    secrets: inherit
`

/** The callers in the docs, each with no more than it grants. */
withEngines(['act', 'node24', 'git'], 'the workflows around a delivery, run', (pathOf) => {
  let here: World
  let github: FakeGitHub
  const runs: ActRun[] = []

  const run = async (workflow: string, inputs: Readonly<Record<string, string>> = {}, event: 'push' | 'workflow_dispatch' = 'workflow_dispatch'): Promise<ActRun> => {
    const ended = await (await here.start(event, workflow, inputs)).finished
    runs.push(ended)
    return ended
  }
  const writes = (): readonly string[] => github.calls.filter(({ method }) => method !== 'GET').map(({ method, path: asked }) => `${method} ${asked}`)

  beforeAll(async () => {
    github = await startGitHub()
    github.tokens.set(planted.admin, { permissions: 'all', login: 'octo-admin' })
    const secrets = { ENVIRONMENTS_TOKEN: planted.admin, ECLUSE_ENV: `API_KEY=${planted.word}\n`, SESSION_KEY: planted.old }
    here = await world({ act: pathOf('act'), node: pathOf('node24'), github, secrets })
    await here.addWorkflow('rotate.yml', ROTATE)
    await here.push(CHANGE)
  })
  afterEach(() => noFaults(github))
  afterAll(async () => {
    await here?.close()
    await github?.close()
  })

  test('quality.yml records a success for the commit, and a delivery that requires it goes on', async () => {
    const quality = await run('quality.yml', {}, 'push')
    const expected = ['quality/0: success', 'quality/gate: success', 'quality: success']
    expect(journey(quality, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(quality.jobs['quality']?.outputs['gate']).toMatchObject({ reason: 'passed', commit: github.head(), status: 'success', tests: '1' })
    expect(github.state.all('commitStatuses').map(({ sha, state }) => `${sha} ${state}`)).toEqual(['pending', 'success'].map((state) => `${github.head()} ${state}`))
    const caller = await here.callerWith('deliver.yml', { 'require-quality': true, production: '' })
    await here.addWorkflow('deliver-good.yml', caller.replace('deployments: write', 'deployments: write, statuses: read'))
    const delivered = await run('deliver-good.yml')
    const stages = ['quality/asked: success', 'quality/gate: success', 'quality: success', ...build, ...staging]
    expect(journey(delivered, stages, 0)).toEqual({ ran: stages, code: 0, log: '' })
    expect(reasons(delivered)).toMatchObject({ 'quality/gate': 'passed', 'staging/deploy': 'deployed' })
  }, LIMIT_MS)

  test('a commit that was found bad is not even built', async () => {
    await here.push({ ...CHANGE, file: { quality: { lint: 'exit 3' } } })
    const quality = await run('quality.yml', {}, 'push')
    expect(reasons(quality)).toEqual({ 'quality/gate': 'commands-failed' })
    const delivered = await run('deliver-good.yml')
    const expected = ['quality/asked: success', 'quality/gate: failure', 'quality: failure']
    expect(journey(delivered, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(reasons(delivered)).toEqual({ 'quality/gate': 'quality-failed' })
  }, LIMIT_MS)

  test('reconcile.yml heals what a lost runner left in one environment, and finds nothing in the other', async () => {
    await here.addWorkflow('deliver-only.yml', await here.callerWith('deliver.yml', { staging: '' }))
    const first = await here.push(CHANGE)
    expect(reasons(await run('deliver-only.yml'))).toMatchObject({ 'production/promote': 'promoted-first' })
    await here.push(CHANGE)
    const lost = await here.start('workflow_dispatch', 'deliver-only.yml')
    const { of } = await toldThat(github, 'production', / shift w=25$/)
    const lease = github.state.all('deployments').find(({ task }) => task === tasks.lease)
    const { run: { pid } } = z.object({ run: z.object({ pid: z.number() }) }).parse(lease?.payload)
    // The runner first, so that nothing of the job goes on.
    lost.kill()
    process.kill(pid, 'SIGKILL')
    await lost.finished
    github.forget()
    const healed = await run('reconcile.yml')
    expect(healed.code).toBe(0)
    expect(healed.ran.toSorted()).toEqual(['reconcile/0: success', 'reconcile/0: success', 'reconcile/reconcile: success', 'reconcile/reconcile: success', 'reconcile: success', 'reconcile: success'])
    expect(healed.summaries.map((text) => /^## .*/m.exec(text)?.[0] ?? '').toSorted()).toEqual(['## Reconcile: healed', '## Reconcile: nothing-open'])
    expect(told(github, tasks.delivery).find(({ id }) => id === of.id)?.story.at(-1)).toMatch(/^failure: ended ok=0 why=healed-went-back live=previous /)
    expect(told(github, tasks.lease)).toEqual([])
    expect(activeIn(github, 'production')).toHaveLength(1)
    expect(await here.served('production')).toEqual([first])
    // Every ten minutes, where nothing is open: two calls that count for each environment.
    github.forget()
    expect((await run('reconcile.yml')).code).toBe(0)
    expect(github.counted()).toBeLessThanOrEqual(4)
    expect(writes()).toEqual([])
  }, LIMIT_MS)

  test('dashboard.yml keeps one page of it as an artifact', async () => {
    github.forget()
    const published = await run('dashboard.yml')
    const expected = ['dashboard/0: success', 'dashboard/publish: success', 'dashboard/keep: success', 'dashboard: success']
    expect(journey(published, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    const [live] = await here.served('production')
    expect(published.jobs['dashboard']?.outputs['publish']).toMatchObject({ reason: 'published', environments: '2', gaps: '0', live: expect.stringContaining(`"production":"${live}"`) })
    const page = await readFile(path.join(here.artifacts, 'ecluse-dashboard', 'ecluse-dashboard', 'index.html'), 'utf8')
    expect(page).toContain(live)
    expect(writes()).toEqual([])
  }, LIMIT_MS)

  test('environments.yml says what it would write, writes it, finds it so, and is red when somebody has changed it', async () => {
    const ran = (result: 'success' | 'failure'): readonly string[] => ['environments/0: success', `environments/setup: ${result}`, `environments: ${result}`]
    github.setSecret('production', 'SESSION_KEY', planted.old)
    github.forget()
    const planned = await run('environments.yml', { mode: 'plan' })
    expect(journey(planned, ran('success'), 0)).toEqual({ ran: ran('success'), code: 0, log: '' })
    expect(planned.jobs['environments']?.outputs['setup']).toMatchObject({ reason: 'planned', differences: '1' })
    expect(writes()).toEqual([])
    expect(reasons(await run('environments.yml', { mode: 'apply' }))).toEqual({ 'environments/setup': 'applied' })
    expect(github.variable('production', 'REGION')).toBe('eu-west-3')
    expect(reasons(await run('environments.yml', { mode: 'check' }))).toEqual({ 'environments/setup': 'in-step' })
    github.setVariable('production', 'REGION', 'us-east-1')
    const drifted = await run('environments.yml', { mode: 'check' })
    expect(journey(drifted, ran('failure'), 1)).toEqual({ ran: ran('failure'), code: 1, log: '' })
    expect(reasons(drifted)).toEqual({ 'environments/setup': 'drift' })
  }, LIMIT_MS)

  test('environments.yml gives a secret a new value, in a job of its environment', async () => {
    const rotated = await run('rotate.yml')
    const expected = ['rotate/0: success', 'rotate/rotate: success', 'rotate: success']
    expect(journey(rotated, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(rotated.jobs['rotate']?.outputs['rotate']).toMatchObject({ reason: 'rotated', rotated: 'SESSION_KEY' })
    const value = github.secretValue('production', 'SESSION_KEY') ?? ''
    expect(value).toMatch(/^[a-zA-Z0-9]{48}$/)
    expect(shownOf([value], JSON.stringify([rotated.shown, rotated.summaries, github.state.all('variables')]))).toEqual([])
  }, LIMIT_MS)

  test('nothing secret is to be seen in any of them', () => {
    const shown = runs.map((one) => [one.shown, ...one.summaries].join('\n')).join('\n')
    expect(shown).toContain('trying ***')
    expect(shownOf(Object.values(planted), shown)).toEqual([])
    expect(shown).not.toContain('ghs_of_run_')
  })
})
