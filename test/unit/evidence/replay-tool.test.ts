import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { released } from '../watch/lab.js'
import { FlowLab } from '../../support/flow-lab.js'
import { changed, written } from './lab.js'

const tool = fileURLToPath(new URL('../../../.github/tools/replay.mjs', import.meta.url))
let folder = ''
let good = ''
let failed = ''

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ecluse-replay-test-'))
  good = await written()
  failed = await written({ errors: { v2: 0.3 } })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function replay(content: string, ...more: readonly string[]): { code: number | null; out: string; err: string } {
  writeFileSync(join(folder, 'production-7.jsonl'), content)
  const { NODE_OPTIONS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, 'production-7.jsonl', ...more], { encoding: 'utf8', env: { ...env, INIT_CWD: folder }, cwd: folder })
  return { code: status, out: stdout, err: stderr }
}

test('says that it is the same, with a row for each weight', () => {
  const { code, out, err } = replay(good)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^production-7\.jsonl: shop v2 in production, against v1, by the counters of fake; delivery /)
  expect(out).toMatch(/^10 % +\d+ s +\d+ +0 +0 of \d+ \(0\.00 %\) .*[▁▂▃▄▅▆▇█] +[34]\.\d +PASS$/m)
  expect(out).toMatch(/^50 % /m)
  expect(out).toMatch(/Outcome: promoted\. .*\nsame: (\d+) verdicts and \1 moves are what this judge says\.\n$/)
})

test('shows what a release was sent back for, also for programs', () => {
  expect(replay(failed).out).toMatch(/^10 % .*\(30\.\d\d %\) .* FAIL$/m)
  const { code, out } = replay(failed, '--json')
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ file: 'production-7.jsonl', same: true, header: { release: { version: 'v2' } }, outcome: { reason: 'high-error-rate', ok: false } })
})

test('of metrics of the user’s own says which check a row is of, and which polls lacked one', async () => {
  const { judge } = new FlowLab().environment()
  const orders = { metric: 'business', name: 'orders', wanted: true, fail: { relative: 1 / 0.9, absolute: 0 }, pass: { relative: 1 / 0.75, absolute: 0 }, warmupMs: 0 } as const
  const place = { judge: { ...judge, checks: [...judge.checks, orders] } }
  const { code, out } = replay(await written({ place, orders: { v1: 0.05, v2: 0.01 } }))
  expect(code).toBe(0)
  expect(out).toMatch(/^weight +held +polls +silent +check +stable +candidate +against/m)
  expect(out).toMatch(/^10 % +\d+ s +\d+ +0 +orders +\d+ of \d+ \(5\.00 %\) +\d+ of \d+ \(1\.00 %\) .* FAIL$/m)
  expect(out).toMatch(/Outcome: business-metric\..*orders: .*\nsame: /)
  expect(replay(await written({ place, orders: { v1: 0.05 } })).out).toMatch(/^10 % +\d+ s +(\d+) +\1 +orders +no requests /m)
})

test('names the first line that differs', () => {
  const { code, out, err } = replay(changed(good, 5, ['verdict', 'lean'], 'suspect'))
  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(out).toContain('differs: line 5, `verdict.lean` was "suspect" and is "ok" now.')
})

test('replays what a killed run left, and says so', () => {
  const { code, out } = replay(good.slice(0, good.lastIndexOf('\n', good.length - 2) + 20))
  expect(code).toBe(0)
  expect(out).toMatch(/Line (\d+) was not written to its end: the run was killed there\. Replayed up to line \d+\.\nsame: /)
})

test('names all problems of a file that can not be used', () => {
  const { code, out, err } = replay(changed(changed(good, 3, ['at'], 'now'), 5, ['weight'], 7))
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toBe("production-7.jsonl can't be replayed:\n  line 3: `line.at` should be a number and is string\n  line 5: it is at 7 %, and the step before it set 10 %\n")
  expect(replay(changed(good, 1, ['judge', 'alpha'], 2)).err).toContain('line 1: The judge can\'t use this config: `alpha` is 2')
  expect(replay(good, '--jsno').code).toBe(2)
})

test('replays a watch, also one that two processes took turns at', async () => {
  const lab = await released()
  await lab.watch({ mode: 'look' })
  lab.traffic.errors['v1'] = 0.2
  await lab.time.sleep(300_000)
  const { outputs } = await lab.watch({ mode: 'look' })
  const { code, out, err } = replay(lab.files.get(outputs.evidence)!)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^production-7\.jsonl: shop v1 in production, watched against what v0 had, by the counters of fake; delivery /)
  expect(out).toMatch(/^100 % .* FAIL$/m)
  expect(out).toMatch(/^2 processes took turns; .*\nOutcome: rolled-back\. .*high-error-rate of v1.*\nsame: (\d+) verdicts and \1 moves are what this judge says\.\n$/m)
})

test('lets no file steer the terminal, or write lines of its own', () => {
  const steering = '\u001B[2J\u202Eforged\nsame: 1 verdicts'
  for (const { out, err } of [replay(changed(good, good.trimEnd().split('\n').length, ['message'], steering)), replay(`${good}\u001B[2Jno line\u0007\n`)]) {
    expect(out + err).not.toMatch(/(?!\n)\p{Cc}|\p{Cf}/u)
    expect(out.split('\n').filter((line) => line.startsWith('same: '))).toHaveLength(out === '' ? 0 : 1)
  }
})
