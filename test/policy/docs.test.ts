import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { root } from '../support/policy/files.js'

const page = 'action-docs/rollback.md'
const contract = 'actions/rollback/action.yml'

let copy = ''
const read = (file: string): string => readFileSync(path.join(copy, file), 'utf8')
const change = (file: string, from: string | RegExp, to: string): void => writeFileSync(path.join(copy, file), read(file).replace(from, to))

const docs = (...args: string[]): { status: number | null; said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join('.github', 'tools', 'docs.mjs'), ...args], { cwd: copy, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

beforeAll(() => {
  copy = mkdtempSync(path.join(os.tmpdir(), 'ecluse-docs-test-'))
  for (const part of ['.github/tools/docs.mjs', 'core', 'package.json']) cpSync(path.join(root, part), path.join(copy, part), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
})

beforeEach(() => {
  for (const part of ['actions', 'action-docs']) cpSync(path.join(root, part), path.join(copy, part), { recursive: true, force: true })
})

afterAll(() => {
  rmSync(copy, { recursive: true, force: true })
})

test('the docs are what the sources say', () => {
  expect(docs('--check')).toEqual({ status: 0, said: expect.stringContaining('what the sources say') })
})

test('a change of a description is found, told by file, and written only when asked to', () => {
  change(contract, 'Why, in your words', 'The cause | as you see it')
  const before = read(page)
  expect(docs('--check')).toEqual({ status: 1, said: expect.stringContaining(`${page}: not what the sources say`) })
  expect(read(page)).toBe(before)
  expect(docs().status).toBe(0)
  expect(read(page)).toContain('| `because` | | The cause \\| as you see it; recorded. |')
  expect(docs('--check').status).toBe(0)
})

test('a page that was changed by hand is found', () => {
  change('action-docs/errors.md', 'port-taken', 'port-lost')
  expect(docs('--check').said).toContain('action-docs/errors.md: not what the sources say')
})

test('markers, descriptions and pages that are missing stop it before anything is written', () => {
  change(page, '<!-- reasons:end -->', '')
  change(contract, /because:\n {4}description: >-\n.*\n/, 'because:\n')
  rmSync(path.join(copy, 'action-docs', 'smoke-test.md'))
  const before = read(page)
  const { status, said } = docs()
  expect(status).toBe(1)
  expect(said.trim().split('\n')).toEqual([
    expect.stringContaining('the input `because` has no description'),
    expect.stringContaining(`${page}: \`<!-- reasons:start -->\` and`),
    expect.stringContaining('action-docs/smoke-test.md is missing'),
  ])
  expect(read(page)).toBe(before)
})

test('a flag that it does not know is refused', () => {
  expect(docs('--chekc')).toEqual({ status: 2, said: expect.stringContaining('`--chekc`') })
})
