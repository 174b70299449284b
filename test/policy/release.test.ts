import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

const scripts = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '.github', 'tools', 'release')
const commit = 'c0ffee'

// Answers as `gh` would after its own --jq: a folder holds a file a tag (with its commit) and a file a release.
const gh = `#!/usr/bin/env bash
set -eu
[[ ! -e $STATE/broken ]] || { echo 'HTTP 502' >&2; exit 1; }
case "$*" in
  *matching-refs/tags/*) cat "$STATE/tags/\${2##*/}" 2>/dev/null || true ;;
  *'/releases --jq'*) ls "$STATE/releases" ;;
  *'git/refs -f '*) name=\${4##*/}; [[ ! -e $STATE/tags/$name ]]; printf %s "\${6#sha=}" >"$STATE/tags/$name" ;;
  'api -X PATCH '*) printf %s "\${6#sha=}" >"$STATE/tags/\${4##*/}" ;;
  'release view '*) [[ -e $STATE/releases/$3 ]] ;;
  'release create '*) [[ ! -e $STATE/no-release ]]; touch "$STATE/releases/$3" ;;
  *) echo "unexpected: $*" >&2; exit 9 ;;
esac
`

let folder = ''
const at = (...parts: string[]): string => path.join(folder, ...parts)
const tag = (name: string): string => (existsSync(at('tags', name)) ? readFileSync(at('tags', name), 'utf8') : '')

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-release-'))
  for (const part of ['tags', 'releases', 'bin', '.github/workflows']) mkdirSync(at(part), { recursive: true })
  writeFileSync(at('bin', 'gh'), gh)
  chmodSync(at('bin', 'gh'), 0o755)
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const run = (script: string, ...args: string[]): { status: number | null; said: string } => {
  const context = { STATE: folder, GITHUB_REPOSITORY: 'ecluse-cd/ecluse', GITHUB_SHA: commit, GITHUB_OUTPUT: at('output') }
  const env = { ...context, PATH: `${at('bin')}:${process.env['PATH']}` }
  const { status, stdout, stderr } = spawnSync('bash', [path.join(scripts, script), ...args], { cwd: folder, env, encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

const decide = (version: string): string => {
  writeFileSync(at('package.json'), JSON.stringify({ version }))
  writeFileSync(at('output'), '')
  const { status, said } = run('decide.sh')
  return status === 0 ? (/due=(\w+)/.exec(readFileSync(at('output'), 'utf8'))?.[1] ?? '') : said
}

test('a version is due until its tag, its release and its major tag are there', () => {
  expect(decide('1.2.0')).toBe('true')
  writeFileSync(at('tags', 'v1.2.0'), commit)
  writeFileSync(at('releases', 'v1.2.0'), '')
  expect(decide('1.2.0')).toBe('true')
  writeFileSync(at('tags', 'v1'), commit)
  expect(decide('1.2.0')).toBe('false')
})

test('a version before 1, and one that is none, is not released', () => {
  expect(decide('0.9.1')).toBe('false')
  expect(decide('1.0')).toContain('Set it to X.Y.Z')
})

test('an answer that did not come is no answer', () => {
  writeFileSync(at('broken'), '')
  expect(decide('1.2.0')).toContain('HTTP 502')
})

test('the major tag moves last, and only when there is a release', () => {
  writeFileSync(at('tags', 'v1'), 'old')
  writeFileSync(at('no-release'), '')
  expect(run('publish.sh', '1.2.0').status).not.toBe(0)
  expect([tag('v1.2.0'), tag('v1')]).toEqual([commit, 'old'])
  rmSync(at('no-release'))
  expect(run('publish.sh', '1.2.0').status).toBe(0)
  expect([tag('v1.2.0'), tag('v1')]).toEqual([commit, commit])
})

test('a version that is out keeps its commit', () => {
  writeFileSync(at('tags', 'v1.2.0'), 'old')
  const { status, said } = run('publish.sh', '1.2.0')
  expect({ status, tag: tag('v1.2.0') }).toEqual({ status: 1, tag: 'old' })
  expect(said).toContain('a version never changes')
})

test('workflows that name another major version stop the release', () => {
  const uses = (version: string): string => `      - uses: ecluse-cd/ecluse/actions/rollback@${version}\n`
  writeFileSync(at('.github/workflows/a.yml'), `${uses('v1')}      - uses: "ecluse-cd/ecluse/actions/rollback@v1" # why\n`)
  expect(run('check.sh', '1.2.0')).toEqual({ status: 0, said: expect.stringContaining('in 2 places') })
  expect(run('check.sh', '2.0.0')).toEqual({ status: 1, said: expect.stringContaining('a.yml:1:') })
  writeFileSync(at('.github/workflows/a.yml'), uses('v10'))
  expect(run('check.sh', '1.2.0').status).toBe(1)
})
