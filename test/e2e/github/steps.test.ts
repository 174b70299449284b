import { execFileSync } from 'node:child_process'
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { tasks, told } from '../../support/github-record.js'
import { pushTo } from '../../support/git-push.js'
import { noFaults } from '../../support/no-faults.js'
import type { ActionResult, ActionRun } from '../../support/runner.mjs'
import { shownOf, visible } from '../../support/visible.js'
import { githubBundles, TOKEN, type GitHubBundles } from './lab.js'

const planted = { word: 'planted-w0rd-1', line: 'planted-line-2', admin: 'planted-adm1n-t0ken-3', reader: 'planted-r3ader-4', stored: 'planted-st0red-5' }
const ECLUSE_ENV = `API_KEY="${planted.word}"\nexport CERT="-----BEGIN-----\n${planted.line}\n-----END-----"\n`

const PRODUCTION = `    rollout: { strategy: direct }
    variables: { REGION: eu-west-3 }
    protection: { wait: 30m, branches: [main] }
    secrets: { DATABASE_URL: { max-age: 90d } }
`
const QUALITY = `quality:
  lint: 'echo "the key is $API_KEY"; echo "$CERT" >&2'
  test: { run: 'mkdir -p reports; echo "<testsuite><testcase name=\\"buys $API_KEY\\"/></testsuite>" > reports/junit.xml', junit: reports/junit.xml }
`

let here: GitHubBundles
const commits: string[] = []

const git = (...args: readonly string[]): void => {
  const ada = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@shop.example', GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@shop.example' }
  execFileSync('git', args, { cwd: here.work, env: { PATH: process.env['PATH'], HOME: here.work, GIT_CONFIG_NOSYSTEM: '1', ...ada } })
}
const commit = async (title: string, file: string): Promise<void> => {
  await writeFile(path.join(here.work, file), `${title}\n`)
  git('add', '--all')
  git('commit', '--quiet', '--message', title)
  commits.push(await pushTo(here.github, here.work))
}

beforeAll(async () => {
  here = await githubBundles({ production: PRODUCTION })
  here.github.tokens.set(TOKEN, { permissions: { contents: 'read', deployments: 'write', actions: 'read', 'pull-requests': 'read', statuses: 'write' } })
  here.github.tokens.set(planted.admin, { permissions: 'all', login: 'octo-admin' })
  here.github.tokens.set(planted.reader, { permissions: { statuses: 'read' } })
  await appendFile(path.join(here.work, 'ecluse.yml'), QUALITY)
  await writeFile(path.join(here.work, '.gitignore'), '.ecluse/\nimages/\nreports/\necluse-dashboard/\n')
  git('init', '--quiet', '--initial-branch=main')
  await commit('The shop opens', 'shop.txt')
})
afterEach(() => noFaults(here.github))
afterAll(() => here?.close())

/** Runs a step of a job with secrets around it, and looks that none is to be seen. */
async function step(action: string, inputs: ActionRun['inputs'] = {}): Promise<ActionResult> {
  const result = await here.newRun().run(action, inputs, { ECLUSE_ENV, GITHUB_SHA: here.github.head() })
  expect(shownOf([...Object.values(planted), TOKEN], visible(result))).toEqual([])
  return result
}
const writes = (): readonly string[] => here.github.calls.filter(({ method }) => method !== 'GET').map(({ method, path: asked }) => `${method} ${asked}`)

test('quality-gate runs the commands and records it with the commit; requiring it passes for that commit and for no other', async () => {
  const [commitId = ''] = commits
  const ran = await step('quality-gate')
  expect(ran.outputs).toEqual({ commit: commitId, status: 'success', url: expect.stringMatching(/^https:\/\/github\.example\/acme\/shop\/actions\/runs\/\d+/), tests: '1', 'failed-tests': '0', coverage: '', findings: '', reason: 'passed', traceparent: '' })
  expect(ran.code).toBe(0)
  expect(ran.stdout).toContain('the key is ***')
  expect(ran.summary).toContain('| lint | ok |')
  const statuses = here.github.state.all('commitStatuses')
  expect(statuses.map(({ sha, state, context }) => ({ sha, state, context }))).toEqual(['pending', 'success'].map((state) => ({ sha: commitId, state, context: 'ecluse/quality' })))
  expect(shownOf(Object.values(planted), JSON.stringify(statuses))).toEqual([])

  const required = await step('quality-gate', { mode: 'require', commit: commitId, token: planted.reader })
  expect(required.outputs).toMatchObject({ reason: 'passed', commit: commitId, status: 'success', url: ran.outputs['url'] })
  expect(required.code).toBe(0)
  await commit('A bell for the door', 'bell.txt')
  const missing = await step('quality-gate', { mode: 'require', commit: commits[1]!, 'appear-within': '1s', token: planted.reader })
  expect(missing.outputs).toMatchObject({ reason: 'quality-missing', commit: commits[1], status: '' })
  expect(missing.code).toBe(1)
  expect(missing.summary).toContain('quality-missing')
})

test('approval-brief tells what would be let in, and writes nothing', async () => {
  const first = await step('canary-promote', { ...(await here.release({ version: '1' })), commit: commits[0]! })
  expect(first.outputs).toMatchObject({ reason: 'promoted-first' })
  here.github.addPull({ title: 'A bell', user: 'ada', commits: [commits[1]!] })
  here.github.forget()
  const asked = { ...(await here.release({ version: '2' })), commit: commits[1]! }
  const brief = await step('approval-brief', asked)
  expect(brief.outputs).toEqual({ warnings: '0', unknown: '0', live: '1', 'compare-url': expect.stringContaining(`${commits[0]}...${commits[1]}`), reason: 'briefed', traceparent: '' })
  expect(brief.code).toBe(0)
  expect(brief.summary).toContain('Approve 2 for production?')
  for (const part of ['A bell for the door', 'A bell', commits[1]!, 'back to 1', 'nobody']) expect(brief.summary).toContain(part)
  const strict = await step('approval-brief', { ...asked, staging: 'staging', strict: true })
  expect(strict.outputs).toMatchObject({ reason: 'warned', warnings: '1' })
  expect(strict.code).toBe(1)
  expect(strict.summary).toContain('No delivery of this very image to <code>staging</code> is on record.')
  expect(writes()).toEqual([])
})

test('publish-dashboard writes one page with its exports, of what the deployments tell', async () => {
  expect((await step('canary-promote', { ...(await here.release({ version: '2' })), commit: commits[1]! })).outputs).toMatchObject({ reason: 'switched' })
  here.github.forget()
  const published = await step('publish-dashboard')
  const folder = path.join(here.work, 'ecluse-dashboard')
  expect(published.outputs).toEqual({ folder, page: path.join(folder, 'index.html'), environments: '1', deliveries: '2', live: '{"production":"2"}', gaps: '0', reason: 'published', traceparent: '' })
  expect(published.code).toBe(0)
  expect(published.summary).toContain('| production | 2 |')
  expect(writes()).toEqual([])
  const names = (await readdir(folder)).toSorted()
  expect(names).toEqual(expect.arrayContaining(['index.html']))
  const all = (await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')))).join('\n')
  for (const part of ['A bell for the door', 'ecluse_deployments_total', '<feed']) expect(all).toContain(part)
  expect(shownOf([...Object.values(planted), TOKEN], all)).toEqual([])
})

test('setup-environments plans, makes it so, finds nothing to do, and then what somebody changed by hand', async () => {
  const { github } = here
  const setup = (mode: string): Promise<ActionResult> => step('setup-environments', { mode, token: planted.admin })
  const before = github.state.get('environments', 'production')
  github.forget()
  const planned = await setup('plan')
  expect(planned.outputs).toMatchObject({ reason: 'planned', changed: '0' })
  expect(Number(planned.outputs['differences'])).toBeGreaterThanOrEqual(4)
  expect(planned.summary).toContain('REGION')
  expect(writes()).toEqual([])
  expect(github.state.get('environments', 'production')).toEqual(before)

  expect((await setup('apply')).outputs).toMatchObject({ reason: 'secret-missing' })
  expect(github.state.get('environments', 'production')).toMatchObject({ waitTimer: 30 })
  expect(github.variable('production', 'REGION')).toBe('eu-west-3')
  github.setSecret('production', 'DATABASE_URL', planted.stored)
  const again = await setup('apply')
  expect(again.outputs).toMatchObject({ reason: 'in-step', differences: '0', changed: '0' })
  const checked = await setup('check')
  expect(checked.outputs).toMatchObject({ reason: 'in-step', differences: '0' })
  expect(checked.code).toBe(0)

  github.setVariable('production', 'REGION', 'us-east-1')
  github.forget()
  const drifted = await setup('check')
  expect(drifted.outputs).toMatchObject({ reason: 'drift', differences: '1', changed: '0' })
  expect(drifted.code).toBe(1)
  expect(drifted.summary).toMatch(/REGION.*us-east-1.*eu-west-3/)
  expect(writes()).toEqual([])
})

test('all of it is on record once, and nothing that is secret is kept', async () => {
  expect(told(here.github, tasks.delivery).map(({ description }) => description)).toEqual(['promote 1 by ada', 'promote 2 by ada'])
  const kept = JSON.stringify([here.github.state.all('deployments'), here.github.state.all('deploymentStatuses'), here.github.state.all('commitStatuses'), here.github.state.all('variables')])
  expect(shownOf([...Object.values(planted), TOKEN], kept)).toEqual([])
})
