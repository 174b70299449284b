/** What every engine keeps to, wherever it is. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Engine } from '../../../core/ports/engine.js'
import { programsWith } from '../../support/command-lines.js'
import type { DockerLab } from '../../support/docker/lab.mjs'
import { everythingOf, failureOf, idleContainer, until, type Container, type Run } from './bench.js'

export interface Bench {
  readonly lab: DockerLab
  readonly start: () => Promise<Run>
  readonly close: () => Promise<void>
}

const SECRET = 'hunter2-very-secret'
const timeoutMs = 30_000
const text = async (chunks: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts).toString()
}

export function engineContract(title: string, open: () => Promise<Bench>): void {
  describe(title, () => {
    let bench: Bench
    let run: Run
    let engine: Engine
    let part: string
    let idle: Container

    beforeAll(async () => {
      bench = await open()
      run = await bench.start()
      engine = run.engine()
      part = bench.lab.unique('engine')
      idle = await idleContainer(bench.lab, part)
    }, 180_000)

    afterAll(async () => {
      await run.end()
      await bench.lab.cleanup(part)
      await bench.close()
    })

    describe('a command', () => {
      test('gives what it printed', async () => {
        const { stdout, exitCode } = await engine.run({ what: 'look', argv: ['inspect', '-f', '{{.Name}}', idle.name], timeoutMs })
        expect([stdout.trim(), exitCode]).toEqual([`/${idle.name}`, 0])
      })

      test('reads its standard input', async () => {
        const { stdout } = await engine.run({ what: 'echo', argv: ['exec', '-i', idle.name, 'cat'], stdin: 'hällo', timeoutMs })
        expect(stdout).toBe('hällo')
      })

      test('may have an exit code for an answer', async () => {
        expect((await engine.run({ what: 'ask', argv: ['exec', idle.name, 'sh', '-c', 'exit 3'], accept: [0, 3], timeoutMs })).exitCode).toBe(3)
        expect((await engine.run({ what: 'look', argv: ['inspect', `${part}-none`], accept: [0, 1], timeoutMs })).exitCode).toBe(1)
      })

      test('that fails is told by its words', async () => {
        const failed = await failureOf(engine.run({ what: 'start the shop', argv: ['start', `${part}-none`], timeoutMs }))
        expect(failed).toMatchObject({ code: 'program-failed', exitCode: 1 })
        expect(failed.message).toContain('start the shop')
        expect(failed.message).toContain(`No such container: ${part}-none`)
      })

      test('whose fault is known is told by that fault', async () => {
        const { registry } = bench.lab
        const absent = await failureOf(engine.run({ what: 'get the image', argv: ['pull', `${registry}/${part}/none:1`], timeoutMs }))
        expect(absent.code).toBe('image-not-found')
        expect(absent.message).toMatch(new RegExp(`^Could not get the image.*: there is no image \`${registry}/${part}/none:1\`\\.$`))
        const nobody = await failureOf(engine.run({ what: 'get the image', argv: ['pull', '127.0.0.1:1/shop:1'], timeoutMs }))
        expect(nobody.code).toBe('registry-unreachable')
        const port = await bench.lab.docker(['run', '-d', '--name', `${part}-port`, '-p', '127.0.0.1::80', idle.image, 'sleep', '3600']).then(() => bench.lab.docker(['port', `${part}-port`, '80/tcp']))
        const taken = await failureOf(engine.run({ what: 'start the edge', argv: ['run', '-d', '--name', `${part}-second`, '-p', `${port.trim()}:80`, idle.image, 'sleep', '1'], timeoutMs }))
        expect(taken.code).toBe('port-taken')
        expect(taken.message).toMatch(new RegExp(`^Could not start the edge.*: port ${port.trim().split(':')[1]} is taken on 127\\.0\\.0\\.1\\.$`))
      })

      test('ends at its time limit', async () => {
        const failed = await failureOf(engine.run({ what: 'wait', argv: ['wait', idle.name], timeoutMs: 300 }))
        expect(failed.code).toBe('program-timeout')
      })

      test('has the small environment, docker’s own variables, and the user’s when that is asked for', async () => {
        const file = 'services:\n  web:\n    image: "x:${USERS_OWN:-none}"\n    environment: { GIVEN: "${GIVEN:-none}" }\n'
        const call = { what: 'read the compose file', argv: ['compose', '-f', '-', 'config'], stdin: file, env: { GIVEN: 'by the call' }, timeoutMs }
        const small = await engine.run(call)
        expect(small.stdout).toContain('image: x:none')
        expect(small.stdout).toContain('GIVEN: by the call')
        expect((await engine.run({ ...call, userEnvironment: true })).stdout).toContain('image: x:of the user')
      })

      test('keeps what it was given as secret out of errors and command lines', async () => {
        const waiting = engine.run({ what: 'wait', argv: ['exec', '-e', 'TOKEN', idle.name, 'sh', '-c', 'echo $TOKEN >&2; echo //user:pass-of-user@host >&2; touch /tmp/said; while [ -e /tmp/said ]; do sleep 0.05; done; exit 1'], env: { TOKEN: SECRET }, timeoutMs })
        const failed = failureOf(waiting)
        await until(async () => (await engine.read(idle.name, '/tmp/said')) !== undefined, 'that the command has begun')
        const lines = programsWith('exec -e TOKEN').map(({ line }) => line)
        expect(lines.length).toBeGreaterThan(0)
        expect(lines.join('\n')).not.toContain(SECRET)
        await engine.run({ what: 'go on', argv: ['exec', idle.name, 'rm', '/tmp/said'], timeoutMs })
        const shown = everythingOf(await failed)
        expect(shown).toContain('***')
        expect(shown).not.toContain(SECRET)
        expect(shown).not.toContain('pass-of-user')
      })
    })

    describe('a stream', () => {
      test('brings all of a long output', async () => {
        const streaming = engine.stream({ what: 'read much', argv: ['exec', idle.name, 'sh', '-c', 'yes 123456789 | head -n 300000'], timeoutMs })
        expect((await text(streaming.stdout)).length).toBe(3_000_000)
        expect((await streaming.done).exitCode).toBe(0)
      })

      test('whose program fails says so, in its output and at its end', async () => {
        const streaming = engine.stream({ what: 'read the log', argv: ['logs', `${part}-none`], timeoutMs })
        const [output, done] = [await failureOf(text(streaming.stdout)), await failureOf(streaming.done)]
        expect(output.message).toContain(`No such container: ${part}-none`)
        expect(done).toBe(output)
      })

      test('that nobody wants any more is stopped', async () => {
        const streaming = engine.stream({ what: 'follow', argv: ['exec', idle.name, 'yes'], timeoutMs })
        for await (const chunk of streaming.stdout) {
          expect(chunk.length).toBeGreaterThan(0)
          break
        }
        expect((await failureOf(streaming.done)).code).toBe('program-failed')
      })
    })

    describe('a file in a container', () => {
      const long = 'größe\n'.repeat(400_000)

      test('is read as it was written, also in place of another, and by any user', async () => {
        for (const content of [long, 'short\n', '', long]) {
          await engine.write(idle.name, '/kept/wish', content)
          expect(await engine.read(idle.name, '/kept/wish')).toBe(content)
        }
        await engine.write(idle.name, '/top', 'at the top')
        const { stdout } = await engine.run({ what: 'read', argv: ['exec', '-u', '1000', idle.name, 'cat', '/top'], timeoutMs })
        expect(stdout).toBe('at the top')
      })

      test('that is being written is there all the same, as far as it is written', async () => {
        const writing = 'i=0; while [ ! -e /tmp/enough ]; do i=$((i+1)); yes line | head -n $((i % 2 * 50000 + 1)) > /tmp/busy; done'
        await bench.lab.docker(['exec', idle.name, 'sh', '-c', 'echo line > /tmp/busy'])
        await bench.lab.docker(['exec', '-d', idle.name, 'sh', '-c', writing])
        for (let index = 0; index < 15; index += 1) expect(await engine.read(idle.name, '/tmp/busy')).toMatch(/^(?:line\n)*(?:l|li|lin|line)?$/)
        await bench.lab.docker(['exec', idle.name, 'touch', '/tmp/enough'])
      })

      test('comes and goes with the others of its folder in one copy', async () => {
        const files = { keeper: 'one', wish: 'größe\n', state: '' }
        await bench.lab.docker(['exec', idle.name, 'mkdir', '-p', '/kept/several/below'])
        await engine.writeFiles(idle.name, '/kept/several', files)
        expect(await engine.readFolder(idle.name, '/kept/several')).toEqual(files)
        expect(await engine.readFolder(idle.name, '/kept/none')).toBeUndefined()
        expect(await engine.readFolder(`${part}-none`, '/kept')).toBeUndefined()
      })

      test('can be reached while the container is stopped, in a volume too', async () => {
        const other = await idleContainer(bench.lab, part, 'stopped')
        await bench.lab.docker(['stop', '-t', '0', other.name])
        await engine.write(other.name, '/kept/state', 'kept')
        expect(await engine.read(other.name, '/kept/state')).toBe('kept')
        await bench.lab.docker(['start', other.name])
        expect(await bench.lab.docker(['exec', other.name, 'cat', '/kept/state'])).toBe('kept')
      })

      test('is followed through a link', async () => {
        await bench.lab.docker(['exec', idle.name, 'sh', '-c', 'echo behind > /tmp/real; ln -sf /tmp/real /tmp/link'])
        expect(await engine.read(idle.name, '/tmp/link')).toBe('behind\n')
      })

      test('that is not there is nothing, and a folder is no file', async () => {
        expect(await engine.read(idle.name, '/kept/none')).toBeUndefined()
        expect(await engine.read(idle.name, '/none/none')).toBeUndefined()
        expect(await engine.read(idle.name, '/kept')).toBeUndefined()
        expect(await engine.read(`${part}-none`, '/kept/wish')).toBeUndefined()
      })

      test('is not written where there is no container or folder', async () => {
        const nowhere = await failureOf(engine.write(`${part}-none`, '/x/y', 'x'))
        expect(nowhere.code).toBe('file-missing')
        expect(nowhere.message).toMatch(new RegExp(`^Could not write \`/x/y\` in the container \`${part}-none\`.*: there is no such container\\.$`))
        const inside = await failureOf(engine.write(idle.name, '/none/y', 'x'))
        expect(inside.code).toBe('file-missing')
        expect(inside.message).toMatch(/: there is no folder `\/none` in it\.$/)
      })
    })

    describe('containers', () => {
      const label = (): string => `suite=${part}`
      test('are found by a label or by name, running or not, with all that is told of them', async () => {
        const made = async (name: string, ...argv: readonly string[]) => bench.lab.docker(['run', '-d', '--name', `${part}-${name}`, '--label', label(), ...argv])
        await made('well', '--label', 'says=größe "of" it', '--health-cmd', 'true', '--health-interval', '200ms', idle.image, 'sleep', '3600')
        await made('ended', idle.image, 'sh', '-c', 'exit 7')
        await bench.lab.docker(['wait', `${part}-ended`])
        await bench.lab.docker(['create', '--name', `${part}-new`, '--label', label(), idle.image, 'true'])
        await until(async () => (await engine.containers({ names: [`${part}-well`] }))[0]?.health === 'healthy', 'that it is healthy')
        const found = (await engine.containers({ label: label() })).toSorted((a, b) => a.name.localeCompare(b.name))
        const usual = { labels: { suite: part }, running: false, health: 'none', restarts: 0, exitCode: 0, outOfMemory: false, error: '' }
        const moment = expect.any(Number)
        expect(found).toMatchObject([
          { ...usual, name: `${part}-ended`, status: 'exited', exitCode: 7, startedAt: moment, finishedAt: moment },
          { ...usual, name: `${part}-new`, status: 'created', startedAt: 0, finishedAt: 0 },
          { ...usual, name: `${part}-well`, status: 'running', running: true, health: 'healthy', labels: { suite: part, says: 'größe "of" it' }, finishedAt: 0 },
        ])
        expect(Math.abs(Date.now() - found[2]!.startedAt)).toBeLessThan(600_000)
        expect(found[0]!.finishedAt).toBeGreaterThanOrEqual(found[0]!.startedAt)
        expect(await engine.containers({ names: [`${part}-none`, `${part}-new`] })).toEqual([found[1]])
      })

      test('that are not there are none', async () => {
        expect(await engine.containers({ label: 'suite=of nobody' })).toEqual([])
        expect(await engine.containers({ names: [] })).toEqual([])
        expect(await engine.containers({ names: [`${part}-none`] })).toEqual([])
      })
    })

    test('a cancelled run stops what it does and begins nothing', async () => {
      const cancelled = await bench.start()
      const of = cancelled.engine()
      await of.run({ what: 'look', argv: ['version'], timeoutMs })
      const waiting = failureOf(of.run({ what: 'wait', argv: ['wait', idle.name, `${part}-port`], timeoutMs }))
      await until(async () => programsWith(`wait ${idle.name} ${part}-port`).length > 0, 'the command')
      cancelled.cancel()
      expect((await waiting).code).toBe('aborted')
      expect((await failureOf(of.run({ what: 'look', argv: ['ps'], timeoutMs }))).code).toBe('aborted')
      expect((await failureOf(of.containers({ label: 'suite' }))).code).toBe('aborted')
      expect((await failureOf(of.read(idle.name, '/kept/wish'))).code).toBe('aborted')
      expect(programsWith(`wait ${idle.name} ${part}-port`)).toEqual([])
      await cancelled.end()
    })
  })
}
