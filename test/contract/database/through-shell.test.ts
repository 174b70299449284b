import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import os from 'node:os'
import { describe, expect, test } from '@jest/globals'
import { addressOf } from '../../../core/drivers/databases/postgres/address.js'
import { podWay } from '../../../core/drivers/databases/postgres/through/pod.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Command } from '../../../core/ports/process.js'
import { backupAmbient } from '../../support/backup-ambient.js'

// What is run in a pod, run here: its words are the same.
const PASSWORD = 'planted-$(exit 9) "`\'\\x'
const address = addressOf(`postgres://u:${encodeURIComponent(PASSWORD)}@127.0.0.1/shop`)
const way = podWay({ kind: 'kubernetes', pod: 'db-0' }, address)

interface Ended {
  readonly code: number | null
  readonly said: string
}

function inPod(program: readonly [string, ...string[]], { after = '', cut = (opening: string) => opening } = {}): Ended {
  const command: Command = { what: 'try', argv: program, env: address.env, timeoutMs: 10_000 }
  const { argv } = way.lead(command, 'ecluse/1/2/3')
  const [shell, ...words] = argv.slice(argv.indexOf('--') + 1)
  const opening = way.opening!(command)
  expect(argv.join(' ')).not.toContain('planted')
  const { status, stdout } = spawnSync(shell!, words, { input: `${cut(opening)}${after}`, encoding: 'utf8', env: { PATH: process.env['PATH'] } })
  return { code: status, said: stdout }
}

test('the program gets its variables as they are, and reads what follows them', () => {
  expect(inPod(['sh', '-c', 'printf "%s|%s|" "$PGPASSWORD" "$PGAPPNAME"; cat'], { after: 'SELECT 1;\n' })).toEqual({ code: 100, said: `${PASSWORD}|ecluse/1/2/3|SELECT 1;\n` })
})

test.each([['0', 100], ['1', 101], ['3', 103], ['137', 137]])('a program that ends with %s ends the shell with %d', (given, code) => {
  expect(inPod(['sh', '-c', `exit ${given}`])).toEqual({ code, said: '' })
})

test('a program that is not there says so by the code of shells', () => {
  expect(inPod(['ecluse-no-such-program']).code).toBe(127)
})

test('input that breaks off among the variables runs nothing, wherever it does', () => {
  for (const length of [0, 1, 40, -1]) expect(inPod(['echo', 'ran'], { cut: (opening) => opening.slice(0, length) })).toEqual({ code: 1, said: '' })
  expect(inPod(['echo', 'ran'])).toEqual({ code: 100, said: 'ran\n' })
})

test('what the lead ended with is told as the program’s own', () => {
  expect(way.ended!({ exitCode: 101, stdout: '', stderr: 'pg_restore: warning: x\ncommand terminated with exit code 101\n', elapsedMs: 1 })).toMatchObject({ exitCode: 1, stderr: 'pg_restore: warning: x\n' })
})

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('where processes show their variables', () => {
  test('a program that nobody reads any more is ended by its name, and no other', async () => {
    const named = (PGAPPNAME: string): ChildProcess => spawn('sleep', ['60'], { stdio: 'ignore', env: { PATH: process.env['PATH'], PGPASSWORD: 'two\nlines', PGAPPNAME } })
    const [ours, other] = [named('ecluse/1/2/3'), named('ecluse/1/2/4')]
    await Promise.all([once(ours, 'spawn'), once(other, 'spawn')])
    const inner = backupAmbient({ work: os.tmpdir() })
    const here: Ambient = { ...inner, process: { ...inner.process, run: ({ argv, ...command }) => {
      const [shell, ...words] = argv.slice(argv.indexOf('--') + 1)
      return inner.process.run({ ...command, argv: [shell!, ...words] })
    } } }
    const ended = once(ours, 'close')
    await way.end!('ecluse/1/2/3', here)
    expect(await ended).toEqual([null, 'SIGKILL'])
    expect([other.exitCode, other.signalCode]).toEqual([null, null])
    other.kill()
  })
})
