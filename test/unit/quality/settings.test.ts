import { describe, expect, test } from '@jest/globals'
import { loadQuality } from '../../../core/config/load-quality.js'
import { InputError } from '../../../core/errors/families.js'
import type { QualitySettings } from '../../../core/domain/quality/settings.js'

const load = (file: string | undefined, overrides: Readonly<Record<string, string>> = {}): Promise<QualitySettings> =>
  loadQuality({ files: { textIfThere: async () => file }, path: '/checkout/ecluse.yml', shownAs: 'ecluse.yml', optional: true, overrides, env: {}, fallbackApp: 'shop' })

const problems = async (file: string | undefined, overrides: Readonly<Record<string, string>> = {}): Promise<readonly string[]> =>
  load(file, overrides).then(() => [], (fault: unknown) => {
    if (fault instanceof InputError) return fault.problems.map(({ message, fix = '' }) => `${message} ${fix}`.trim())
    throw fault
  })

const file = `quality:
  prepare: npm ci
  lint: npm run lint
  test: { run: npm test, within: 20m, junit: reports/*.xml, coverage: [a.info, b.info], reruns: true }
  analysis: { run: semgrep scan, folder: web, sarif: out.sarif, accept: [0, 1] }
  audit: { run: 'npm audit --json > audit.json', advisories: audit.json, accept: [0, 1] }
  reports: { junit: earlier.xml }
  thresholds: { coverage: 80%, branch-coverage: 70.5%, coverage-drop: 1%, tests: 10, skipped-tests: 3, flaky-tests: 0, sarif: { warning: 20, only-new: true }, advisories: { moderate: 5 } }
`

test('a file says what is run and wanted', async () => {
  const report = (kind: string, path: string, reruns = false): object => ({ kind, path, reruns })
  expect(await load(file)).toEqual({
    prepare: { name: 'prepare', script: 'npm ci', accept: [0], reports: [] },
    commands: [
      { name: 'lint', script: 'npm run lint', accept: [0], reports: [] },
      { name: 'test', script: 'npm test', withinMs: 1_200_000, accept: [0], reports: [report('junit', 'reports/*.xml', true), report('coverage', 'a.info', true), report('coverage', 'b.info', true)] },
      { name: 'analysis', script: 'semgrep scan', folder: 'web', accept: [0, 1], reports: [report('sarif', 'out.sarif')] },
      { name: 'audit', script: 'npm audit --json > audit.json', accept: [0, 1], reports: [report('advisories', 'audit.json')] },
    ],
    reports: [report('junit', 'earlier.xml')],
    thresholds: {
      coverage: 80, branchCoverage: 70.5, coverageDrop: 1, tests: 10, failedTests: 0, skippedTests: 3, flakyTests: 0,
      sarif: { error: 0, warning: 20 }, onlyNew: true, advisories: { critical: 0, high: 0, moderate: 5, unknown: 0 },
    },
  })
})

test('inputs say it without a file', async () => {
  const settings = await load(undefined, { commands: 'lint: npm run lint\ntest: { run: npm test, junit: a.xml }', prepare: 'npm ci', junit: 'b.xml\nc.xml', coverage: 'lcov.info', thresholds: '{ coverage: 80% }' })
  expect(settings.commands.map(({ name, script }) => [name, script])).toEqual([['lint', 'npm run lint'], ['test', 'npm test']])
  expect(settings.prepare?.script).toBe('npm ci')
  expect(settings.reports.map(({ kind, path }) => `${kind} ${path}`)).toEqual(['junit b.xml', 'junit c.xml', 'coverage lcov.info'])
  expect(settings.thresholds).toMatchObject({ coverage: 80, failedTests: 0, sarif: { error: 0 }, advisories: { critical: 0, high: 0, unknown: 0 } })
})

test('commands that are given take the place of those in the file; what is wanted stays', async () => {
  const settings = await load(file, { commands: 'test: { run: make test, coverage: x.info, sarif: x.sarif, advisories: a.json }', junit: 'only.xml' })
  expect(settings.commands.map(({ name }) => name)).toEqual(['test'])
  expect(settings.prepare?.script).toBe('npm ci')
  expect(settings.reports.map(({ path }) => path)).toEqual(['only.xml'])
  expect(settings.thresholds.coverage).toBe(80)
})

test('without anything there is nothing to run', async () => {
  expect(await load(undefined)).toMatchObject({ commands: [], reports: [] })
})

test('a script keeps its own variables', async () => {
  const [lint] = (await load('quality: { lint: "npx eslint ${FILES:-src}" }')).commands
  expect(lint?.script).toBe('npx eslint ${FILES:-src}')
})

describe('is refused, with its place:', () => {
  test.each([
    ['a key of a command', 'quality:\n  test: { run: npm test, jnit: a.xml }', ['ecluse.yml:2:26: `quality.test.jnit` is not a key that exists here. Did you mean `junit`? It could be run, folder, within, accept, reruns, junit, coverage, sarif, advisories.']],
    ['a command without its text', 'quality:\n  test: { junit: a.xml }', ['ecluse.yml:2:3: `quality.test.run` is missing. Write a text that is not empty.']],
    ['a number as a command', 'quality: { test: 3 }', ['ecluse.yml:1:12: `quality.test` is 3. Write a command, or a mapping with `run`.']],
    ['a name', 'quality: { "my tests": npm test }', ['ecluse.yml:1:12: `quality.my tests` is "npm test". Write the name of a command with at most 40 letters, digits, `.`, `_` and `-`, beginning with a letter.']],
    ['other exit codes without a report', 'quality: { scan: { run: x, accept: [0, 1] } }', ['ecluse.yml:1:28: `quality.scan.accept` is [0,1]. Write a report beside `accept`: else nothing would say what the tool found.']],
    ['a variable that would not be replaced', "quality: { lint: 'x ${env:FILES}' }", ['ecluse.yml:1:12: `quality.lint` is "x ${env:FILES}". Write a command that reads its variables itself, as `$NAME`: `${env:NAME}` is not replaced in it.']],
    ['a threshold without a report', 'quality: { test: npm test, thresholds: { coverage: 80%, skipped-tests: 0 } }', [
      'ecluse.yml:1:42: `quality.thresholds.coverage` can not be measured: no report is named under `coverage`. Name one with `coverage`, of a command or under `reports`.',
      'ecluse.yml:1:57: `quality.thresholds.skipped-tests` can not be measured: no report is named under `junit`. Name one with `junit`, of a command or under `reports`.',
    ]],
    ['a threshold of another name', 'quality: { thresholds: { covrage: 80% } }', [expect.stringContaining('Did you mean `coverage`?')]],
    ['a share that is none', 'quality: { test: { run: x, coverage: a }, thresholds: { coverage: 80 } }', ['ecluse.yml:1:57: `quality.thresholds.coverage` is 80. Write a share, such as `1%` or `0.5%`.']],
  ])('%s', async (_, text, wanted) => {
    expect(await problems(text)).toEqual(wanted)
  })

  test('what is wrong in inputs, by their names', async () => {
    expect(await problems(undefined, { commands: 'npm test' })).toEqual(['Input `commands` is no mapping of names and commands. Write one `name: command` a line.'])
    expect(await problems(undefined, { commands: 'a: [' })).toEqual([expect.stringMatching(/^Input `commands` is not YAML: .* Write one `name: command` a line\.$/)])
    expect(await problems(undefined, { commands: 'test: { rn: x }' })).toEqual([expect.stringContaining('Input `commands`: `quality.test.'), expect.anything()])
    expect(await problems(undefined, { thresholds: '{ coverage: much }' })).toEqual([expect.stringContaining('Input `thresholds`: `quality.thresholds.coverage` is "much".')])
  })
})
