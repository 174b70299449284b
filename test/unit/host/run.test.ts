import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readFileSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import { makeSuite, outputOf, startToy, type Ended } from './toy/bundle.js'

const SECRET = 'hunter2/very "secret"'
let suite: { root: string; remove(): void }
beforeAll(async () => {
  suite = await makeSuite()
})
afterAll(() => suite.remove())

const onRunner = (env: Record<string, string> = {}, more = {}) => startToy({ root: suite.root, face: 'runner', env, ...more })
const inTerminal = (argv: string[], env: Record<string, string> = {}) => startToy({ root: suite.root, face: 'terminal', argv, env })
const everything = ({ stdout, stderr, outputs, state, summary }: Ended): string => [stdout, stderr, outputs, state, summary].join('\n')
/** What remains once the runner has taken its own commands to hide values. */
const visible = (ended: Ended): string => everything(ended).split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n')

describe('on a runner', () => {
  it('writes outputs, reason and summary, and ends with 0', async () => {
    const ended = await onRunner().ended
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect([outputOf(ended, 'said'), outputOf(ended, 'reason')]).toEqual(['hello', 'said'])
    expect(ended.summary).toContain('## Toy: said\n\n| What | Observed |')
    expect(ended.stdout).toContain('::group::Speak\nhello\nsaid: It said.\n::endgroup::')
  })

  it('ends with 1 and an annotation when the answer is bad', async () => {
    const ended = await onRunner({ INPUT_DO: 'refuse' }).ended
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('::error title=toy::It refused. (refused)')
    expect([outputOf(ended, 'said'), outputOf(ended, 'reason')]).toEqual(['hello', 'refused'])
  })

  it('lists every bad input at once', async () => {
    const ended = await onRunner({ INPUT_WORD: '', INPUT_COUNT: 'many', ECLUSE_ENV: 'nonsense' }).ended
    expect(ended.code).toBe(1)
    expect(ended.stdout.match(/^::error /gm)).toHaveLength(3)
    expect(ended.stdout).toContain('Input `count` is "many". Set it to a whole number. (input-invalid)')
    expect(outputOf(ended, 'reason')).toBe('invalid-input')
    expect(ended.summary).toContain('## toy: invalid-input')
  })

  it('says what was observed, what to do, and the code', async () => {
    const ended = await onRunner({ INPUT_DO: 'fail' }).ended
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('::error title=toy::Nothing serves in `production`. Deploy one first. (nothing-live)')
    expect(outputOf(ended, 'reason')).toBe('error')
  })

  it('is never green when the work stops in the middle and nothing is left to wait for', async () => {
    const ended = await onRunner({ INPUT_DO: 'hang' }).ended
    expect(ended.code).toBe(1)
    expect(ended.stdout).toContain('::error title=toy::This is a bug in Ecluse: the work stopped in the middle')
    expect(outputOf(ended, 'reason')).toBe('error')
  })

  it('shows where a bug comes from', async () => {
    const ended = await onRunner({ INPUT_DO: 'bug' }).ended
    expect(ended.code).toBe(1)
    expect(ended.stdout).toMatch(/::error title=toy::This is a bug in Ecluse.*TypeError: undefined is not a function%0A.*index\.js/)
  })

  it('keeps secrets out of everything', async () => {
    const database = 'postgres://me:s3cr%2Ft-pw@host/db'
    const ended = await onRunner({ INPUT_DO: 'leak', INPUT_DATABASE: SECRET, ECLUSE_ENV: `A="first line\nsecond line"\nOTHER='${SECRET} more'`, DATABASE_URL: database, RUNNER_DEBUG: '1' }).ended
    expect(ended.code).toBe(0)
    for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)]) expect(visible(ended)).not.toContain(form)
    expect(ended.stdout).toContain(`::add-mask::${SECRET}\n`)
    for (const hidden of ['first line', 'second line', 's3cr%252Ft-pw', 's3cr/t-pw']) expect(ended.stdout).toContain(`::add-mask::${hidden}\n`)
    expect(ended.stdout.indexOf('::add-mask::')).toBeLessThan(ended.stdout.indexOf('::group::'))
    expect(outputOf(ended, 'said')).toBe('hello ***')
    expect(ended.summary).toContain('extra')
    expect(ended.summary).not.toContain('hunter2')
    expect(ended.stdout).toContain('Output `said` holds a value that is marked secret')
    expect(ended.state).toContain('d-1')
  })

  it('lets nobody give the runner commands through the log, but hides what they ask to hide', async () => {
    const { stdout } = await onRunner({ INPUT_DO: 'command' }).ended
    expect(stdout).not.toMatch(/^\s*::(?:error|set-output)/m)
    expect(stdout).not.toContain('##[')
    expect(stdout).toContain('::add-mask::later-secret\n')
    expect(stdout).toContain('now *** is out')
  })

  it('does not need a summary file, and does not wait for what was left open', async () => {
    const ended = await onRunner({ INPUT_DO: 'linger' }, { summaryFile: false }).ended
    expect(ended.code).toBe(0)
    expect(ended.elapsedMs).toBeLessThan(30_000)
  })
})

describe('cancelled', () => {
  it('goes back, once, however often it is told', async () => {
    const run = onRunner({ INPUT_DO: 'wait' })
    await run.seen('waiting')
    run.child.kill('SIGINT')
    await run.seen('going back')
    run.child.kill('SIGTERM')
    const ended = await run.ended
    expect(ended.code).toBe(1)
    expect(outputOf(ended, 'reason')).toBe('went-back')
    expect(ended.stdout.match(/Cancelled/g)).toHaveLength(1)
  })

  it('says so when the action could not', async () => {
    const run = onRunner({ INPUT_DO: 'give' })
    await run.seen('waiting')
    run.child.kill('SIGTERM')
    const ended = await run.ended
    expect(ended.code).toBe(143)
    expect(outputOf(ended, 'reason')).toBe('cancelled')
    expect(ended.stdout).toContain('was stopped because the run was cancelled.')
  })

  it('ends by itself before it is killed, and says what is left', async () => {
    const run = onRunner({ INPUT_DO: 'stick' })
    await run.seen('waiting')
    const began = Date.now()
    run.child.kill('SIGINT')
    const ended = await run.ended
    expect(ended.code).toBe(130)
    // Before the runner kills it, after 10 s; what this machine needs to notice comes on top.
    expect(ended.stdout).toContain('going back did not end within 9 s')
    expect(Date.now() - began).toBeLessThan(25_000)
    expect(outputOf(ended, 'reason')).toBe('cancelled')
    expect(ended.stdout).toContain('Left to the post step or the next run: delivery d-1.')
  })
})

describe('what is left for the end', () => {
  it('is done after the work, the last given first, and changes nothing about it', async () => {
    const ended = await onRunner({ INPUT_DO: 'tidy' }).ended
    expect(ended.code).toBe(1)
    expect(ended.stdout.match(/tidied .*|::error .*(?=Nothing serves)/g)).toEqual(['::error title=toy::', 'tidied last given', 'tidied first given, whole'])
  })

  it('is done after a cancelled one too', async () => {
    const run = onRunner({ INPUT_DO: 'tidy', INPUT_WORD: 'cancelled' })
    await run.seen('waiting')
    run.child.kill('SIGINT')
    const ended = await run.ended
    expect(ended.code).toBe(130)
    expect(ended.stdout).toContain('tidied first given, cancelled')
  })

  it('is given up when it hangs, keeps nothing else from being done, and a good answer stays one', async () => {
    const ended = await onRunner({ INPUT_DO: 'clutter' }).ended
    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain('tidied all the same')
  })
})

describe('in a terminal', () => {
  it('takes flags, and shows summary and outputs', async () => {
    const ended = await inTerminal(['--word', 'hi', '--dry-run']).ended
    expect(ended.code).toBe(0)
    expect(ended.stderr).toBe('> Speak\n  hi\n  said: It said.\n')
    expect(ended.stdout).toBe('\nToy: said\n\n  What  Observed\n  word  hi\n\nOutputs\n  said    hi\n  reason  said\n')
  })

  it('ends with 2 when a flag can not be used, all at once', async () => {
    const ended = await inTerminal(['--wrod', 'hi', '--count=many'], { INPUT_WORD: 'not read here' }).ended
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('There is no flag `--wrod`. Did you mean `--word`?')
    expect(ended.stderr).toContain('Input `count` is "many".')
    expect(ended.stderr.match(/\(input-/g)).toHaveLength(3)
  })

  it('takes secrets from the environment only', async () => {
    const ended = await inTerminal(['--word', 'hi', '--do', 'leak'], { ECLUSE_DATABASE: SECRET }).ended
    expect(ended.code).toBe(0)
    expect(everything(ended)).not.toContain('hunter2')
    const refused = await inTerminal(['--word', 'hi', '--database', SECRET]).ended
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('set the environment variable `ECLUSE_DATABASE`')
    expect(everything(refused)).not.toContain(SECRET)
  })

  it('helps', async () => {
    const ended = await inTerminal(['--help']).ended
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toContain('  --count VALUE\n      How often, a whole number. Default: 2.\n')
  })

  it('goes on when nobody reads any more', async () => {
    const run = inTerminal(['--word', 'hi'])
    run.child.stdout?.destroy()
    run.child.stderr?.destroy()
    expect((await run.ended).code).toBe(0)
  })

  it('says what is wrong when the suite is not whole', async () => {
    const file = path.join(suite.root, 'actions', 'toy', 'action.yml')
    const content = readFileSync(file, 'utf8')
    unlinkSync(file)
    const ended = await inTerminal(['--word', 'hi']).ended
    const { writeFileSync } = await import('node:fs')
    writeFileSync(file, content)
    expect(ended.code).toBe(1)
    expect(ended.stderr).toBe('`actions/toy/action.yml` is not beside the bundle. Run the bundle from a checkout of the whole suite.\n')
  })
})

describe('the post step', () => {
  const post = (env: Record<string, string>) => onRunner(env, { bundle: 'toy/post/index.js' }).ended

  it('heals by what was remembered', async () => {
    const ended = await post({ STATE_delivery: 'd-1' })
    expect(ended.code).toBe(0)
    expect(ended.stdout).toBe('healing d-1\n')
  })

  it('does nothing when nothing was begun', async () => {
    expect(await post({})).toMatchObject({ code: 0, stdout: '' })
  })

  it('warns, and leaves a good job good', async () => {
    const ended = await post({ STATE_delivery: 'bad' })
    expect(ended.code).toBe(0)
    expect(ended.stdout).toContain('::warning title=toy::Healing failed: the platform is gone')
  })
})
