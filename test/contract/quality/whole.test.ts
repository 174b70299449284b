import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { alive } from './alive.js'
import { QualityLab, SECRET } from './lab.js'
import { makeSuite, type Ended, type Started, type Suite } from './suite.js'

let suite: Suite
let lab: QualityLab

beforeAll(async () => {
  suite = await makeSuite()
})
afterAll(() => suite.remove())
beforeEach(async () => {
  lab = await QualityLab.open()
})
afterEach(async () => {
  await lab.close()
})

const start = (inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Promise<Started> =>
  suite.start({ work: lab.work, inputs, env: { GITHUB_API_URL: lab.github.url, GITHUB_SHA: lab.commit, ...env } })
const run = async (inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Promise<Ended> => (await start(inputs, env)).ended

/** Starts a command with a child of its own; resolves when both run. */
async function sleeping(): Promise<Started & { readonly grandchild: number }> {
  const started = await start({ commands: 'slow: |\n  mkdir -p seen\n  sleep 300 &\n  echo $! > seen/pid\n  wait\nother: sleep 300' })
  const file = path.join(lab.work, 'seen', 'pid')
  while (!existsSync(file) || readFileSync(file, 'utf8').trim() === '') await new Promise((resolve) => { setTimeout(resolve, 20) })
  return { ...started, grandchild: Number(readFileSync(file, 'utf8')) }
}

describe('on a runner', () => {
  test('without a file it runs what its inputs say, records it, and another step can require it', async () => {
    const ended = await run({
      commands: "lint: echo clean\ntest: |\n  mkdir -p reports\n  echo '<testsuite><testcase name=\"a\"/></testsuite>' > reports/junit.xml", junit: 'reports/*.xml', thresholds: '{ tests: 1 }', parallel: '1',
    })
    expect(ended).toMatchObject({ code: 0, outputs: { reason: 'passed', status: 'success', tests: '1', commit: lab.commit, url: 'https://github.example/acme/shop/actions/runs/4711/attempts/1' } })
    expect(ended.summary).toContain('## Quality: passed')
    expect(ended.summary).toContain('| lint | ok |')
    expect(lab.statuses()).toEqual(['pending', 'success'])
    const required = await run({ mode: 'require' })
    expect(required).toMatchObject({ code: 0, outputs: { reason: 'passed', status: 'success', commit: lab.commit } })
    expect(await run({ mode: 'require', commit: 'f'.repeat(40), 'appear-within': '1s' })).toMatchObject({ code: 1, outputs: { reason: 'quality-missing' } })
  })

  test('it reads ecluse.yml, fails red, and marks the place', async () => {
    await lab.push({ 'ecluse.yml': "app: shop\nquality:\n  test:\n    run: |\n      mkdir -p reports\n      echo '<testsuite><testcase name=\"a\" file=\"src/a.ts\" line=\"7\"><failure message=\"no\"/></testcase></testsuite>' > reports/junit.xml\n    junit: reports/junit.xml\n" })
    const ended = await run({})
    expect(ended).toMatchObject({ code: 1, outputs: { reason: 'thresholds-missed', status: 'failure', 'failed-tests': '1' } })
    expect(ended.said).toContain('::error title=quality-gate,file=src/a.ts,line=7::a (src/a.ts:7)%0Ano')
    expect(ended.said).toContain('`failed-tests` is 1, and at most 0 is wanted.')
    expect(lab.statuses()).toEqual(['pending', 'failure'])
  })

  test('killed in the middle it leaves the commit pending, and pending is no success', async () => {
    const { child, ended, grandchild } = await sleeping()
    child.kill('SIGKILL')
    expect(await ended).toMatchObject({ signal: 'SIGKILL' })
    process.kill(grandchild, 'SIGKILL')
    expect(lab.statuses()).toEqual(['pending'])
    expect(await run({ mode: 'require', within: '1s' })).toMatchObject({ code: 1, outputs: { reason: 'quality-pending-timeout', status: 'pending' } })
  })

  test('cancelled it stops all it started and says so, before the runner would kill it', async () => {
    const { child, ended, grandchild } = await sleeping()
    const from = performance.now()
    child.kill('SIGINT')
    const result = await ended
    expect(performance.now() - from).toBeLessThan(7500)
    expect(result.outputs['reason']).toBe('cancelled')
    expect(alive(grandchild)).toBe(false)
    expect(lab.statuses()).toEqual(['pending', 'error'])
  })

  test('no secret appears, whatever a tool writes', async () => {
    const ended = await run({
      commands: `test: |\n  mkdir -p reports\n  echo "token $API_TOKEN"\n  printf '<testsuite><testcase name="%s"><failure message="%s">%s</failure></testcase></testsuite>' "$API_TOKEN" "$API_TOKEN" "$API_TOKEN" > reports/junit.xml\n  exit 1`,
      junit: 'reports/junit.xml',
    }, { ECLUSE_ENV: `API_TOKEN=${SECRET}` })
    expect(ended.outputs['reason']).toBe('commands-failed')
    const shown = [ended.said.split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n'), ended.summary, JSON.stringify(ended.outputs), JSON.stringify(lab.github.calls)].join('\n')
    expect(shown).toContain('***')
    expect(shown).not.toContain('hunter2')
  })

  test('every bad input is told at once', async () => {
    const ended = await run({ mode: 'maybe', commit: 'abc', parallel: '0', within: 'long' })
    expect(ended.outputs['reason']).toBe('invalid-input')
    expect(ended.said.match(/^::error /gm)).toHaveLength(4)
  })
})

describe('in a terminal', () => {
  test('it runs what the file says, and records nothing without a repository', async () => {
    lab.write('ecluse.yml', 'quality: { lint: echo clean }\n')
    const ended = await suite.type(lab.work, [])
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.said).toContain('passed-unrecorded')
    expect(lab.statuses()).toEqual([])
  })

  test('it explains itself', async () => {
    const { code, said } = await suite.type(lab.work, ['--help'])
    expect(code).toBe(0)
    for (const flag of ['--mode', '--commands', '--thresholds']) expect(said).toContain(flag)
  })
})
