import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { brief, build, failing, journey, planned, production, reasons, rollback, staging } from '../../support/act/story.js'
import { forAct, suiteRoot, workflows } from '../../support/act/suite.js'
import { world, type World } from '../../support/act/world.js'
import { activeIn, tasks, told, type Told } from '../../support/github-record.js'
import { noFaults } from '../../support/no-faults.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'

const LIMIT_MS = 120_000

/** One repository, one story, on record in the deployments of GitHub. */
withEngines(['act', 'node24', 'git'], 'deliver.yml and rollback.yml with the record on GitHub, run', (pathOf) => {
  let here: World
  let github: FakeGitHub
  const versions: string[] = []
  /** Of the first ones in production. */
  let live: Told

  const deliveries = (environment: string): readonly Told[] => told(github, tasks.delivery, environment)
  const plainStory = (id: number): readonly string[] => deliveries('production').find((one) => one.id === id)?.story.map((line) => line.replace(/ \| .*/, '').replaceAll(/\b(n|bad)=\d+/g, '$1=…')) ?? []
  const push = async (change?: Parameters<World['push']>[0]): Promise<string> => {
    const version = await here.push(change)
    versions.push(version)
    return version
  }
  const nothingLeft = (): void => {
    expect(told(github, tasks.lease)).toEqual([])
    for (const environment of ['staging', 'production']) expect(activeIn(github, environment)).toHaveLength(1)
  }
  /** The brief only reads: it begins after the last that staging writes, and ends where production asks for its lease. */
  const countedByStage = (): Readonly<Record<'staging' | 'brief' | 'production', number>> => {
    const { calls } = github
    const begins = calls.findLastIndex(({ method, body }) => method === 'POST' && JSON.stringify(body ?? '').includes(`"task":"${tasks.lease}"`))
    const ends = calls.findLastIndex(({ method }, index) => index < begins && method !== 'GET') + 1
    const count = (from: number, to?: number): number => calls.slice(from, to).filter((call) => call.counted).length
    return { staging: count(0, ends), brief: count(ends, begins), production: count(begins) }
  }
  /** The full record that the artifact holds is the one whose hash the last status tells. */
  const keptOf = async (environment: string, id: number): Promise<unknown> => {
    const folder = path.join(here.artifacts, `ecluse-record-${environment}-${id}`)
    const [file = ''] = await readdir(folder)
    const text = await readFile(path.join(folder, file))
    const rec = github.statusesOf(id).map(({ description }) => / rec=([\w-]{43})/.exec(description)?.[1]).find((found) => found !== undefined)
    expect(createHash('sha256').update(text).digest('base64url')).toBe(rec)
    return JSON.parse(text.toString())
  }

  beforeAll(async () => {
    github = await startGitHub()
    here = await world({ act: pathOf('act'), node: pathOf('node24'), github })
  })
  afterEach(() => noFaults(github))
  afterAll(async () => {
    await here?.close()
    await github?.close()
  })

  test('a first release: one deployment in each environment, what was checked beside it, no lease left', async () => {
    const version = await push()
    const run = await here.deliver()
    const expected = [...build, ...staging, ...brief, ...production]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(reasons(run)).toEqual({
      'build/build': 'built', 'staging/deploy': 'deployed', 'staging/smoke': 'passed', 'staging/watch': 'not-configured', 'brief/brief': 'briefed',
      'production/backup': 'not-configured', 'production/promote': 'promoted-first', 'production/smoke': 'passed', 'production/watch': 'not-configured',
    })
    expect([...deliveries('staging'), ...deliveries('production')].map(({ environment, description, state }) => `${environment}: ${description}: ${state}`)).toEqual([
      `staging: deploy ${version} by ada: success`, `production: promote ${version} by ada: success`,
    ])
    // A record is nothing that runs, and GitHub must not show it as such.
    expect(told(github, tasks.fact).map(({ environment, description, state }) => `${environment}: ${description}: ${state}`)).toEqual([
      `staging: checked ${version}: passed: inactive`, `production: checked ${version}: passed: inactive`,
    ])
    expect(github.state.all('deployments').map(({ sha, creator }) => `${sha} ${creator}`)).toEqual(Array.from({ length: 4 }, () => `${github.head()} github-actions[bot]`))
    nothingLeft()
    const titles = run.summaries.map((text) => /^## .*/m.exec(text)?.[0])
    expect(titles).toEqual([
      `## Image of shop ${version}: built`, `## Deploy ${version} to staging: deployed`, expect.stringContaining('passed'), '## Watch staging: not-configured', `## Approve ${version} for production?`,
      expect.stringContaining('not-configured'), expect.stringContaining('promoted-first'), expect.stringContaining('passed'), '## Watch production: not-configured',
    ])
    for (const part of ['| Serves now | nothing |', 'checked', '| Before it in the queue | nobody |']) expect(run.summaries[4]).toContain(part)
  }, LIMIT_MS)

  test('the next one climbs: its statuses tell how, the one before is active no more, and the artifact holds all of it', async () => {
    const version = await push()
    const load = here.loaded()
    github.forget()
    const run = await here.deliver()
    const counted = countedByStage()
    expect((await load.stop()).failures).toEqual({})
    const expected = [...build, ...staging, ...brief, ...production]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(reasons(run)).toMatchObject({ 'production/promote': 'promoted' })
    if (process.env['ECLUSE_WALK'] !== undefined) console.log('deliver.yml: calls that count', counted)
    // Each delivery with its smoke test, and what is read for the approval between them.
    expect(Math.max(counted.staging, counted.production)).toBeLessThanOrEqual(25)
    expect(counted.brief).toBeLessThanOrEqual(15)
    const [before, now] = deliveries('production')
    expect(plainStory(now!.id)).toEqual([
      'in_progress: launch', 'in_progress: observed', 'in_progress: shift w=25', 'in_progress: verdict is=PASS w=25 lean=ok n=… bad=…', 'in_progress: shift w=50',
      'in_progress: verdict is=PASS w=50 lean=ok n=… bad=…', 'in_progress: promote', 'in_progress: observed', 'success: ended ok=1 why=promoted live=release bad=none',
    ])
    expect(before?.story.at(-1)).toBe(`inactive: gone | ${version} serves, by deployment ${now!.id}`)
    expect(activeIn(github, 'production')).toEqual([now!.id])
    expect(activeIn(github, 'staging')).toEqual([deliveries('staging').at(-1)?.id])
    nothingLeft()
    expect(run.jobs['production']?.outputs['promote']).toMatchObject({ deployment: String(now!.id), version, previous: versions[0] })
    expect(await keptOf('production', now!.id)).toMatchObject({ v: 1, delivery: { id: String(now!.id), result: { ok: true, reason: 'promoted' } }, steps: expect.any(Array) })
    expect(await keptOf('staging', deliveries('staging').at(-1)!.id)).toMatchObject({ delivery: { result: { reason: 'deployed' } } })
    expect(github.statusesOf(now!.id).at(-1)?.logUrl).toMatch(/\/acme\/shop\/actions\/runs\/\d+\//)
    live = now!
  }, LIMIT_MS)

  test('a bad one is judged and goes back; the one before it stays the active one', async () => {
    const version = await push({ variant: { errors: { production: 0.5 } } })
    const load = here.loaded()
    const run = await here.deliver()
    await load.stop()
    const expected = [...build, ...staging, ...brief, ...failing(production, 'promote', 'production/kept: success')]
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(reasons(run)).toMatchObject({ 'production/promote': 'high-error-rate' })
    const bad = deliveries('production').at(-1)!
    expect(bad).toMatchObject({ description: `promote ${version} by ada`, state: 'failure' })
    expect(plainStory(bad.id).slice(-4)).toEqual([
      'in_progress: shift w=25', 'in_progress: verdict is=FAIL w=25 lean=suspect n=… bad=…', 'in_progress: abandon', 'failure: ended ok=0 why=high-error-rate live=previous bad=release',
    ])
    expect(activeIn(github, 'production')).toEqual([live.id])
    nothingLeft()
    expect(await here.served('production')).toEqual([versions[1]])
    expect(run.summaries.find((text) => text.includes(`## Promote ${version}`))).toContain('failed')
  }, LIMIT_MS)

  test('the button: what is on record is told first, then the release before serves, and the record says so', async () => {
    const dry = await here.rollback({ environment: 'production', 'dry-run': 'true' })
    expect(journey(dry, planned, 0)).toEqual({ ran: planned, code: 0, log: '' })
    expect(dry.summaries.join('\n')).toContain(versions[0]!)
    const many = github.state.all('deployments').length
    github.forget()
    // As it is dispatched by itself, without a caller: then it says what it may.
    const copied = forAct(await readFile(path.join(suiteRoot, workflows, 'rollback.yml'), 'utf8'))
    await here.addWorkflow('button.yml', `permissions: { contents: read, deployments: write, actions: read }\n${copied}`)
    const run = await here.run('button.yml', { environment: 'production', because: 'orders are lost' })
    const counted = github.counted()
    expect(journey(run, rollback, 0)).toEqual({ ran: rollback, code: 0, log: '' })
    if (process.env['ECLUSE_WALK'] !== undefined) console.log(`rollback.yml: ${counted} calls that count`)
    expect(counted).toBeLessThanOrEqual(25)
    expect(run.jobs['rollback']?.outputs['rollback']).toMatchObject({ reason: 'rolled-back', version: versions[0], previous: versions[1] })
    expect(run.summaries.join('\n')).toContain('orders are lost')
    expect(github.state.all('deployments')).toHaveLength(many + 1)
    const back = deliveries('production').at(-1)!
    expect(back).toMatchObject({ description: `rollback ${versions[0]} by ada`, state: 'success' })
    expect(plainStory(back.id)).toEqual(['in_progress: restore', 'in_progress: observed', 'success: ended ok=1 why=rolled-back live=release bad=previous'])
    expect(activeIn(github, 'production')).toEqual([back.id])
    expect(deliveries('production').find(({ id }) => id === live.id)?.story.at(-1)).toBe(`inactive: gone | ${versions[0]} serves, by deployment ${back.id}`)
    nothingLeft()
    expect(await here.served('production')).toEqual([versions[0]])
    expect(await keptOf('production', back.id)).toMatchObject({ delivery: { intent: { kind: 'rollback' }, result: { reason: 'rolled-back' } } })
  }, LIMIT_MS)

  test('where GitHub makes a deployment for each job, it is the record, and there is no second one', async () => {
    const version = await push({ production: { rollout: { strategy: 'direct' } } })
    await here.addWorkflow('recorded.yml', await here.callerWith('deliver.yml', { 'record-deployments': true }))
    const run = github.addRun({ workflow: '.github/workflows/recorded.yml', actor: 'ada' }).id
    const made = Object.fromEntries(['staging', 'production'].map((environment) => [environment, github.jobDeployment({ run, job: github.addJob({ run, name: environment }).id, environment }).id]))
    const ended = await (await here.start('workflow_dispatch', 'recorded.yml', {}, run)).finished
    const expected = [...build, ...staging, ...brief, ...production]
    expect(journey(ended, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(ended.jobs['staging']?.outputs['deploy']).toMatchObject({ reason: 'deployed', deployment: String(made['staging']) })
    expect(ended.jobs['production']?.outputs['promote']).toMatchObject({ reason: 'switched', deployment: String(made['production']) })
    for (const [environment, id] of Object.entries(made)) {
      expect(activeIn(github, environment)).toEqual([id])
      // The intent stands beside it, since its payload can't be changed.
      expect(deliveries(environment).at(-1)).toMatchObject({ state: 'inactive', story: [`inactive: gone | the intent of deployment ${id}, nothing that runs`], description: expect.stringContaining(version) })
    }
    nothingLeft()
    // Whoever goes back afterwards finds it in the record.
    expect(reasons(await here.rollback({ environment: 'production' }))).toEqual({ 'rollback/rollback': 'rolled-back' })
    expect(await here.served('production')).toEqual([versions[0]])
    nothingLeft()
  }, LIMIT_MS)
})
