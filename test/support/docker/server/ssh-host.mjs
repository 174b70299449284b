// A host with Docker that is reached by ssh: a real sshd with users, a /run and a docker.sock of its own, in a mount namespace.
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import { containersFolder } from '../../engines/containers.mjs'
import { unusedPort } from '../../ports.mjs'
import { call, halt, poll, start } from './children.mjs'
import { dockerGroup } from './engine.mjs'
import { startRelay } from './relay.mjs'
import { removeFolder } from './remains.mjs'

const user = 'deploy'
const uid = 64_901

const settings = (folder, port, docker, forwards) => `ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/authorized_keys
PidFile none
UsePAM no
UseDNS no
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
AllowStreamLocalForwarding ${forwards ? 'yes' : 'no'}
MaxStartups 100
MaxSessions 100
SetEnv PATH=${docker ? '/run/containers/bin:' : ''}/usr/bin:/bin
`

// /run is hidden from sshd and its sessions, so that the engine's socket is where it is on every host with Docker.
const script = (folder, socket) => `set -e
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd /run/containers /run/deploy/.docker
mount --bind "${containersFolder}" /run/containers
ln -s /run/containers/plugins /run/deploy/.docker/cli-plugins
chown -R ${uid}:${uid} /run/deploy
ln -s "${socket}" /run/docker.sock
mount --bind "${folder}/passwd" /etc/passwd
mount --bind "${folder}/group" /etc/group
exec "${containersFolder}/tools/sshd" -D -e -f "${folder}/sshd_config"
`

const accounts = async (folder, permitted) => {
  const passwd = await readFile('/etc/passwd', 'utf8')
  const sshd = /^sshd:/m.test(passwd) ? '' : 'sshd:x:64902:65534::/run/sshd:/usr/sbin/nologin\n'
  await writeFile(`${folder}/passwd`, `${passwd.trimEnd()}\n${sshd}${user}:x:${uid}:${uid}::/run/deploy:/bin/sh\n`)
  const group = await readFile('/etc/group', 'utf8')
  await writeFile(`${folder}/group`, `${group.trimEnd()}\n${user}:x:${uid}:\necluselab:x:${dockerGroup}:${permitted ? user : ''}\n`)
}

const newKey = async (file) => {
  call(`${containersFolder}/tools/ssh-keygen`, ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', file])
  const [kind, key] = (await readFile(`${file}.pub`, 'utf8')).split(' ')
  return `${kind} ${key}`
}

const speaks = (port) =>
  new Promise((resolve) => {
    const probe = net.connect(port, '127.0.0.1')
    probe.once('data', (text) => {
      probe.destroy()
      resolve(String(text).startsWith('SSH-'))
    })
    probe.on('error', () => resolve(false))
    probe.on('close', () => resolve(false))
  })

const launch = async (folder, port) => {
  const child = start('/bin/sh', [`${folder}/inside.sh`], { log: `${folder}/sshd.log`, before: ['unshare', '--mount'] })
  await poll(20_000, async () => child.gone() || speaks(port))
  if (!child.gone()) return child
  throw new Error(`\`sshd\` did not start. It said:\n${child.last()}`)
}

export const startSshHost = async ({ folder, engineSocket, permitted = true, docker = true, forwards = true }) => {
  await mkdir(`${folder}/private`, { recursive: true })
  await chmod(`${folder}/private`, 0o700)
  const port = await unusedPort()
  const hostKey = await newKey(`${folder}/host_key`)
  await writeFile(`${folder}/authorized_keys`, `${await newKey(`${folder}/private/key`)}\n`)
  const privateKey = await readFile(`${folder}/private/key`, 'utf8')
  await rm(`${folder}/private`, { recursive: true })
  await accounts(folder, permitted)
  await writeFile(`${folder}/sshd_config`, settings(folder, port, docker, forwards))
  await writeFile(`${folder}/inside.sh`, script(folder, engineSocket))
  const child = await launch(folder, port)
  const relay = await startRelay(port)
  const state = { ended: undefined }
  const endAll = async () => {
    relay.close()
    await halt(child)
    await removeFolder(folder)
  }
  const end = () => (state.ended ??= endAll())
  const known = { address: `ssh://${user}@127.0.0.1:${relay.port}`, hostKeyLine: `[127.0.0.1]:${relay.port} ${hostKey}`, privateKey, pid: child.pid }
  const { drop, hold, release, refuse, admit, counts } = relay
  return { facts: () => ({ ...known, ...counts() }), drop, hold, release, refuse, admit, counts, end }
}
