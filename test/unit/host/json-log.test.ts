import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startOtlp } from '../../support/services/otlp.js'
import { makeSuite, outputOf, startToy, type Ended } from './toy/bundle.js'

const SECRET = 'hunter2/very "secret"'
let suite: { root: string; remove(): void }
beforeAll(async () => {
  suite = await makeSuite()
})
afterAll(() => suite.remove())

const onRunner = (env: Record<string, string>): Promise<Ended> => startToy({ root: suite.root, face: 'runner', env: { ECLUSE_LOG: 'json', GITHUB_RUN_ID: '77', ...env } }).ended

interface Line {
  readonly level: string
  readonly message: string
  readonly [more: string]: unknown
}

/** Every line that is no command to the runner; each must be JSON. */
const linesOf = (text: string): readonly Line[] => text.trimEnd().split('\n').filter((line) => !line.startsWith('::')).map((line): Line => JSON.parse(line))

test('every line is JSON with what the lines of a run have in common; annotations come out beside it', async () => {
  const ended = await onRunner({ INPUT_DO: 'leak', INPUT_DATABASE: SECRET, RUNNER_DEBUG: '1' })
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  const lines = linesOf(ended.stdout)
  for (const line of lines) expect(line).toMatchObject({ action: 'toy', run: '77', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) })
  expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual(expect.arrayContaining(['info step *** ***', 'info info *** ***', 'warn warn *** ***', 'error error *** ***', 'debug debug *** ***', 'info ***']))
  expect(lines.find(({ message }) => message.startsWith('step'))).toMatchObject({ heading: true, delivery: 'd-1' })
  expect(ended.stdout).toContain('::warning title=toy::warn *** ***\n')
  expect(ended.stdout).toContain('::error title=toy::error *** ***\n')
  const told = ended.stdout.split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n')
  for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1), 'hunter2']) expect(told).not.toContain(form)
})

test('what keeps the action from its work is there too, and as an annotation', async () => {
  const ended = await onRunner({ INPUT_DO: 'fail' })
  expect(ended.code).toBe(1)
  expect(linesOf(ended.stdout).at(-1)).toMatchObject({ level: 'error', message: 'Nothing serves in `production`. Deploy one first. (nothing-live)' })
  expect(ended.stdout).toContain('::error title=toy::Nothing serves in `production`. Deploy one first. (nothing-live)')
})

test('nobody gives the runner commands through it, but what they ask to hide is hidden', async () => {
  const { stdout } = await onRunner({ INPUT_DO: 'command' })
  expect(stdout).not.toMatch(/^\s*::(?:error|set-output)/m)
  expect(stdout).not.toContain('##[')
  expect(stdout).toContain('::add-mask::later-secret\n')
  expect(linesOf(stdout).map(({ message }) => message)).toContain('now *** is out')
})

test('what is more than GitHub keeps as annotations stays JSON', async () => {
  const ended = await onRunner({ INPUT_DO: 'grumble' })
  const lines = linesOf(ended.stdout)
  expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual(Array.from({ length: 12 }, (_, index) => `warning ${index}`))
  expect(ended.stdout.match(/^::warning/gm)).toHaveLength(10)
})

test('the lines of a run that is followed say where in the trace they belong', async () => {
  const receiver = await startOtlp()
  const ended = await onRunner({ INPUT_DO: 'trace', INPUT_DATABASE: SECRET, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })
  await receiver.stop()
  const [, trace] = (outputOf(ended, 'traceparent') ?? '').split('-')
  const idOf = (name: string): string => receiver.spans.find((span) => span.name === name)!.id
  const lines = linesOf(ended.stdout)
  expect(new Set(lines.map((line) => line['trace']))).toEqual(new Set([trace]))
  expect(lines.find(({ message }) => message === 'Ask')).toMatchObject({ span: idOf('Ask') })
  expect(lines.find(({ message }) => message.startsWith('said: '))).toMatchObject({ delivery: 'd-7' })
})

test('in a terminal they are on standard error, and the summary stays for people', async () => {
  const ended = await startToy({ root: suite.root, face: 'terminal', argv: ['--word', 'hello', '--do', 'well'], env: { ECLUSE_LOG: 'json' } }).ended
  expect(ended.code).toBe(0)
  expect(linesOf(ended.stderr).map(({ message }) => message)).toEqual(['Speak', 'hello', 'said: It said.'])
  expect(ended.stdout).toContain('Toy: said')
})

test('`ECLUSE_ENV` can ask for it, without hiding the word itself everywhere', async () => {
  const ended = await onRunner({ ECLUSE_LOG: '', ECLUSE_ENV: 'ECLUSE_LOG=json\nPASSWORD=jsonnosj', INPUT_WORD: 'evidence.json and jsonnosj' })
  expect(linesOf(ended.stdout).map(({ message }) => message)).toContain('evidence.json and ***')
  expect(outputOf(ended, 'said')).toBe('evidence.json and ***')
})

test('another word than these two is refused', async () => {
  const ended = await onRunner({ ECLUSE_LOG: 'jsno' })
  expect(outputOf(ended, 'reason')).toBe('invalid-input')
  expect(ended.stdout).toContain('The environment variable `ECLUSE_LOG` is "jsno". Set it to `json` or `text`. (input-invalid)')
})
