import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fixtures } from '../../unit/quality/lab.js'
import { alive } from './alive.js'
import { QualityLab, RUN, SECRET } from './lab.js'

let lab: QualityLab
beforeEach(async () => {
  lab = await QualityLab.open()
})
afterEach(async () => {
  await lab.close()
})

const fixture = (file: string, as: string): string => `mkdir -p "$(dirname '${as}')"; cp '${path.join(fixtures, file)}' '${as}'; touch '${as}'`
const GOOD = '<testsuite name="s"><testcase name="a" time="0.5"/><testcase name="b"/></testsuite>'
const tests = (xml: string): string => `mkdir -p reports; cat > reports/junit.xml <<'END'\n${xml}\nEND\n:`
const until = (file: string): string => `mkdir -p seen; for _ in $(seq 400); do [ -e seen/${file} ] && exit 0; sleep 0.05; done; exit 1`
/** Each says that it has begun, and waits for the other. */
const meeting = { one: `mkdir -p seen; touch seen/one; ${until('two')}`, two: `mkdir -p seen; touch seen/two; ${until('one')}` }

describe('what passes', () => {
  test('is pending first and a success in the end, for exactly this commit, with the counts', async () => {
    const found = await lab.run({
      lint: 'echo clean',
      test: { run: `${tests(GOOD)}; ${fixture('covered/lcov.info', 'reports/lcov.info')}; [ "$ECLUSE_COMMIT" = "${lab.commit}" ]`, junit: 'reports/junit.xml', coverage: 'reports/lcov.info' },
      analysis: { run: fixture('sarif/analysis.sarif', 'reports/a.sarif'), sarif: 'reports/a.sarif' },
      thresholds: { coverage: '60%', 'branch-coverage': '30%', tests: 2, sarif: { error: 4, warning: 2 } },
    })
    expect(found).toMatchObject({ ok: true, reason: 'passed', outputs: { commit: lab.commit, status: 'success', url: RUN, tests: '2', 'failed-tests': '0', coverage: '66.66', findings: '8' } })
    expect(lab.statuses()).toEqual(['pending', 'success'])
    expect(lab.descriptions()).toEqual(['running lint, test, analysis', 'passed; coverage 66.66 %; 3 commands; 2 tests, 0 failed; 4 errors, 2 warnings'])
    expect(lab.github.state.all('commitStatuses').map(({ targetUrl }) => targetUrl)).toEqual([RUN, RUN])
    expect(lab.told).toContain('lint     | clean')
  })

  test('has its say in one summary', async () => {
    const { summary } = await lab.run({ test: { run: `${fixture('junit/pytest.xml', 'reports/junit.xml')}; exit 1`, junit: 'reports/junit.xml' }, audit: { run: `${fixture('audit/npm.json', 'reports/audit.json')}; exit 1`, accept: [0, 1], advisories: 'reports/audit.json' }, analysis: { run: fixture('sarif/analysis.sarif', 'reports/a.sarif'), sarif: 'reports/a.sarif' } })
    const tables = new Map(summary.parts.flatMap((part) => (part.kind === 'table' && part.title !== undefined ? [[part.title, part.rows] as const] : [])))
    expect(tables.get('Commands')?.map(([name, result, , ended]) => [name, result, ended])).toEqual([['test', 'failed', 'with exit code 1'], ['audit', 'ok', 'with exit code 1'], ['analysis', 'ok', 'with exit code 0']])
    expect(tables.get('Thresholds')?.filter(([, , , holds]) => holds === 'no')).toEqual([['failed-tests', 'at most 0', '2', 'no'], ['sarif.error', 'at most 0', '4', 'no'], ['advisories.high', 'at most 0', '1', 'no']])
    expect(tables.get('Failed tests')?.[0]).toEqual(['tests.test_cart › test_counts[2-3]', 'tests/test_cart.py:11', 'assert 3 == 2\n +  where 3 = count()\ndef test_counts():'])
    expect(tables.get('Slowest tests')?.[0]).toEqual(['tests.test_db › test_opens', '50 ms'])
    expect(tables.get('Findings by rule')?.[0]).toEqual(['error', 'js.eval', 'Semgrep OSS', '3', 'src/cart.js:12'])
    expect(tables.get('Dependencies with known weaknesses')?.[0]?.[0]).toBe('high')
    expect(lab.annotations).toContainEqual({ text: expect.stringContaining('test_counts[2-3] (tests/test_cart.py:11)\nassert 3 == 2'), at: { file: 'tests/test_cart.py', line: 11 } })
    expect(lab.annotations).toContainEqual({ text: 'js.eval (src/cart.js:12): eval of what a user sent', at: { file: 'src/cart.js', line: 12 } })
    expect(lab.annotations.length).toBeLessThan(10)
  })

  test('is another thing when nothing is recorded', async () => {
    expect(await lab.run({ lint: 'true' }, { record: false })).toMatchObject({ ok: true, reason: 'passed-unrecorded', outputs: { status: '' } })
    expect(lab.github.calls.filter(({ method }) => method === 'POST')).toEqual([])
  })
})

describe('commands', () => {
  test('that ask the runner to hide a value are heard: what stands before such a line would make it a text', async () => {
    await lab.run({ lint: "echo '::add-mask::planted'; echo shown" })
    expect(lab.told).toContain('::add-mask::planted')
    expect(lab.told.filter((line) => line.includes('planted'))).toEqual(['::add-mask::planted'])
    expect(lab.told).toContain('lint | shown')
  })

  test('run side by side', async () => {
    expect(await lab.run(meeting, { parallel: 2 })).toMatchObject({ reason: 'passed' })
  })

  test('run no more at a time than is said', async () => {
    const found = await lab.run({ one: { run: meeting.one, within: '3s' }, two: meeting.two }, { parallel: 1 })
    expect(found).toMatchObject({ reason: 'commands-failed', message: '`one` ended not within 3.0 s: stopped.' })
  })

  test('all run to their end although one fails, and everything is told at once', async () => {
    const found = await lab.run({
      lint: 'echo a.ts:1 bad; exit 3',
      test: { run: tests('<testsuite tests="0"/>'), junit: 'reports/junit.xml', coverage: 'reports/none.info' },
      slow: { run: 'sleep 60', within: '300ms' },
      elsewhere: { run: 'true', folder: 'no/such' },
      late: 'mkdir -p seen; touch seen/late',
    }, { parallel: 2 })
    expect(found).toMatchObject({ ok: false, reason: 'commands-failed', outputs: { status: 'failure' } })
    for (const part of ['`lint` ended with exit code 3.', '`slow` ended not within 300 ms: stopped.', '`elsewhere` was not run in `no/such`', 'Report `reports/none.info`: there is no such file.', 'Report `reports/junit.xml`: it holds no test.']) expect(found.message).toContain(part)
    expect(existsSync(path.join(lab.work, 'seen', 'late'))).toBe(true)
    expect(lab.statuses()).toEqual(['pending', 'failure'])
    expect(lab.descriptions().at(-1)).toBe('commands-failed (lint, slow, elsewhere); 5 commands; 0 tests, 0 failed')
    expect(found.summary.parts).toContainEqual({ kind: 'details', title: 'Last lines of lint', text: 'a.ts:1 bad' })
  })

  test('wait for the one before all', async () => {
    expect(await lab.run({ prepare: 'mkdir -p seen; touch seen/ready', lint: '[ -e seen/ready ]' })).toMatchObject({ reason: 'passed' })
    expect(await lab.run({ prepare: 'echo no network; exit 1', lint: 'touch seen/never' })).toMatchObject({ reason: 'prepare-failed', message: '`prepare` ended with exit code 1.' })
    expect(existsSync(path.join(lab.work, 'seen', 'never'))).toBe(false)
    expect(lab.statuses()).toEqual(['pending', 'success', 'pending', 'failure'])
  })

  test('cancelled in the middle are stopped with all they started, and leave no success', async () => {
    const run = lab.run({ one: 'mkdir -p seen; sleep 300 & echo $! > seen/pid; wait', two: 'sleep 300', three: 'touch seen/three' }, { parallel: 2 })
    while (!existsSync(path.join(lab.work, 'seen', 'pid')) || readFileSync(path.join(lab.work, 'seen', 'pid'), 'utf8').trim() === '') await new Promise((resolve) => { setTimeout(resolve, 20) })
    const child = Number(readFileSync(path.join(lab.work, 'seen', 'pid'), 'utf8'))
    expect(alive(child)).toBe(true)
    lab.controller.abort(new Error('cancelled'))
    expect(await run).toMatchObject({ ok: false, reason: 'cancelled' })
    expect(alive(child)).toBe(false)
    expect(existsSync(path.join(lab.work, 'seen', 'three'))).toBe(false)
    expect(lab.statuses()).toEqual(['pending', 'error'])
  })
})

describe('reports', () => {
  const only = (kind: string, file: string, more: object = {}): object => ({ test: { run: fixture(file, 'reports/x'), [kind]: 'reports/x', ...more } })

  test.each([
    ['that is not there', { test: { run: 'true', junit: 'reports/x' } }, 'report-missing'],
    ['without a test', only('junit', 'junit/empty.xml'), 'no-tests'],
    ['with nothing but skipped tests', { test: { run: tests('<testsuite><testcase name="a"><skipped/></testcase></testsuite>'), junit: 'reports/junit.xml' } }, 'no-tests'],
    ['that was cut off', only('junit', 'hostile/cut-off.xml'), 'report-unreadable'],
    ['that would multiply', only('junit', 'hostile/laughs.xml'), 'report-unreadable'],
    ['without a line', { test: { run: 'mkdir -p reports; printf "SF:a\\nend_of_record\\n" > reports/x', coverage: 'reports/x' } }, 'nothing-covered'],
    ['of a tool that broke off', { test: { run: `mkdir -p reports; echo '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}}}]}' > reports/x`, sarif: 'reports/x' } }, 'report-incomplete'],
    ['of an audit that failed', only('advisories', 'audit/failed.json'), 'report-unreadable'],
    ['with failed tests, though the command ended well', only('junit', 'junit/surefire.xml'), 'thresholds-missed'],
    ['with less coverage than is wanted', { ...only('coverage', 'covered/lcov.info'), thresholds: { coverage: '66.67%' } }, 'thresholds-missed'],
  ])('%s: never green', async (_, quality, reason) => {
    expect(await lab.run(quality)).toMatchObject({ ok: false, reason, outputs: { status: 'failure' } })
    expect(lab.statuses()).toEqual(['pending', 'failure'])
  })

  test('of an earlier run are stale for a command, and welcome where steps before have written them', async () => {
    lab.write('reports/junit.xml', GOOD)
    lab.git('check-ignore', 'reports/junit.xml')
    await new Promise((resolve) => { setTimeout(resolve, 2200) })
    expect(await lab.run({ test: { run: 'true', junit: 'reports/junit.xml' } })).toMatchObject({ reason: 'report-stale' })
    expect(await lab.run({ reports: { junit: 'reports/*.xml' } })).toMatchObject({ reason: 'passed', outputs: { tests: '2' } })
  })

  test('say what was measured and what is wanted', async () => {
    const { message } = await lab.run({ ...only('coverage', 'covered/lcov.info'), thresholds: { coverage: '80%', 'branch-coverage': '50%' } })
    expect(message).toBe('`coverage` is 66.66 % (4 of 6), and at least 80 % is wanted. `branch-coverage` is 33.33 % (1 of 3), and at least 50 % is wanted.')
  })
})

describe('coverage and the commit before', () => {
  const quality = (hit: number): object => ({
    test: { run: `mkdir -p reports; { echo SF:a; for i in $(seq 10); do [ $i -le ${hit} ] && echo "DA:$i,1" || echo "DA:$i,0"; done; echo end_of_record; } > reports/x`, coverage: 'reports/x' },
    thresholds: { 'coverage-drop': '10%' },
  })

  test('are compared through what is recorded, though the checkout holds one commit', async () => {
    expect(await lab.run(quality(9))).toMatchObject({ reason: 'thresholds-missed', message: '`coverage-drop` is not compared: none of the 1 commits before has a recorded coverage, and at most 10 percentage points is wanted.' })
    await lab.push({ 'a.txt': '1' })
    expect(await lab.run(quality(8))).toMatchObject({ reason: 'passed' })
    await lab.push({ 'a.txt': '2' })
    expect(await lab.run(quality(6))).toMatchObject({ reason: 'thresholds-missed', message: '`coverage-drop` is 60.00 % after 80.00 %, and at most 10 percentage points is wanted.' })
  })
})

describe('the commit', () => {
  test('that is checked out is the one that is meant, or nothing is run', async () => {
    const other = 'f'.repeat(40)
    const found = await lab.run({ lint: 'touch seen' }, { commit: other })
    expect(found).toMatchObject({ ok: false, reason: 'wrong-commit', message: expect.stringContaining(`Commit ${lab.commit} is checked out, and ${other} is meant.`) })
    expect(existsSync(path.join(lab.work, 'seen'))).toBe(false)
    expect(lab.statuses()).toEqual([])
  })

  test('is not what files say that differ from it', async () => {
    lab.write('README.md', 'changed')
    expect(await lab.run({ lint: 'true' })).toMatchObject({ reason: 'tree-dirty', message: expect.stringContaining('`README.md`') })
    expect(lab.statuses()).toEqual([])
    expect(await lab.run({ lint: 'true' }, { record: false })).toMatchObject({ reason: 'passed-unrecorded' })
  })

  test('may have files beside it that git does not know', async () => {
    lab.write('new.txt', 'x')
    expect(await lab.run({ lint: 'true' })).toMatchObject({ reason: 'passed' })
  })

  test('that a command repairs has not passed', async () => {
    expect(await lab.run({ lint: 'echo repaired > README.md' })).toMatchObject({ ok: false, reason: 'tree-changed', message: 'The commands have changed `README.md`.' })
    expect(lab.statuses()).toEqual(['pending', 'failure'])
  })
})

describe('the record', () => {
  test('that may not be written is told before anything is run, with the permission', async () => {
    lab.github.tokens.set('ghs_reader', { permissions: { contents: 'read', statuses: 'read' } })
    await expect(lab.run({ lint: 'mkdir -p seen; touch seen/it' }, { token: 'ghs_reader' })).rejects.toMatchObject({ code: 'github-permission', message: expect.stringContaining('statuses: write') })
    expect(existsSync(path.join(lab.work, 'seen'))).toBe(false)
  })

  test('that can not be written in the end is no success', async () => {
    lab.github.inject({ match: { method: 'POST', route: '/repos/{owner}/{repo}/statuses/{sha}', when: ({ body }) => (body as { state: string }).state === 'success' }, fault: { status: 422, body: { message: 'no' } } })
    await expect(lab.run({ lint: 'true' })).rejects.toMatchObject({ code: 'github-refused' })
    expect(lab.statuses()).toEqual(['pending', 'error'])
  })

  test('never holds a secret, nor does anything that is shown', async () => {
    const junit = `<testsuite name="s"><testcase name="says ${SECRET}"><failure message="${SECRET}">${SECRET} ${'x'.repeat(280)}${SECRET}</failure></testcase></testsuite>`
    const found = await lab.run({ test: { run: `${tests(junit)}; ${fixture('sarif/analysis.sarif', 'reports/a.sarif')}; sed -i 's/eval of what a user sent/${SECRET}/' reports/a.sarif`, junit: 'reports/junit.xml', sarif: 'reports/a.sarif' } })
    expect(found.reason).toBe('thresholds-missed')
    const shown = JSON.stringify([found, lab.annotations, lab.github.calls.map(({ body }) => body)])
    expect(shown).toContain('***')
    expect(shown).not.toMatch(/hunter2|very-secret/)
  })

  test('has room for the counts, however many commands failed', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `a-command-with-a-rather-long-name-${index}`)
    await lab.run(Object.fromEntries(names.map((name) => [name, 'exit 1'])))
    const last = lab.descriptions().at(-1)!
    expect(last.length).toBeLessThanOrEqual(140)
    expect(last).toMatch(/^commands-failed \(a-command-with-a-rather-long-name-0, a-command-.*, 10 more\); 12 commands$/)
  })
})

test('nothing to run is never a pass', async () => {
  expect(await lab.run({})).toMatchObject({ ok: false, reason: 'nothing-to-run' })
  expect(lab.statuses()).toEqual([])
})
