// `npm test [-- jest's arguments]`: builds when needed, runs jest, says what was left out, ends with the count.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { isFresh } from './bundling/freshness.mjs'
import { root } from './bundling/place.mjs'
import { labEnded } from '../../test/support/docker/place.mjs'

const required = process.env.ECLUSE_REQUIRE_ENGINES === '1'

const run = (args, env = {}) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })

// Tests start bundles: those of older sources would pass or fail for the wrong reason.
const bringUpToDate = async () => {
  if (await isFresh()) return 0
  console.log('The sources changed since the last build: `npm run build`')
  return run([path.join('.github', 'tools', 'build.mjs')])
}

const runJest = (folder, args) => {
  const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning']
  const report = ['--json', `--outputFile=${path.join(folder, 'result.json')}`]
  return run([...node, jest, '--maxWorkers=2', ...report, ...args], { ECLUSE_LEFT_OUT: path.join(folder, 'left-out.jsonl') })
}

const readCounts = async (folder) => {
  const text = await readFile(path.join(folder, 'result.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return { passed: 0, failed: 1, skipped: 0 }
  const result = JSON.parse(text)
  return {
    passed: result.numPassedTests,
    // A file that could not be loaded has no tests to count, and must count.
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    skipped: result.numPendingTests + result.numTodoTests,
  }
}

const listLeftOut = async (folder) => {
  const text = await readFile(path.join(folder, 'left-out.jsonl'), 'utf8').catch(() => '')
  const entries = text.split('\n').filter(Boolean).map((line) => JSON.parse(line))
  if (entries.length === 0) return
  console.log(`\n${required ? 'Missing' : 'Left out'}, because this machine has not got:`)
  for (const engine of new Set(entries.map((entry) => entry.engine))) {
    const mine = entries.filter((entry) => entry.engine === engine)
    console.log(`  ${engine}: ${mine.map(({ title }) => `"${title}"`).join(', ')}\n    bring it with: ${mine[0].bring}`)
  }
}

const judge = (code, { passed, failed, skipped }) => {
  if (code !== 0) return code
  if (failed > 0) return 1
  if (passed === 0) return complain('No test ran.')
  return required && skipped > 0 ? complain('ECLUSE_REQUIRE_ENGINES=1 allows no skipped test.') : 0
}

const complain = (message) => {
  console.error(message)
  return 1
}

const test = async (args) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-test-'))
  try {
    const built = await bringUpToDate()
    const code = built === 0 ? await runJest(folder, args) : built
    await labEnded()
    const counts = await readCounts(folder)
    await listLeftOut(folder)
    const verdict = judge(code, counts)
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    return verdict
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

process.exitCode = await test(process.argv.slice(2))
