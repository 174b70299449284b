import { z } from 'zod'
import { levels } from '../domain/quality/findings.js'
import { severities } from '../domain/quality/advisories.js'
import { duration, share, text, whole, yesNo } from './words.js'

const MOST = 1_000_000
const NAME = /^[A-Za-z][A-Za-z0-9._-]{0,39}$/

const paths = (meaning: string, ...examples: string[]): z.ZodType<string | string[]> => {
  const error = 'a path or a list of paths, relative to the checkout; `*`, `**` and `?` stand for more'
  return z.union([z.string().min(1), z.array(z.string().min(1)).min(1)], { error }).meta({ description: meaning, examples })
}

const reportKeys = {
  junit: paths('JUnit reports that must be there, with tests in them.', 'reports/junit.xml', 'target/surefire-reports/TEST-*.xml').optional(),
  coverage: paths("Coverage reports: lcov, Cobertura's or JaCoCo's XML, Istanbul's json-summary.", 'coverage/lcov.info').optional(),
  sarif: paths('Findings as SARIF 2.1.0.', 'semgrep.sarif').optional(),
  advisories: paths('What `npm audit`, `pnpm audit` or `pip-audit` wrote as JSON.', 'audit.json').optional(),
}

const script = text('A command, run as a workflow\'s `run:` would be.', 'npm run lint')
  .refine((value) => !value.includes('${env:'), { error: 'a command that reads its variables itself, as `$NAME`: `${env:NAME}` is not replaced in it' })

const how = {
  run: script,
  folder: text('Folder that it runs in, relative to the checkout; paths of its reports are relative to it.', 'packages/web').optional(),
  within: duration('Time limit. Default: that of the input `within`.').optional(),
}

const mapping = z.strictObject({
  ...how,
  accept: z.array(whole('Exit code.', 0, 255), { error: 'a list of exit codes, such as `[0, 1]`' }).min(1, { error: 'at least one exit code' })
    .meta({ description: 'Exit codes of a tool that did its work. Others than 0 need a report that says what was found.', default: [0], examples: [[0, 1]] }).optional(),
  reruns: yesNo('Every try of a test is a case of its own in its JUnit reports: the last one counts.', false).optional(),
  ...reportKeys,
}).refine(({ accept = [0], junit, coverage, sarif, advisories }) => accept.every((code) => code === 0) || [junit, sarif, coverage, advisories].some((found) => found !== undefined), {
  error: 'a report beside `accept`: else nothing would say what the tool found', path: ['accept'],
})

export const commandSchema = z.union([script, mapping], { error: 'a command, or a mapping with `run`' })
  .meta({ description: 'A command of yours by a name of yours: one text, or a mapping.', examples: ['npm run lint'] })

const prepareSchema = z.union([script, z.strictObject(how)], { error: 'a command, or a mapping with `run`' })
  .meta({ description: 'A command that is run alone before all others.', examples: ['npm ci'] })

const most = (meaning: string): z.ZodOptional<z.ZodNumber> => whole(meaning, 0, MOST).optional()

const thresholds = z.strictObject({
  coverage: share('Covered lines, at least.').optional(),
  'branch-coverage': share('Covered branches, at least.').optional(),
  'coverage-drop': share('Percentage points that covered lines may be below those recorded for the commit before.').optional(),
  tests: whole('Tests that were run, at least.', 1, MOST, 1).optional(),
  'failed-tests': whole('Tests that may fail.', 0, MOST, 0).optional(),
  'skipped-tests': most('Tests that may be skipped.'),
  'flaky-tests': most('Tests that may pass only when tried again.'),
  sarif: z.strictObject({
    error: whole('Findings of level `error`, at most.', 0, MOST, 0).optional(),
    ...Object.fromEntries(levels.filter((level) => level !== 'error').map((level) => [level, most(`Findings of level \`${level}\`, at most.`)])),
    'only-new': yesNo('Findings that the tool knows from its baseline do not count.', false).optional(),
  }).meta({ description: 'Findings of static analysis, by level.', examples: [{ error: 0, warning: 20 }] }).optional(),
  advisories: z.strictObject(Object.fromEntries(severities.map((severity) => [severity, most(`Dependencies with a known weakness of severity \`${severity}\`, at most.`)])))
    .meta({ description: 'Known weaknesses of dependencies, by severity. Default: none that is critical, high or of unknown severity.', examples: [{ critical: 0, high: 0, moderate: 5 }] }).optional(),
}).meta({ description: 'What was measured must hold these.', examples: [{ coverage: '80%', 'failed-tests': 0, sarif: { error: 0, warning: 20 } }] })

/** Keys that are no commands. */
export const reservedKeys = ['prepare', 'reports', 'thresholds'] as const

export const qualitySchema = z.object({
  prepare: prepareSchema.optional(),
  reports: z.strictObject(reportKeys).meta({ description: 'Reports that steps before this one have written.', examples: [{ junit: 'reports/*.xml' }] }).optional(),
  thresholds: thresholds.optional(),
}).catchall(commandSchema).superRefine((value, context) => {
  for (const name of Object.keys(value)) {
    if (!NAME.test(name)) context.addIssue({ code: 'custom', path: [name], message: 'the name of a command with at most 40 letters, digits, `.`, `_` and `-`, beginning with a letter' })
  }
}).meta({ description: 'What quality-gate runs and wants: your commands by name, run side by side.', examples: [{ lint: 'npm run lint', test: { run: 'npm test', junit: 'reports/junit.xml' } }] })

export type CommandFile = z.infer<typeof commandSchema>
export type ReportsFile = Pick<z.infer<typeof mapping>, keyof typeof reportKeys>
export type ThresholdsFile = z.infer<typeof thresholds>
export type QualityFile = z.infer<typeof qualitySchema>
