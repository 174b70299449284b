import { describe, expect, it } from '@jest/globals'
import { systemProcesses } from '../../../core/io/process.js'
import { ProcessError } from '../../../core/errors/families.js'
import type { Command, Streaming } from '../../../core/ports/process.js'

const processes = systemProcesses({ env: process.env })
const call = (what: string, code: string, more: Partial<Command> = {}): Command => ({ what, argv: [process.execPath, '-e', code], timeoutMs: 20_000, ...more })
const flood = call('flood', 'process.stdout.write(Buffer.alloc(5e6, 7))')
const endless: Command = { what: 'flood', argv: ['yes'], timeoutMs: 20_000 }
const count = (stdin: NonNullable<Command['stdin']>, code = ''): Command =>
  call('count', `let n = 0; process.stdin.on("data", (chunk) => { n += chunk.length; ${code} }).on("end", () => process.stdout.write(String(n)))`, { stdin })
const failure = async (work: Promise<unknown>): Promise<ProcessError> => {
  const thrown: unknown = await work.then(() => undefined, (fault: unknown) => fault)
  if (!(thrown instanceof ProcessError)) throw new Error(`it did not fail: ${String(thrown)}`)
  return thrown
}
/** How often we took some of it ourselves. */
const watched = ({ stdout }: Streaming): { stdout: AsyncIterable<Uint8Array>; reads: () => number } => {
  const content = stdout as AsyncGenerator<Uint8Array>
  const next = content.next.bind(content)
  let reads = 0
  content.next = (...args) => {
    reads += 1
    return next(...args)
  }
  return { stdout: content, reads: () => reads }
}

describe('a program that reads another one', () => {
  it('gets every byte, and none of them passes through us', async () => {
    const { stdout, reads } = watched(processes.stream(flood))
    expect((await processes.run(count(stdout))).stdout).toBe('5000000')
    expect(reads()).toBe(0)
  })

  it('gets the rest of what was read here before', async () => {
    const { stdout } = processes.stream(flood)
    const iterator = stdout[Symbol.asyncIterator]()
    const { value } = await iterator.next()
    expect(Number((await processes.run(count(stdout))).stdout) + (value as Uint8Array).length).toBe(5_000_000)
  })

  it('gets all of it when it is started late', async () => {
    const { stdout } = processes.stream(flood)
    await processes.run(call('pass the time', ''))
    expect((await processes.run(count(stdout))).stdout).toBe('5000000')
  })

  it('fails with what was wrong with the other, however well it ended itself', async () => {
    const half = processes.stream(call('dump', 'process.stderr.write("no more\\n"); process.stdout.write("half"); process.exitCode = 3'))
    const fault = await failure(processes.run(count(half.stdout)))
    expect(fault).toMatchObject({ code: 'program-failed', exitCode: 3, message: expect.stringContaining('Could not dump') })
  })

  it('fails with what was wrong at the beginning of a longer row', async () => {
    const first = processes.stream(call('dump', 'process.exitCode = 3'))
    const second = processes.stream(call('pass on', 'process.stdin.pipe(process.stdout)', { stdin: first.stdout }))
    expect(await failure(processes.run(count(second.stdout)))).toMatchObject({ message: expect.stringContaining('Could not dump') })
  })

  it('fails when the other is not installed', async () => {
    const none = processes.stream({ what: 'dump', argv: ['/nowhere/pg_dump'], timeoutMs: 5000 })
    expect((await failure(processes.run(count(none.stdout)))).code).toBe('program-missing')
  })

  it('may want no more: the other ends', async () => {
    const { stdout, done } = processes.stream(endless)
    await expect(processes.run(count(stdout, 'process.exit(0)'))).resolves.toMatchObject({ exitCode: 0 })
    expect((await failure(done)).message).toMatch(/SIGPIPE|reset by peer/)
  })

  it('says itself why it failed, and the other ends', async () => {
    const { stdout, done } = processes.stream(call('wait', 'process.stdout.write("x"); setInterval(() => {}, 1000)'))
    expect(await failure(processes.run(count(stdout, 'process.exit(4)')))).toMatchObject({ exitCode: 4, message: expect.stringContaining('Could not count') })
    expect((await failure(done)).message).toContain('no longer wanted')
  })

  it('ends with the other when whoever reads it goes away', async () => {
    const first = processes.stream(endless)
    const second = processes.stream(call('pass on', 'process.stdin.pipe(process.stdout)', { stdin: first.stdout }))
    for await (const chunk of second.stdout) if (chunk.length > 0) break
    expect((await failure(second.done)).message).toContain('no longer wanted')
    expect((await failure(first.done)).code).toBe('program-failed')
  })

  it('is stopped with the other by an abort', async () => {
    const cancel = new AbortController()
    const bound = systemProcesses({ env: process.env, signal: cancel.signal })
    const first = bound.stream(endless)
    const reading = bound.run(count(first.stdout))
    cancel.abort()
    expect((await failure(reading)).code).toBe('aborted')
    expect((await failure(first.done)).code).toBe('aborted')
  })
})
