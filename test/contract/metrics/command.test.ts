import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { Arms } from '../../../core/domain/platform.js'
import { commandMetrics, type CommandGiven } from '../../../core/drivers/metrics/command/index.js'
import type { Metrics } from '../../../core/ports/metrics.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { realAmbient } from '../../support/surroundings.js'
import { metricsContract } from './suite.js'

const arms: Arms = {
  stable: { name: 'stable', identity: 'v1', labels: { arm: 'stable' } },
  candidate: { name: 'candidate', identity: 'v2', labels: { arm: 'candidate', instance: 'i2' } },
}
const ambient = realAmbient({ work: '', dist: '' })
const open = (script: string, more: Partial<CommandGiven> = {}, within: Ambient = ambient): Metrics =>
  commandMetrics({ environment: 'production', url: 'https://shop.example', script, timeoutMs: 10_000, staleMs: 600_000, ...more }, within)

/** A program that keeps counters in a file, adds to them what it is told, and prints them. */
const PROGRAM = `
import { readFileSync } from 'node:fs'
const [file] = process.argv.slice(2)
const { at, ...arms } = JSON.parse(readFileSync(file, 'utf8'))
const slow = process.env.ECLUSE_SLOWER_THAN_MS === undefined
const shown = Object.entries(arms).map(([name, { slow: count, ...rest }]) => [name, slow ? rest : { ...rest, slow: count }])
console.error('counted by itself')
console.log(JSON.stringify({ at: at ?? new Date().toISOString(), ...Object.fromEntries(shown) }, undefined, 1))
`

metricsContract('command', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-command-'))
  const [program, file] = [path.join(folder, 'count.mjs'), path.join(folder, 'counts.json')]
  await writeFile(program, PROGRAM)
  const counts: Record<string, unknown> & { stable?: object; candidate?: object } = { stable: { identity: 'v1', requests: 100, errors: 1, slow: 3 }, candidate: { identity: 'v2', requests: 10, errors: 0, slow: 1 } }
  const write = (): Promise<void> => writeFile(file, JSON.stringify(counts))
  await write()
  const script = `node ${program} ${file}`
  return {
    open: (slowerThanMs) => open(script, slowerThanMs === undefined ? {} : { slowerThanMs }),
    arms,
    traffic: async (arm, requests, errors, slow) => {
      const before = counts[arm] as { readonly requests: number; readonly errors: number; readonly slow: number }
      counts[arm] = { ...before, requests: before.requests + requests, errors: before.errors + errors, slow: before.slow + slow }
      await write()
    },
    forget: async () => {
      counts.candidate = { identity: 'v2', requests: 0, errors: 0, slow: 0 }
      await write()
    },
    aged: async () => {
      counts['at'] = Date.now() - 1_200_000
      await write()
      return open(script)
    },
    withdraw: async () => {
      delete counts.candidate
      await write()
    },
    unplug: () => rm(file),
    close: () => rm(folder, { recursive: true, force: true }),
  }
}, { age: true })

describe('command', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-command-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  const now = (): string => new Date().toISOString()
  const counted = (identity: string, requests: number, errors = 0): string => `{ "identity": "${identity}", "requests": ${requests}, "errors": ${errors} }`
  const print = (text: string): string => `cat <<'END'\n${text}\nEND`
  const both = (at: string, candidate = counted('v2', 10)): string => print(`{ "at": ${at}, "stable": ${counted('v1', 100)}, "candidate": ${candidate} }`)

  test('is told which arms are meant, and prints what it likes beside the answer', async () => {
    const script = `echo "asked for $ECLUSE_ENVIRONMENT at $ECLUSE_URL" >&2
[ "$ECLUSE_STABLE_LABELS" = '{"arm":"stable"}' ] && [ "$ECLUSE_SLOWER_THAN_MS" = 300 ]
echo "{ \\"at\\": $(date +%s%3N), \\"stable\\": { \\"identity\\": \\"$ECLUSE_STABLE_IDENTITY\\", \\"requests\\": 5, \\"errors\\": 0, \\"slow\\": 1 },"
echo "\\"candidate\\": { \\"identity\\": \\"$ECLUSE_CANDIDATE_IDENTITY\\", \\"requests\\": 2.5, \\"errors\\": 1, \\"slow\\": 0, \\"unit\\": \\"pods\\" }, \\"by\\": \\"hand\\" }"`
    const source = open(script, { slowerThanMs: 300 })
    await source.preflight(arms)
    expect(await source.read(arms)).toMatchObject({ kind: 'sample', stable: { identity: 'v1', requests: 5, slow: 1 }, candidate: { identity: 'v2', requests: 2.5, errors: 1, slow: 0 } })
    expect(await open('[ -z "$ECLUSE_CANDIDATE_IDENTITY" ] && ' + both(`"${now()}"`)).read({ candidate: arms.stable! })).toMatchObject({ kind: 'sample', candidate: { identity: 'v1', requests: 100 } })
  })

  test.each([
    ['nothing', 'true', 'empty', 'the command printed nothing'],
    ['no JSON', 'echo all is well', 'malformed', 'the command printed 12 characters that are no JSON'],
    ['another shape', `echo '[1]'`, 'malformed', 'the command printed no sample: `sample` should be an object and is object'],
    ['no time', print(`{ "candidate": ${counted('v2', 1)} }`), 'malformed', 'the command printed no sample: `sample.at` should be a text and is undefined'],
    ['no real time', both('"soon"'), 'malformed', 'the command printed no sample: `sample.at` should be a time, such as 2030-01-31T12:00:00Z, or milliseconds since 1970'],
    ['a time that is to come', both(String(Date.now() + 3_600_000)), 'malformed', expect.stringMatching(/^the command's counters are dated \d+ s ahead of now$/)],
    ['an old time', both(String(Date.now() - 3_600_000)), 'stale', expect.stringMatching(/^the command's counters are 36\d\d s old$/)],
    ['one arm', print(`{ "at": "${now()}", "stable": null, "candidate": ${counted('v2', 1)} }`), 'empty', 'the command printed no counters of stable'],
    ['no identity', both(`"${now()}"`, '{ "requests": 1, "errors": 0 }'), 'malformed', 'the command printed no sample: `sample.candidate.identity` should be a text and is undefined'],
    ['another release', both(`"${now()}"`, counted('v7', 1)), 'wrong-release', 'the command counted candidate as release v7, not v2'],
    ['a count below zero', both(`"${now()}"`, counted('v2', -1)), 'malformed', 'the command printed no sample: `sample.candidate.requests` should be a count and is below zero'],
    ['more errors than requests', both(`"${now()}"`, counted('v2', 3, 4)), 'malformed', 'the command printed no sample: `sample.candidate` should have no more errors or slow requests than requests'],
    ['a failure', 'echo no >&2; exit 3', 'unreachable', 'the command ended with exit code 3'],
    ['a program that is not there', 'no-such-program', 'unreachable', 'the command ended with exit code 127'],
    ['a half and a failure', `${both(`"${now()}"`)}\nfalse`, 'unreachable', 'the command ended with exit code 1'],
  ])('%s is no sample', async (_what, script, cause, detail) => {
    const read = await open(script).read(arms)
    expect(read).toMatchObject({ kind: 'no-data', cause, detail })
  })

  test('one that counts no slow requests is no sample where latency is judged', async () => {
    expect(await open(both(`"${now()}"`), { slowerThanMs: 300 }).read(arms)).toMatchObject({ kind: 'no-data', cause: 'malformed', detail: 'the command printed no `slow` of candidate, and latency is judged' })
  })

  test('one that takes too long is ended, with all that it started', async () => {
    const file = path.join(folder, 'late')
    expect(await open(`(sleep 1; touch ${file}) & sleep 30`, { timeoutMs: 200 }).read(arms)).toMatchObject({ kind: 'no-data', cause: 'unreachable', detail: 'the command did not end within 0.2 s' })
    await ambient.clock.sleep(1200)
    expect(await ambient.files.textIfThere(file)).toBeUndefined()
  })

  test('counters that fall, and a time that goes back, are said once each', async () => {
    const file = path.join(folder, 'sample.json')
    const begun = Date.now()
    const write = (ago: number, requests: number): Promise<void> => writeFile(file, `{ "at": ${begun - ago}, "stable": ${counted('v1', 50)}, "candidate": ${counted('v2', requests)} }`)
    const source = open(`cat ${file}`)
    const kinds: unknown[] = []
    for (const [ago, requests] of [[5000, 20], [4000, 3], [3000, 7], [9000, 8], [2000, 9]] as const) {
      await write(ago, requests)
      const read = await source.read(arms)
      kinds.push(read.kind === 'sample' ? read.candidate.requests : read.detail)
    }
    expect(kinds).toEqual([20, "the command's counters of candidate are lower than before", 24, "the command's counters are 6 s older than those before", 26])
  })

  test('a secret that it prints is in no detail', async () => {
    const said: string[] = []
    const listening: Ambient = { ...ambient, log: { ...ambient.log, warn: (line) => void said.push(line) } }
    for (const script of ['echo "token hunter2"', 'echo "hunter2" >&2; exit 2', `echo '{ "at": "hunter2" }'`]) {
      const source = open(script, {}, listening)
      expect(JSON.stringify(await source.read(arms))).not.toContain('hunter2')
      await expect(source.preflight(arms)).rejects.toMatchObject({ code: 'metrics-unusable', message: expect.not.stringContaining('hunter2') })
    }
    // The log takes known secrets out by itself, and a person needs what the program said.
    expect(said).toContain('The command for counters said last: hunter2')
  })

  test('a cancelled run does not wait for it', async () => {
    const end = new AbortController()
    const reading = open('sleep 30', {}, realAmbient({ work: '', dist: '' }, end.signal)).read(arms)
    setTimeout(() => end.abort(), 100)
    await expect(reading).rejects.toThrow(/abort/i)
  })
})
