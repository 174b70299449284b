import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { lineOf, median, medianRatio, tableOf } from '../bench/lines.mjs'
import { root } from '../support/runner.mjs'

const KEYS = ['suite', 'metric', 'ours', 'peer', 'ratio', 'goal', 'ok']

function bench(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join('test', 'bench', 'main.mjs'), ...args], { cwd: root, env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

describe('a line', () => {
  test('holds both figures, their ratio, the goal and whether it is met', () => {
    const line = lineOf({ suite: 's', metric: 'm (ms)', ours: 50, peer: 20, goal: { ratio: 3 } })
    expect(Object.keys(line)).toEqual(KEYS)
    expect(line).toEqual({ suite: 's', metric: 'm (ms)', ours: 50, peer: 20, ratio: 2.5, goal: 'ratio <= 3', ok: true })
  })

  test.each([
    [{ ours: 61, peer: 20, goal: { ratio: 3 } }, false],
    [{ ours: 61, peer: 20, ratio: 2.9, goal: { ratio: 3 } }, true],
    [{ ours: 5, peer: 300, goal: { ours: 5 } }, true],
    [{ ours: 6, peer: 300, goal: { ours: 5 } }, false],
    [{ ours: Number.POSITIVE_INFINITY, peer: 300, goal: { ours: 5 } }, false],
    [{ ours: Number.NaN, peer: 300, goal: { ours: 5 } }, false],
  ])('%j is %s', (measured, ok) => {
    expect(lineOf({ suite: 's', metric: 'm', ...measured }).ok).toBe(ok)
  })

  test('medians are of pairs, and of nothing there is none', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(medianRatio([{ ours: 2, peer: 1 }, { ours: 9, peer: 3 }, { ours: 40, peer: 10 }])).toBe(3)
    expect(median([])).toBe(Number.POSITIVE_INFINITY)
  })

  test('stands in a table for people', () => {
    const [head, row] = tableOf([lineOf({ suite: 'canary', metric: 'stopped (s)', ours: 4, peer: 240, goal: { ours: 6 } })]).split('\n')
    expect(head).toMatch(/^suite +metric +ours +peer +ratio +goal +ok$/)
    expect(row).toMatch(/^canary +stopped \(s\) +4 +240 +0\.0167 +ours <= 6 +✓$/)
  })
})

describe('the command', () => {
  test('names the suites when it does not know one, and takes no odd number of runs', () => {
    expect(bench('colder')).toEqual({ code: 2, out: '', err: 'There is no suite `colder`. Choose from cold-start, canary, evidence, evidence-edge, rollback, ledger, dashboard, compose, backup, watch, image.\n' })
    expect(bench('cold-start', '--runs', 'many')).toMatchObject({ code: 2, out: '' })
  })

  test('prints one object a line, for every action, and its exit code says whether all goals are met', () => {
    const { code, out, err } = bench('cold-start', '--runs', '1', '--json')
    expect(err).toBe('')
    const lines = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines.map((line) => Object.keys(line))).toEqual(lines.map(() => KEYS))
    for (const action of readdirSync(path.join(root, 'actions'))) {
      expect(lines.some(({ metric }) => String(metric).startsWith(`${action}:`))).toBe(true)
    }
    expect(code).toBe(lines.every(({ ok }) => ok === true) ? 0 : 1)
  })
})
