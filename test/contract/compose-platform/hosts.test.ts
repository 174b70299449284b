import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Engine } from '../../../core/ports/engine.js'
import type { Platform } from '../../../core/ports/platform.js'
import { composeLab, type ComposeLab } from '../../support/compose-lab.js'
import { dockerLab, type PrivateEngine, type SshHost } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { containersIn, inShort, live, onTrial, plan, seenAs } from './hands.js'

jest.setTimeout(240_000)

const STACK = `services:
  web:
    image: IMAGE
    environment: { PORT: "8080", HOST: 0.0.0.0 }
    expose: ["8080"]
    stop_grace_period: 2s
`

withEngines(['docker', 'openssh'], 'two hosts, this one and one by ssh', () => {
  let engine: PrivateEngine
  let second: SshHost
  let lab: ComposeLab

  beforeAll(async () => {
    const docker = await dockerLab()
    engine = await docker.privateEngine()
    second = await docker.sshHost({ engine })
    lab = await composeLab({
      compose: STACK,
      hosts: [{ hostKeys: [] }, { address: second.address, hostKeys: [second.hostKeyLine] }],
      options: { sshKey: second.privateKey },
    })
    await live(lab, await lab.release({ version: 'v1' }))
  })
  afterAll(async () => {
    await second.stop()
    await engine.end()
    await lab.close()
  })

  const both = async (): Promise<readonly (readonly string[])[]> => Promise.all([containersIn(lab.docker, lab.scope), containersIn(engine, lab.scope)])

  test('have a release that fails taken back on both, and it is said where', async () => {
    const before = await both()
    const failing = await lab.release({ version: 'v-bad', crash: true })
    await expect(lab.open().launch(failing, plan)).rejects.toMatchObject({ code: 'candidate-unhealthy', message: expect.stringContaining('this machine') })
    expect(await both()).toEqual(before)
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'none', 0])
  })

  test('go back each for itself: the second can\'t be reached, which is said, and its dead-man\'s switch does it', async () => {
    await onTrial(lab, await lab.release({ version: 'v2' }), 25)
    const deadline = Date.now() + 15_000
    await lab.open().returnAt(deadline)
    const seen = await lab.open().observe()
    // On a machine that is this slow, its time may have come already.
    if (Date.now() < deadline) expect(inShort(seen)).toEqual(['v1 well', 'v2 well', 25])
    await second.refuse()
    await expect(lab.open().abandon()).rejects.toMatchObject({ code: 'ssh-failed', message: expect.stringContaining(second.address) })
    const [here, there] = await both()
    expect([here, there]).toEqual([['edge running', 'v1 running'], ['edge running', 'v1 running', 'v2 running']])
    await second.admit()
    expect(inShort(await seenAs(lab.open(), ({ weight }) => weight === 0, 40_000))).toEqual(['v1 well', 'v2 unwell', 0])
    await lab.open().abandon()
    expect(await both()).toEqual([['edge running', 'v1 running'], ['edge running', 'v1 running']])
  })

  test('lose the connection to the second in the middle of any verb: asked again it is done on both', async () => {
    const cuts: string[] = []
    /** The connection breaks while the first call of this form is on its way. */
    const cut = (form: RegExp) => (on: Engine): Engine => {
      if (!on.name.includes(second.address.split('@')[1]!)) return on
      let whole = true
      const broken = async <T>(call: string, done: Promise<T>): Promise<T> => {
        if (!whole || !form.test(call)) return done
        whole = false
        cuts.push(call)
        const [ended] = await Promise.allSettled([done, second.drop()])
        if (ended.status === 'rejected') throw ended.reason
        return ended.value
      }
      return { ...on, run: (call) => broken(call.argv.join(' '), on.run(call)), write: (container, path, text) => broken(`write ${path}`, on.write(container, path, text)) }
    }
    const twice = async (form: RegExp, verb: (platform: Platform) => Promise<unknown>): Promise<void> => {
      const begun = cuts.length
      await verb(lab.open({}, cut(form))).catch((fault: unknown) => expect(fault).toMatchObject({ code: 'ssh-failed' }))
      expect(cuts).toHaveLength(begun + 1)
      await verb(lab.open())
    }
    const v3 = await lab.release({ version: 'v3' })
    await twice(/^compose .* up /, (platform) => platform.launch(v3, plan))
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'v3 well', 0])
    await twice(/^write .*wish/, (platform) => platform.shift(50))
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'v3 well', 50])
    await twice(/^stop /, (platform) => platform.promote())
    expect(inShort(await lab.open().observe())).toEqual(['v3 well', 'none', 0])
    const [past] = await lab.open().releases()
    await twice(/^start /, (platform) => platform.restore(past!))
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'none', 0])
    await onTrial(lab, v3, 25)
    await twice(/^write .*wish/, (platform) => platform.abandon())
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'none', 0])
  })

  test('that can\'t both be promoted go back to what both have', async () => {
    await onTrial(lab, await lab.release({ version: 'v2' }), 50)
    await engine.docker(['stop', ...(await engine.docker(['ps', '--quiet', '--filter', 'label=ecluse.version=v2'])).split('\n').filter(Boolean)])
    await expect(lab.open().promote()).rejects.toMatchObject({ code: 'candidate-unhealthy', message: expect.stringContaining(second.address) })
    await lab.open().abandon()
    expect(inShort(await lab.open().observe())).toEqual(['v1 well', 'none', 0])
  })
})
