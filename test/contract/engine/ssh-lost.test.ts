import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Engine } from '../../../core/ports/engine.js'
import { programsWith } from '../../support/command-lines.js'
import type { DockerLab, SshHost, SshHostOptions } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { dockerLab, failureOf, idleContainer, startRun, until, userEnvironment, type Container, type Run } from './bench.js'

const timeoutMs = 90_000
const look = (engine: Engine) => engine.run({ what: 'list containers', argv: ['ps', '--quiet'], timeoutMs })
const UNKNOWN = 'the ssh connection was lost, and nobody knows whether it was done.'

withEngines(['docker', 'openssh'], 'a connection that is lost', () => {
  let lab: DockerLab
  let part: string
  let idle: Container
  let host: SshHost
  let run: Run
  let engine: Engine
  const opened: (() => Promise<void>)[] = []

  const open = async (options?: SshHostOptions): Promise<{ host: SshHost; run: Run; engine: Engine }> => {
    const to = await lab.sshHost(options)
    const started = await startRun({ given: { address: to.address, hostKeys: [to.hostKeyLine], sshKey: to.privateKey }, env: userEnvironment(lab) })
    opened.push(() => started.end(), () => to.stop())
    return { host: to, run: started, engine: started.engine() }
  }

  beforeAll(async () => {
    lab = await dockerLab()
    part = lab.unique('engine')
    idle = await idleContainer(lab, part);
    ({ host, run, engine } = await open())
  })
  afterAll(async () => {
    for (const close of opened) await close()
    await lab.cleanup(part)
  })

  /** The sockets of this machine that lead to the engine: where calls come in, and one for each that came. */
  const leading = async (): Promise<number> => (await readFile('/proc/net/unix', 'utf8')).split('\n').filter((line) => line.includes(`${run.temp}/`) && /\/d\d+$/.test(line)).length

  /** Begins a call that can not get on, and cuts its connection once its `docker` has come in: before, it would find nobody and be given again. */
  const cutWhile = async <T>(call: () => Promise<T>, words: string): Promise<T> => {
    await look(engine)
    await host.hold()
    const before = await leading()
    const going = call()
    await until(async () => programsWith(words).length > 0, words)
    for (const end = Date.now() + 3000; Date.now() < end && (await leading()) <= before;) await sleep(5)
    await host.drop()
    await host.release()
    return going
  }

  /** Ends our `ssh` so that nothing tells that it is gone. */
  const killMaster = async (): Promise<void> => {
    await look(engine)
    const masters = programsWith(run.temp)
    expect(masters).toHaveLength(1)
    process.kill(masters[0]!.pid, 'SIGKILL')
    await until(async () => programsWith(run.temp).length === 0, 'the end of ssh')
  }

  describe('between two calls', () => {
    test('is made again', async () => {
      await look(engine)
      const { accepted } = await host.counts()
      await host.drop()
      await until(async () => programsWith(run.temp).length === 0, 'the end of ssh')
      await engine.run({ what: 'start', argv: ['run', '--rm', idle.image, 'true'], timeoutMs })
      expect(await host.counts()).toEqual({ open: 1, accepted: accepted + 1 })
    })

    test('is made again once for many calls at once', async () => {
      await look(engine)
      const { accepted } = await host.counts()
      await host.drop()
      await Promise.all(Array.from({ length: 8 }, () => look(engine)))
      expect(await host.counts()).toEqual({ open: 1, accepted: accepted + 1 })
    })

    test('without a trace is seen by a call that did not arrive, which is given again', async () => {
      await killMaster()
      expect((await look(engine)).exitCode).toBe(0)
      await killMaster()
      expect((await engine.run({ what: 'stop it', argv: ['kill', '--signal', 'CONT', idle.name], timeoutMs })).exitCode).toBe(0)
      await killMaster()
      await engine.write(idle.name, '/kept/after', 'all')
      expect(await engine.read(idle.name, '/kept/after')).toBe('all')
    })

    test('without a trace fails a call of several requests, and the next one goes', async () => {
      await killMaster()
      const failed = await failureOf(engine.run({ what: 'start it', argv: ['run', '--rm', idle.image, 'true'], timeoutMs }))
      expect(failed).toMatchObject({ code: 'ssh-failed', message: `Could not start it on \`${host.address}\`: ${UNKNOWN}` })
      expect((await look(engine)).exitCode).toBe(0)
    })
  })

  describe('in the middle of a call', () => {
    test('that only looks gives it again', async () => {
      await engine.write(idle.name, '/kept/state', 'whole')
      expect(await cutWhile(() => engine.read(idle.name, '/kept/state'), `${idle.name}:/kept/state`)).toBe('whole')
      expect((await cutWhile(() => engine.run({ what: 'look', argv: ['inspect', '--format', '{{.Name}}', idle.name], timeoutMs }), `inspect --format {{.Name}} ${idle.name}`)).stdout).toBe(`/${idle.name}\n`)
    })

    test('that writes a file writes it again', async () => {
      await cutWhile(() => engine.write(idle.name, '/kept/again', 'written'), `${idle.name}:/kept`)
      expect(await lab.docker(['exec', idle.name, 'cat', '/kept/again'])).toBe('written')
    })

    test('that changes something is an error, and nothing is done twice', async () => {
      const failed = await cutWhile(() => failureOf(engine.run({ what: 'rename it', argv: ['rename', idle.name, `${part}-renamed`], timeoutMs })), `rename ${idle.name}`)
      expect(failed).toMatchObject({ code: 'ssh-failed', message: `Could not rename it on \`${host.address}\`: ${UNKNOWN}` })
      expect((await look(engine)).exitCode).toBe(0)
    })

    test('is an error, not the exit code that it would have for an answer', async () => {
      await look(engine)
      const waiting = failureOf(engine.run({ what: 'ask', argv: ['exec', idle.name, 'sh', '-c', 'touch /tmp/begun; sleep 3600'], accept: [0, 1, 255], timeoutMs }))
      await until(async () => (await lab.docker(['exec', idle.name, 'ls', '/tmp'])).includes('begun'), 'the command')
      await host.drop()
      expect((await waiting).code).toBe('ssh-failed')
    })

    test('ends a stream by an error', async () => {
      const streaming = engine.stream({ what: 'follow', argv: ['exec', idle.name, 'sh', '-c', 'echo first; sleep 3600'], timeoutMs })
      const seen: string[] = []
      const reading = failureOf((async () => {
        for await (const chunk of streaming.stdout) {
          seen.push(Buffer.from(chunk).toString())
          await host.drop()
        }
      })())
      expect((await reading).code).toBe('ssh-failed')
      expect((await failureOf(streaming.done)).code).toBe('ssh-failed')
      expect(seen.join('')).toBe('first\n')
    })

    test('is noticed when nobody says so', async () => {
      await look(engine)
      await host.hold()
      const failed = await failureOf(engine.run({ what: 'rename it', argv: ['rename', idle.name, `${part}-renamed`], timeoutMs }))
      await host.release()
      expect(failed).toMatchObject({ code: 'ssh-failed', message: `Could not rename it on \`${host.address}\`: ${UNKNOWN}` })
    })
  })

  describe('only as far as the engine of the host', () => {
    test('because it was stopped, and is there again', async () => {
      const own = await lab.privateEngine()
      const there = await open({ engine: own })
      await look(there.engine)
      await own.stop()
      const failed = await failureOf(look(there.engine))
      expect(failed.code).toBe('docker-unreachable')
      expect(failed.message).toBe(`Could not list containers on \`${there.host.address}\`: the Docker Engine of the host does not run, or listens elsewhere than at \`/var/run/docker.sock\`.`)
      expect(failed.fix).toContain('systemctl start docker')
      expect((await failureOf(there.engine.read('x', '/y'))).code).toBe('docker-unreachable')
      expect((await failureOf(there.engine.write('x', '/y', ''))).code).toBe('docker-unreachable')
      await own.start()
      await look(there.engine)
      expect((await there.host.counts()).accepted).toBe(1)
      await own.end()
    })

    test('because the user may not use it', async () => {
      const there = await open({ permitted: false })
      const failed = await failureOf(look(there.engine))
      expect(failed).toMatchObject({ code: 'docker-unreachable', message: `Could not list containers on \`${there.host.address}\`: the user \`deploy\` may not use the socket \`/var/run/docker.sock\` of the host.` })
      expect(failed.fix).toBe('Run `usermod -aG docker deploy` on the host, as root.')
    })

    test('because the ssh server leads to no socket', async () => {
      const there = await open({ forwards: false })
      expect(await failureOf(look(there.engine))).toMatchObject({ code: 'ssh-failed', message: `Could not list containers on \`${there.host.address}\`: Docker runs there, and the ssh server does not lead to \`/var/run/docker.sock\`.` })
    })

    test('because it listens elsewhere, which is named', async () => {
      const failed = await failureOf(look(run.engine({ address: `${host.address}/run/other.sock` })))
      expect(failed.code).toBe('docker-unreachable')
      expect(failed.fix).toContain(`${host.address}/var/run/docker.sock`)
    })

    test('because Docker is not installed; only its socket is needed', async () => {
      const bare = await open({ docker: false })
      expect((await look(bare.engine)).exitCode).toBe(0)
      expect(await failureOf(look(bare.run.engine({ address: `${bare.host.address}/run/other.sock` })))).toMatchObject({ code: 'docker-missing' })
    })
  })
})
