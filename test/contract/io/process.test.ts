import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ProcessError } from '../../../core/errors/families.js'
import { ownStart, systemProcesses } from '../../../core/io/process.js'

const SECRET = 'hunter2-very-secret'
const mask = (text: string): string => text.replaceAll(SECRET, '***')
const node = process.execPath
const processes = (signal?: AbortSignal) => systemProcesses({ env: process.env, mask, ...(signal ? { signal } : {}) })
const call = (what: string, argv: readonly [string, ...string[]], more = {}) => ({ what, argv, timeoutMs: 20_000, ...more })
const program = (code: string): readonly [string, ...string[]] => [node, '-e', code]

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'io-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function failure(work: Promise<unknown>): Promise<ProcessError> {
  const thrown = await work.then(() => undefined, (error: unknown) => error)
  if (!(thrown instanceof ProcessError)) throw new Error(`not the expected failure: ${String(thrown)}`)
  return thrown
}

async function until(met: () => boolean, ms = 30_000): Promise<void> {
  for (const end = Date.now() + ms; !met(); ) {
    if (Date.now() > end) throw new Error('it did not happen in time')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('run', () => {
  it('gives both outputs and the exit code', async () => {
    const done = await processes().run(call('print', program('console.log("out"); console.error("err")')))
    expect(done).toMatchObject({ exitCode: 0, stdout: 'out\n', stderr: 'err\n' })
  })

  it('hands on a minimal environment and what the command names', async () => {
    const mine = systemProcesses({ env: { PATH: process.env['PATH'], HOME: '/h', TOKEN: SECRET, INPUT_X: '1' } })
    const { stdout } = await mine.run(call('print', program('console.log(JSON.stringify(process.env))'), { env: { GIVEN: 'x' } }))
    expect(JSON.parse(stdout)).toMatchObject({ HOME: '/h', GIVEN: 'x' })
    expect(stdout).not.toContain(SECRET)
    expect(stdout).not.toContain('INPUT_X')
  })

  it('hands on what the command inherits: by name, by beginning, or what a step has', async () => {
    const own = { PATH: process.env['PATH'], DOCKER_HOST: 'unix:///x', DOCKER_CONFIG: '/c', MINE: 'm', MINE_TOO: 'n', INPUT_X: '1', ACTIONS_RUNTIME_TOKEN: SECRET }
    const seen = async (inherit: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await systemProcesses({ env: own }).run(call('print', program('console.log(JSON.stringify(process.env))'), { inherit, env: { DOCKER_CONFIG: '/given' } }))
      const found = JSON.parse(stdout) as Record<string, string>
      expect(found['DOCKER_CONFIG']).toBe('/given')
      return Object.keys(own).filter((name) => name !== 'PATH' && name in found)
    }
    expect(await seen([])).toEqual(['DOCKER_CONFIG'])
    expect(await seen(['DOCKER_*', 'MINE'])).toEqual(['DOCKER_HOST', 'DOCKER_CONFIG', 'MINE'])
    expect(await seen(['*'])).toEqual(['DOCKER_HOST', 'DOCKER_CONFIG', 'MINE', 'MINE_TOO'])
    expect(await seen(['*', 'ACTIONS_RUNTIME_*'])).toEqual(['DOCKER_HOST', 'DOCKER_CONFIG', 'MINE', 'MINE_TOO', 'ACTIONS_RUNTIME_TOKEN'])
  })

  it('takes other exit codes as answers when told so', async () => {
    await expect(processes().run(call('look', program('process.exit(3)'), { accept: [0, 3] }))).resolves.toMatchObject({ exitCode: 3 })
  })

  it('says what failed with the last lines, and hides secrets', async () => {
    const error = await failure(processes().run(call('dump database `shop`', program(`console.error("no route\\nfor ${SECRET}"); process.exit(2)`))))
    expect(error.code).toBe('program-failed')
    expect(error.exitCode).toBe(2)
    expect(error.message).toBe('Could not dump database `shop`: `node` ended with exit code 2: "no route | for ***".')
    expect(JSON.stringify(error) + error.stack).not.toContain(SECRET)
  })

  it('tells a missing program and a missing folder apart', async () => {
    expect((await failure(processes().run(call('try', ['no-such-program'])))).code).toBe('program-missing')
    expect((await failure(processes().run(call('try', program(''), { cwd: '/no/such/folder' })))).code).toBe('file-missing')
  })

  it('explains arguments that the system refuses', async () => {
    expect((await failure(processes().run(call('try', [node, 'x'.repeat(4_000_000)])))).code).toBe('program-failed')
  })

  it('writes standard input, text or stream', async () => {
    const echo = program('process.stdin.pipe(process.stdout)')
    await expect(processes().run(call('echo', echo, { stdin: SECRET }))).resolves.toMatchObject({ stdout: SECRET })
    const stdin = (async function* () {
      for (const part of ['a', 'b', 'c']) yield Buffer.from(part)
    })()
    await expect(processes().run(call('echo', echo, { stdin }))).resolves.toMatchObject({ stdout: 'abc' })
  })

  it('does not mind a program that stops reading early', async () => {
    await expect(processes().run(call('ignore', program('process.exit(0)'), { stdin: 'x'.repeat(5_000_000) }))).resolves.toMatchObject({ exitCode: 0 })
  })

  it('rejects with the fault of the input stream itself', async () => {
    const stdin = (async function* () {
      yield Buffer.from('half')
      throw new Error('the source broke')
    })()
    await expect(processes().run(call('restore', program('process.stdin.resume()'), { stdin }))).rejects.toThrow('the source broke')
  })

  it('keeps only the end of a long output', async () => {
    const { stdout } = await processes().run(call('flood', program('process.stdout.write("x".repeat(5e6) + "end")')))
    expect(stdout.length).toBe(1024 * 1024)
    expect(stdout.endsWith('end')).toBe(true)
  })

  it('does not wait for a grandchild that keeps the output open', async () => {
    const began = Date.now()
    const { stdout } = await processes().run(call('leave', ['bash', '-c', `sleep 60 & echo $!`], { timeoutMs: 50_000 }))
    expect(Date.now() - began).toBeLessThan(30_000)
    process.kill(Number(stdout), 'SIGKILL')
  })
})

describe('time limits and aborts', () => {
  // A parent and a grandchild, both deaf to SIGTERM.
  const stubborn = (marker: string) => `
    process.on('SIGTERM', () => {})
    require('node:child_process').spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('${marker}', String(process.pid)); setInterval(() => {}, 1000)"], { stdio: 'inherit' })
    setInterval(() => {}, 1000)`

  it('ends the whole tree when the time is up, also what ignores the request', async () => {
    const marker = path.join(folder, 'pid')
    // Both must be there, and deaf, before the time is up: a busy machine takes longer to start them.
    for (let seconds = 1; !existsSync(marker); seconds *= 4) {
      const error = await failure(processes().run(call('hang', program(stubborn(marker)), { timeoutMs: seconds * 1000 })))
      expect(error.code).toBe('program-timeout')
      expect(error.message).toContain(`did not end within ${seconds} s`)
    }
    const grandchild = Number(readFileSync(marker, 'utf8'))
    await until(() => !processes().alive(grandchild, ''))
  })

  it('ends it on abort, at once when it listens', async () => {
    const stop = new AbortController()
    const marker = path.join(folder, 'ready')
    const running = failure(processes(stop.signal).run(call('wait', program(`require('node:fs').writeFileSync('${marker}', ''); setInterval(() => {}, 1000)`))))
    await until(() => existsSync(marker))
    const began = Date.now()
    stop.abort()
    expect((await running).code).toBe('aborted')
    expect(Date.now() - began).toBeLessThan(1500)
  })

  it('starts nothing after the abort', async () => {
    const marker = path.join(folder, 'started')
    const late = processes(AbortSignal.abort())
    const writes = program(`require('node:fs').writeFileSync('${marker}', '')`)
    expect((await failure(late.run(call('go on', writes)))).code).toBe('aborted')
    expect((await failure(late.script({ what: 'go on', script: `touch ${marker}`, env: {}, timeoutMs: 5000 }))).code).toBe('aborted')
    expect((await failure(late.detach({ argv: writes, env: {}, cwd: folder, logFile: path.join(folder, 'l') }))).code).toBe('aborted')
    expect(existsSync(marker)).toBe(false)
  })

  it('kills everything at once when asked', async () => {
    const all = processes()
    const running = failure(all.run(call('hang', program(`process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`))))
    all.killAll()
    expect((await running).message).toContain('SIGKILL')
  })
})

describe('stream', () => {
  it('gives every byte, however slowly they are read', async () => {
    const { stdout, done } = processes().stream(call('flood', program('process.stdout.write(Buffer.alloc(3e6, 1))')))
    let bytes = 0
    for await (const chunk of stdout) {
      bytes += chunk.length
      if (bytes < 500_000) await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(bytes).toBe(3e6)
    await expect(done).resolves.toMatchObject({ exitCode: 0 })
  })

  it('throws at the end when the program failed', async () => {
    const { stdout, done } = processes().stream(call('dump', program('process.stdout.write("half"); process.exitCode = 1')))
    let text = ''
    const reading = (async () => {
      for await (const chunk of stdout) text += Buffer.from(chunk).toString()
    })()
    expect((await failure(reading)).code).toBe('program-failed')
    expect(text).toBe('half')
    expect((await failure(done)).code).toBe('program-failed')
  })

  it('stops the program when the reader goes away', async () => {
    const { stdout, done } = processes().stream(call('flood', program('setInterval(() => process.stdout.write("x".repeat(1e5)), 1)')))
    for await (const chunk of stdout) if (chunk.length > 0) break
    expect((await failure(done)).message).toContain('no longer wanted')
  })

  it('throws the time limit into the reader', async () => {
    const { stdout } = processes().stream(call('hang', program('process.stdout.write("x"); setInterval(() => {}, 1000)'), { timeoutMs: 700 }))
    const reading = (async () => {
      for await (const chunk of stdout) expect(chunk.length).toBe(1)
    })()
    expect((await failure(reading)).code).toBe('program-timeout')
  })
})

describe('converse', () => {
  const upper = program('require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => line === "die" ? process.exit(4) : console.log(line.toUpperCase()))')

  it('passes lines both ways and ends well', async () => {
    const talk = processes().converse(call('talk', upper))
    await talk.write('one')
    expect(await talk.read()).toBe('ONE')
    await talk.write('two')
    await talk.write('three')
    expect(await Promise.all([talk.read(), talk.read()])).toEqual(['TWO', 'THREE'])
    await expect(talk.close()).resolves.toMatchObject({ exitCode: 0 })
  })

  it('says that the other side has gone, and why', async () => {
    const talk = processes().converse(call('talk', upper))
    await talk.write('die')
    expect(await talk.read()).toBeUndefined()
    expect((await failure(talk.close())).exitCode).toBe(4)
    expect((await failure(talk.write('more'))).exitCode).toBe(4)
  })
})

describe('script', () => {
  const user = (script: string, more = {}) => ({ what: 'migrate', script, env: {}, timeoutMs: 20_000, ...more })

  it('that answers gives its standard output apart and as it is, and tells nobody', async () => {
    const lines: string[] = []
    const result = await processes().script(user(`echo "to people" >&2; echo first; echo ${SECRET}`, { answers: true, onLine: (line: string) => lines.push(line) }))
    expect(result).toMatchObject({ exitCode: 0, answer: `first\n${SECRET}\n`, lastLines: ['to people'] })
    expect(lines).toEqual([])
  })

  it('that answers and is stopped tells nothing of it', async () => {
    const stop = new AbortController()
    const running = failure(processes(stop.signal).script(user(`echo ${SECRET}; sleep 30`, { answers: true })))
    setTimeout(() => stop.abort(), 300)
    expect(JSON.stringify(await running)).not.toContain(SECRET)
    expect((await processes().script(user(`echo ${SECRET}; sleep 30`, { answers: true, timeoutMs: 300 }))).timedOut).toBe(true)
  })

  it('says which folder for temporary files can not be used', async () => {
    const mine = systemProcesses({ env: { ...process.env, RUNNER_TEMP: '/nowhere' } })
    await expect(mine.script(user('true'))).rejects.toMatchObject({ code: 'file-missing', message: 'Could not make a folder for the script in `/nowhere`: it is not there.' })
  })

  it('stops at the first failure, also inside a pipe, and keeps the order of both outputs', async () => {
    const lines: string[] = []
    const result = await processes().script(user('echo one; echo two >&2; echo three\nfalse | cat\necho never', { onLine: (line: string) => lines.push(line) }))
    expect(result).toMatchObject({ exitCode: 1, timedOut: false, lastLines: ['one', 'two', 'three'] })
    expect(lines).toEqual(['one', 'two', 'three'])
  })

  it('has the environment of a `run:` step, ours added, our inputs left out', async () => {
    const mine = systemProcesses({ env: { ...process.env, SHARED: 's', INPUT_DATABASE: SECRET } })
    const result = await mine.script(user('echo "$SHARED $ECLUSE_VERSION [$INPUT_DATABASE]"', { env: { ECLUSE_VERSION: '1; rm -rf /' } }))
    expect(result.lastLines).toEqual(['s 1; rm -rf / []'])
  })

  it('masks each line, and leaves no file behind', async () => {
    const temp = path.join(folder, 'temp')
    mkdirSync(temp)
    const mine = systemProcesses({ env: { ...process.env, RUNNER_TEMP: temp }, mask })
    const result = await mine.script(user(`ls -l "$0" "$(dirname "$0")/.." | head -1; echo ${SECRET}`))
    expect(result.lastLines[0]).toMatch(/^-rwx------/)
    expect(result.lastLines.at(-1)).toBe('***')
    expect(existsSync(path.dirname(result.lastLines[0]!.split(' ').at(-1)!))).toBe(false)
  })

  it('says that its time was up', async () => {
    const result = await processes().script(user('echo begun; sleep 30 & sleep 30', { timeoutMs: 500 }))
    expect(result.timedOut).toBe(true)
    expect(result.exitCode).toBeUndefined()
    expect(result.elapsedMs).toBeLessThan(20_000)
  })

  it('rejects on abort', async () => {
    const stop = new AbortController()
    const running = failure(processes(stop.signal).script(user('echo begun; sleep 30', { onLine: () => stop.abort() })))
    expect((await running).code).toBe('aborted')
  })
})

describe('detached programs', () => {
  it('live on, write to their log, and are told apart from a later process of the same number', async () => {
    const logFile = path.join(folder, 'logs', 'out.log')
    const { pid } = await processes().detach({ argv: [node, '-e', 'console.log("here"); setInterval(() => {}, 1000)'], env: {}, cwd: folder, logFile })
    await until(() => readFileSync(logFile, 'utf8') === 'here\n')
    expect(processes().alive(pid, '')).toBe(true)
    expect(processes().alive(pid, '1')).toBe(false)
    process.kill(pid, 'SIGKILL')
    await until(() => !processes().alive(pid, ''))
  })

  it('are refused when they can not start', async () => {
    expect((await failure(processes().detach({ argv: ['no-such-program'], env: {}, cwd: folder, logFile: path.join(folder, 'l') }))).code).toBe('program-missing')
  })

  it('know our own start', () => {
    expect(ownStart()).not.toBe('')
    expect(processes().alive(process.pid, ownStart())).toBe(true)
  })
})

describe('which', () => {
  it('finds what can be run, and nothing else', async () => {
    writeFileSync(path.join(folder, 'tool'), '#!/bin/sh\n', { mode: 0o755 })
    writeFileSync(path.join(folder, 'text'), '', { mode: 0o644 })
    const mine = systemProcesses({ env: { PATH: `/nowhere:${folder}` } })
    expect(await mine.which('tool')).toBe(path.join(folder, 'tool'))
    expect(await mine.which('text')).toBeUndefined()
    expect(await mine.which('other')).toBeUndefined()
  })
})
