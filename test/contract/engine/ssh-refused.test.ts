import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { DockerGiven } from '../../../core/drivers/engines/docker/index.js'
import { InputError } from '../../../core/errors/families.js'
import type { DockerLab, SshHost } from '../../support/docker/lab.mjs'
import { withEngines } from '../../support/engines/index.js'
import { dockerLab, everythingOf, failureOf, startRun, userEnvironment, type Run } from './bench.js'

const timeoutMs = 60_000
const keyOf = (line: string): string => line.split(' ').slice(1).join(' ')

withEngines(['docker', 'openssh'], 'a host that is not reached', (pathOf) => {
  let lab: DockerLab
  let host: SshHost
  let other: SshHost
  let run: Run
  let folder: string

  beforeAll(async () => {
    lab = await dockerLab()
    host = await lab.sshHost()
    other = await lab.sshHost()
    folder = await mkdtemp(path.join(tmpdir(), 'engine-'))
    run = await startRun({ given: givenFor(host), env: userEnvironment(lab) })
  })
  afterAll(async () => {
    await run.end()
    await host.stop()
    await other.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const givenFor = (to: SshHost): DockerGiven => ({ address: to.address, hostKeys: [to.hostKeyLine], sshKey: to.privateKey })
  const refused = (given: Partial<DockerGiven>) => failureOf(run.engine(given).run({ what: 'list containers', argv: ['ps'], timeoutMs }))
  const fingerprint = async (line: string): Promise<string> => {
    await writeFile(path.join(folder, 'line'), `${line}\n`)
    return spawnSync(path.join(path.dirname(pathOf('openssh')), 'ssh-keygen'), ['-lf', path.join(folder, 'line')], { encoding: 'utf8' }).stdout.split(' ')[1]!
  }

  describe('because its key is not pinned', () => {
    test('is told with the line to add, its fingerprint, and how to compare it', async () => {
      const before = await host.counts()
      const failed = await refused({ hostKeys: [] })
      expect(failed.code).toBe('host-key-unknown')
      expect(failed.message.split('\n')).toEqual([
        `Could not connect to \`${host.address}\`: no key is pinned for it. It shows ${await fingerprint(host.hostKeyLine)}, which is this line:`, host.hostKeyLine,
      ])
      expect(failed.fix).toContain('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')
      // The line that is printed is the one that is needed.
      expect((await run.engine({ hostKeys: [failed.message.split('\n')[1]!] }).run({ what: 'look', argv: ['version'], timeoutMs })).exitCode).toBe(0)
      expect((await host.counts()).accepted - before.accepted).toBe(2)
    })

    test('is never trusted by being asked', async () => {
      await refused({ hostKeys: [] })
      expect((await refused({ hostKeys: [] })).code).toBe('host-key-unknown')
    })

    test('under its name, though another has one', async () => {
      const failed = await refused({ hostKeys: [`elsewhere.example ${keyOf(host.hostKeyLine)}`] })
      expect(failed.code).toBe('host-key-unknown')
      expect(failed.message).toContain('none of the pinned keys is of this host')
      expect(failed.message).toContain(host.hostKeyLine)
    })

    test('and nobody answers either', async () => {
      expect((await refused({ address: 'ssh://deploy@127.0.0.1:1', hostKeys: [] })).code).toBe('ssh-failed')
    })
  })

  test('because it shows another key than the pinned one is told with both fingerprints', async () => {
    const pinned = `${host.hostKeyLine.split(' ')[0]} ${keyOf(other.hostKeyLine)}`
    const failed = await refused({ hostKeys: [pinned] })
    expect(failed.code).toBe('host-key-changed')
    expect(failed.message).toBe(`Could not connect to \`${host.address}\`: the host shows the key ${await fingerprint(host.hostKeyLine)}, and the pinned one is ${await fingerprint(pinned)}.`)
  })

  test('whatever the user’s own ssh configuration would trust', async () => {
    await writeFile(path.join(folder, 'trusting'), `${host.hostKeyLine}\n`)
    await writeFile(path.join(folder, 'config'), [
      'Host *', 'StrictHostKeyChecking no', 'NoHostAuthenticationForLocalhost yes', 'VerifyHostKeyDNS yes', 'UpdateHostKeys yes',
      `UserKnownHostsFile ${folder}/trusting`, `GlobalKnownHostsFile ${folder}/trusting`, `KnownHostsCommand /bin/cat ${folder}/trusting`,
      'PermitLocalCommand yes', `LocalCommand touch ${folder}/local-command`, 'RemoteCommand false', 'RequestTTY force', 'LogLevel QUIET',
      'LocalForward 127.0.0.1:1 127.0.0.1:1', 'ExitOnForwardFailure yes', 'ControlPath none', '',
      'Host shop', `HostName 127.0.0.1`, `Port ${new URL(host.address).port}`, 'User deploy',
    ].join('\n'))
    const ssh = `${folder}/bin/ssh`
    await run.ambient.files.write(ssh, `#!/bin/sh\nexec ${path.join(path.dirname(pathOf('openssh')), 'ssh')} -F ${folder}/config "$@"\n`, { mode: 0o755 })
    const own = await startRun({ given: { ...givenFor(host), address: 'ssh://shop' }, env: { ...userEnvironment(lab), PATH: `${folder}/bin:${lab.env.PATH}` } })
    const asked = (hostKeys: readonly string[]) => own.engine({ hostKeys }).run({ what: 'look', argv: ['version'], timeoutMs })
    const unpinned = await failureOf(asked([]))
    expect(unpinned.code).toBe('host-key-unknown')
    expect(unpinned.message).toContain(host.hostKeyLine)
    expect((await failureOf(asked([`${host.hostKeyLine.split(' ')[0]} ${keyOf(other.hostKeyLine)}`]))).code).toBe('host-key-changed')
    // The alias counts, and what it would do beside does not.
    expect((await asked([host.hostKeyLine])).exitCode).toBe(0)
    expect(await own.ambient.files.info(`${folder}/local-command`)).toBeUndefined()
    await own.end()
  })

  describe('because of the user’s key', () => {
    test('is told by what ssh said', async () => {
      const failed = await refused({ sshKey: other.privateKey })
      expect(failed).toMatchObject({ code: 'ssh-failed', message: `Could not connect to \`${host.address}\`: the host does not let \`deploy@127.0.0.1\` in with the keys that it was shown (it takes publickey).` })
      expect(everythingOf(failed)).not.toContain(other.privateKey.split('\n')[2]!)
      expect((await refused({ sshKey: 'no key at all' })).message).toContain('`ssh` can not read the given private key')
    })

    test('that needs a passphrase', async () => {
      const file = path.join(folder, 'locked')
      spawnSync(path.join(path.dirname(pathOf('openssh')), 'ssh-keygen'), ['-q', '-t', 'ed25519', '-N', 'secret', '-f', file])
      const locked = await run.ambient.files.text(file)
      await expect(run.engine({ sshKey: locked }).run({ what: 'look', argv: ['ps'], timeoutMs })).rejects.toThrow('is locked with a passphrase')
    })

    test.each([
      ['without its last line end', (key: string) => key.trimEnd()],
      ['with the line ends of another system', (key: string) => key.replaceAll('\n', '\r\n')],
      ['in one line', (key: string) => key.trim().replaceAll('\n', ' ')],
      ['with line ends written out', (key: string) => key.replaceAll('\n', String.raw`\n`)],
    ])('does not happen when the key came %s', async (_how, spoil) => {
      expect((await run.engine({ sshKey: spoil(host.privateKey) }).run({ what: 'look', argv: ['version'], timeoutMs })).exitCode).toBe(0)
    })
  })

  describe('because nobody is there', () => {
    test('at its port', async () => {
      expect((await refused({ address: 'ssh://deploy@127.0.0.1:1' })).message).toContain('nobody answers at `127.0.0.1` port 1 (Connection refused)')
    })
    test('by its name', async () => {
      expect((await refused({ address: 'ssh://deploy@no-such-host.invalid' })).message).toContain('the name `no-such-host.invalid` leads nowhere')
    })
    test('who says a word', async () => {
      await other.refuse()
      expect((await refused(givenFor(other))).message).toContain('the connection was broken off before anybody had logged in')
      await other.admit()
    })
    test('and `ssh` is not here either', async () => {
      const own = await startRun({ given: givenFor(host), env: { ...userEnvironment(lab), PATH: folder } })
      expect(await failureOf(own.engine().run({ what: 'look', argv: ['ps'], timeoutMs }))).toMatchObject({ code: 'program-missing', message: `Could not connect to \`${host.address}\`: \`ssh\` is not installed here.` })
      await own.end()
    })
  })

  test('because its address is none', () => {
    expect(() => run.engine({ address: 'ssh://-oProxyCommand=x' })).toThrow(InputError)
  })
})
