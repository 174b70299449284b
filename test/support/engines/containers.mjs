// Docker Engine and what belongs to it, from Debian's packages, in one folder; nothing is installed on the machine.
import { existsSync, readFileSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { codename, fetchDebs, unpackDebs } from './debian.mjs'
import { folderOf, make } from './place.mjs'
import { isProgram, run } from './run.mjs'

// A new number when the recipe below changes. What was unpacked is in versions.json.
const recipe = '28-2'
const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch] ?? `${process.arch}-linux-gnu`

const engine = ['docker.io', 'containerd', 'docker-cli', 'docker-compose', 'docker-buildx']
const own = [
  ...['runc', 'tini', 'iptables', 'libip4tc2', 'libip6tc2', 'libxtables12', 'libnetfilter-conntrack3', 'libnfnetlink0', 'libmnl0', 'libnftnl11'],
  ...['docker-registry', 'busybox-static', 'socat', 'haproxy', 'liblua5.3-0', 'libopentracing-c-wrapper0', 'libopentracing1', 'libstdc++6', 'libgcc-s1'],
  ...['redis-server', 'redis-tools', 'libjemalloc2', 'liblua5.1-0', 'lua-cjson', 'lua-bitop', 'liblzf1', 'libatomic1', 'libhiredis0.14'],
  ...['python3.11-minimal', 'libpython3.11-minimal', 'libpython3.11-stdlib', 'libsqlite3-0', 'libffi8', 'libexpat1', 'libbz2-1.0', 'libuuid1'],
  ...['openssh-server', 'openssh-client', 'libwrap0', 'libnsl2', 'libtirpc3', 'libedit2', 'libbsd0', 'libmd0', 'libfido2-1', 'libcbor0.8'],
  ...['libgssapi-krb5-2', 'libkrb5-3', 'libk5crypto3', 'libkrb5support0', 'libkeyutils1', 'libcom-err2', 'libssl3', 'libsystemd0', 'libcap2', 'liblz4-1', 'libgcrypt20', 'libgpg-error0'],
]

/** Where everything is: `bin` has the engine's programs, `tools` the others, `plugins` Compose and buildx, `root` the packages. */
export const containersFolder = folderOf('containers', recipe)
export const libraries = (root) => [`${root}/usr/lib/${triplet}`, `${root}/lib/${triplet}`].join(':')

const inBin = {
  dockerd: ['usr/sbin/dockerd', 'usr/bin/dockerd'],
  containerd: ['usr/bin/containerd'],
  'containerd-shim-runc-v2': ['usr/bin/containerd-shim-runc-v2'],
  runc: ['usr/sbin/runc', 'usr/bin/runc'],
  docker: ['usr/bin/docker'],
  'docker-proxy': ['usr/sbin/docker-proxy', 'usr/bin/docker-proxy', 'usr/libexec/docker/docker-proxy'],
  'docker-init': ['usr/bin/tini-static'],
}
const inTools = { cosign: ['usr/bin/cosign'], 'docker-registry': ['usr/bin/docker-registry'], busybox: ['bin/busybox', 'usr/bin/busybox'] }
// These find their libraries in the folder. sshd wants to be started by its full path.
const wrapped = {
  haproxy: 'usr/sbin/haproxy', 'redis-server': 'usr/bin/redis-server', 'redis-cli': 'usr/bin/redis-cli', socat: 'usr/bin/socat',
  sshd: 'usr/sbin/sshd', ssh: 'usr/bin/ssh', 'ssh-keygen': 'usr/bin/ssh-keygen', 'ssh-keyscan': 'usr/bin/ssh-keyscan',
}
const firewall = ['iptables', 'ip6tables', 'iptables-save', 'iptables-restore', 'ip6tables-save', 'ip6tables-restore']

const link = async (draft, folder, programs) => {
  for (const [name, places] of Object.entries(programs)) {
    const place = places.find((candidate) => existsSync(path.join(draft, 'root', candidate)))
    if (place) await symlink(path.join('..', 'root', place), path.join(draft, folder, name))
  }
}

const script = async (file, environment, command) => {
  await writeFile(file, `#!/bin/sh\n${environment} exec ${command} "$@"\n`)
  await chmod(file, 0o755)
}

// Paths in scripts are those of the finished folder: the draft is renamed.
const programs = async (draft) => {
  const root = path.join(containersFolder, 'root')
  const environment = `LD_LIBRARY_PATH="${libraries(root)}"`
  for (const folder of ['bin', 'tools', 'plugins']) await mkdir(path.join(draft, folder))
  await link(draft, 'bin', inBin)
  await link(draft, 'tools', inTools)
  const plugins = 'usr/libexec/docker/cli-plugins'
  await link(draft, 'plugins', { 'docker-compose': [`${plugins}/docker-compose`], 'docker-buildx': [`${plugins}/docker-buildx`] })
  for (const [name, place] of Object.entries(wrapped)) await script(path.join(draft, 'tools', name), environment, `"${root}/${place}"`)
  const tables = `XTABLES_LIBDIR="${root}/usr/lib/${triplet}/xtables"`
  for (const name of firewall) await script(path.join(draft, 'bin', name), `${environment} ${tables}`, `"${root}/usr/sbin/xtables-nft-multi" ${name}`)
}

const newest = async (folder, root) => {
  const versions = await unpackDebs(await fetchDebs({ folder: path.join(folder, 'forky'), suite: 'forky', packages: [...engine, 'cosign'] }), root)
  for (const program of ['docker', 'cosign']) await run(path.join(root, 'usr/bin', program), ['--help'])
  return versions
}

// A newer suite has the current engine. Its programs may one day ask for a newer C library than this system's.
const engineDebs = (folder, root) =>
  newest(folder, root).catch(async (error) => {
    console.log(`Debian's forky cannot be used: ${error.message}\nTaking trixie, which has an older engine and no cosign.`)
    return unpackDebs(await fetchDebs({ folder: path.join(folder, 'trixie'), suite: 'trixie', packages: engine }), root)
  })

const unpack = async (draft) => {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-debs-'))
  try {
    const root = path.join(draft, 'root')
    await mkdir(root)
    const ours = { folder: path.join(work, 'bookworm'), suite: 'bookworm', packages: own, security: true }
    const both = [engineDebs(work, root), fetchDebs(ours)]
    // Neither is left running in a folder that is removed.
    await Promise.allSettled(both)
    const [newer, mine] = await Promise.all(both)
    const versions = { ...newer, ...(await unpackDebs(mine, root)) }
    await programs(draft)
    await chmod(draft, 0o755)
    await writeFile(path.join(draft, 'versions.json'), `${JSON.stringify(versions, null, 2)}\n`)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

// Several names of the catalogue are in this one folder: the first of them that is asked for brings it.
const install = async () => {
  if (codename() !== 'bookworm' || existsSync(path.join(containersFolder, 'versions.json'))) return
  await rm(containersFolder, { recursive: true, force: true })
  await make(containersFolder, unpack)
}

const needs = 'Debian 12 with apt, whose packages are unpacked into a folder of their own'

const part = (name, version, means, place) => ({
  version,
  means,
  bring: `npm run engines ${name}`,
  needs,
  fetched: true,
  find: () => ifProgram(path.join(containersFolder, place)),
  install,
})

const ifProgram = (file) => (isProgram(file) ? file : undefined)

// Mounts and networks are made with these two rights: CAP_NET_ADMIN is bit 12, CAP_SYS_ADMIN bit 21.
const mayRunEngine = () => {
  const rights = /^CapEff:\s*([0-9a-f]+)$/m.exec(existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '')?.[1] ?? '0'
  return [12n, 21n].every((bit) => (BigInt(`0x${rights}`) >> bit) & 1n)
}

/** Entries of the catalogue. `docker` is the client's path; its folder has the engine beside it. */
export const containers = {
  docker: {
    ...part('docker', '28+', 'Docker Engine with Compose and buildx', 'bin/docker'),
    install: async () => {
      await install()
      // Loaded when it can be used: it is made of what has just been unpacked.
      if (isProgram(path.join(containersFolder, 'bin/docker'))) await (await import('../docker/images/index.mjs')).prepareImages()
    },
    cannot: () => (mayRunEngine() ? undefined : { reason: 'this user may make no mounts and networks', bring: 'run the tests as root, in a machine or in a privileged container' }),
  },
  cosign: part('cosign', '3+', 'the signer of images', 'tools/cosign'),
  haproxy: part('haproxy', '2.6', 'the edge in front of containers', 'tools/haproxy'),
  registry: part('registry', '2.8', 'a registry of images', 'tools/docker-registry'),
  redis: part('redis', '7', 'a cache', 'tools/redis-server'),
  openssh: part('openssh', '9.2', 'sshd, with ssh and ssh-keygen beside it', 'tools/sshd'),
}

export const versionsOfContainers = async () => JSON.parse(await readFile(path.join(containersFolder, 'versions.json'), 'utf8'))
