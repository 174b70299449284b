import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const tool = fileURLToPath(new URL('../../../.github/tools/vectors.mjs', import.meta.url))
const good = fileURLToPath(new URL('../../fixtures/judge_vectors.json', import.meta.url))
const text = readFileSync(good, 'utf8')
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ecluse-vectors-test-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(...args: readonly string[]): { code: number | null; out: string; err: string } {
  const { NODE_OPTIONS: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args], { encoding: 'utf8', env, cwd: folder })
  return { code: status, out: stdout, err: stderr }
}

function write(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** The good file with the value at `path` replaced; undefined removes it. */
function mutated(path: readonly (string | number)[], value: unknown): string {
  const document: object = JSON.parse(text)
  const parent = path.slice(0, -1).reduce<object>((node, key) => Reflect.get(node, key), document)
  Reflect.set(parent, path.at(-1) ?? '', value)
  return write('mutated.json', JSON.stringify(document))
}

describe('npm run vectors', () => {
  test('prints the counts of a good file', () => {
    const { code, out, err } = run(good)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/^judge_vectors\.json: 30 sequences \(\d+ polls\) and 21 units agree, \d+ values compared\.\n$/)
  })

  test.each([
    ['a decision', ['sequences', 0, 'expect', 2, 'decision'], 'PASS', 'poll 2, field decision: got "CONTINUE", want "PASS"'],
    ['a number', ['sequences', 1, 'expect', 9, 'checks', 0, 'logEFail'], 7, 'poll 9, field checks[0].logEFail: got '],
    ['a flag', ['sequences', 3, 'expect', 0, 'checks', 0, 'pass'], true, 'poll 0, field checks[0].pass: got false, want true'],
    ['a final value', ['sequences', 4, 'final', 'checks', 0, 'ciCanary', 1], 0.5, '(final), field checks[0].ciCanary[1]: got '],
    ['a missing final value', ['sequences', 4, 'final', 'checks', 0, 'totals'], undefined, 'field checks[0].totals: got ['],
    ['a missing final verdict', ['sequences', 4, 'final'], undefined, 'want nothing'],
    ['an unknown field', ['sequences', 5, 'expect', 0, 'mood'], 'good', 'field mood: got nothing, want "good"'],
    ['a counter', ['sequences', 6, 'polls', 3, 's', 'errors', 3], 99, 'sequence "07-absolute-only-a" poll 3, field'],
    ['a mark', ['sequences', 10, 'polls', 5, 'mark'], true, 'sequence "11-weight-steps-a"'],
    ['a prime', ['sequences', 19, 'primes'], [], 'sequence "20-arm-bursts-primed-a" poll 0, field checks[0].phi'],
    ['a setting', ['sequences', 2, 'config', 'alpha'], 2, 'the judge refused: '],
    ['a unit', ['units', 4, 'result'], 0.57236495, 'units[4] lgamma(0.5), field result: got 0.5723649429'],
    ['a unit of two values', ['units', 11, 'result', 1], 0, 'units[11] growth('],
  ])('names the first mismatch: %s', (_, path, value, says) => {
    const { code, out, err } = run(mutated(path, value))
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(says)
  })

  test.each([
    ['an empty file', '', 'is empty'],
    ['no JSON', '{"sequences": [', 'is not JSON'],
    ['no vectors', '{}', 'it holds no sequences and no units'],
    ['a list', '[]', 'the file is [], expected an object'],
    ['null', 'null', 'the file is null, expected an object'],
    ['sequences that are no list', '{"sequences": 3}', 'sequences is 3, expected a list'],
    ['a sequence that is none', '{"sequences": [{}]}', 'sequences[0].id is nothing, expected a text'],
  ])('refuses %s', (_, content, says) => {
    const { code, out, err } = run(write('bad.json', content))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(says)
    expect(err).not.toContain('    at ')
  })

  test('refuses a file that is not there, a folder, and no file at all', () => {
    expect(run(join(folder, 'nowhere.json'))).toMatchObject({ code: 2, err: expect.stringContaining('nowhere.json failed') })
    expect(run(folder)).toMatchObject({ code: 2 })
    expect(run()).toMatchObject({ code: 2, err: expect.stringContaining('npm run vectors -- FILE') })
    expect(run(good, good)).toMatchObject({ code: 2 })
  })
})
