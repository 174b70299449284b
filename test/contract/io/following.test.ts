import { expect, test } from '@jest/globals'
import { systemProcesses } from '../../../core/io/process.js'

const processes = systemProcesses({ env: process.env })
const program = (code: string): readonly [string, ...string[]] => [process.execPath, '-e', code]

test('tells each line of standard error as it comes, and keeps all of it for the end', async () => {
  const lines: string[] = []
  const done = await processes.run({ what: 'talk', argv: program('process.stderr.write("one\\r\\ntw"); setTimeout(() => process.stderr.write("o\\nlast ä"), 50)'), timeoutMs: 20_000, onErrorLine: (line) => void lines.push(line) })
  expect(lines).toEqual(['one', 'two', 'last ä'])
  expect(done.stderr).toBe('one\r\ntwo\nlast ä')
})

test('one program is stopped, from what it told, and the others go on', async () => {
  const stop = new AbortController()
  const stopped = processes.run({ what: 'wait', argv: program('console.error("ready"); setInterval(() => 0, 1000)'), timeoutMs: 20_000, stop: stop.signal, onErrorLine: () => stop.abort() })
  const other = processes.run({ what: 'work', argv: program('setTimeout(() => console.log("done"), 200)'), timeoutMs: 20_000 })
  await expect(stopped).rejects.toMatchObject({ code: 'program-failed', message: expect.stringContaining('no longer wanted') })
  expect((await other).stdout).toBe('done\n')
})

test('what was stopped before it began does not go on', async () => {
  await expect(processes.run({ what: 'wait', argv: program('setInterval(() => 0, 1000)'), timeoutMs: 20_000, stop: AbortSignal.abort() })).rejects.toMatchObject({ code: 'program-failed' })
})
