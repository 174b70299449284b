// What base images are made of: files of this machine and of the engines' folder.
import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { containersFolder, libraries } from '../../engines/containers.mjs'
import { call } from '../server/children.mjs'

const own = path.join(containersFolder, 'root')

export const file = (to, from, more = {}) => ({ path: to, content: readFileSync(from), mode: statSync(from).mode & 0o755, ...more })
export const text = (to, content, mode = 0o644) => ({ path: to, content, mode })
export const folder = (to, more = {}) => ({ path: to, directory: true, ...more })
export const link = (to, target) => ({ path: to, link: target })

/** A folder as it is, with its links; `keep` chooses by path inside it. */
export const tree = (to, from, keep = () => true) =>
  readdirSync(from, { recursive: true, withFileTypes: true }).flatMap((entry) => {
    const place = path.join(entry.parentPath, entry.name)
    const inside = path.relative(from, place)
    if (!keep(inside)) return []
    if (entry.isSymbolicLink()) return [link(path.join(to, inside), readlinkSync(place))]
    return entry.isFile() ? [file(path.join(to, inside), place)] : []
  })

const loader = { x64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' }[process.arch]

/** The shared libraries that these programs load, where their loader looks for them. */
export const librariesOf = (programs, folders = '') => {
  const listed = call('ldd', programs, { env: { LD_LIBRARY_PATH: [folders, libraries(own)].filter(Boolean).join(':') } })
  const found = [...listed.matchAll(/=> (\/\S+)/g)].map(([, place]) => place).filter((place) => !folders || !place.startsWith(folders))
  const named = [path.dirname(listed.match(/=> (\/\S*libc\.so\.6)/)?.[1] ?? '/lib')].flatMap((place) => ['libnss_dns.so.2', 'libnss_files.so.2', 'libresolv.so.2'].map((name) => path.join(place, name)))
  const triplet = path.basename(libraries(own).split(':')[0])
  const all = new Map([...found, ...named.filter(existsSync)].map((place) => [path.basename(place), place]))
  return [...[...all].map(([name, place]) => file(`/lib/${triplet}/${name}`, realpathSync(place))), file(loader, realpathSync(loader))]
}

export const inOwn = (place) => path.join(own, place)

const applets = () => {
  const busybox = path.join(containersFolder, 'tools', 'busybox')
  const names = call(busybox, ['--list']).split('\n').filter((name) => name && name !== 'busybox')
  return [file('/bin/busybox', realpathSync(busybox), { mode: 0o755 }), ...names.map((name) => link(`/bin/${name}`, 'busybox'))]
}

/** A small system: busybox, accounts, a place for temporary files. */
export const system = (accounts = []) => [
  ...applets(),
  text('/etc/passwd', ['root:x:0:0:root:/root:/bin/sh', ...accounts.map(({ name, id, home }) => `${name}:x:${id}:${id}::${home}:/bin/sh`), ''].join('\n')),
  text('/etc/group', ['root:x:0:', ...accounts.map(({ name, id }) => `${name}:x:${id}:`), ''].join('\n')),
  text('/etc/nsswitch.conf', 'hosts: files dns\n'),
  ...(existsSync('/etc/os-release') ? [file('/etc/os-release', '/etc/os-release')] : []),
  ...(existsSync('/etc/ssl/certs/ca-certificates.crt') ? [file('/etc/ssl/certs/ca-certificates.crt', '/etc/ssl/certs/ca-certificates.crt')] : []),
  ...['/proc', '/sys', '/dev', '/app', '/run', '/var/log'].map((name) => folder(name)),
  folder('/root', { mode: 0o700 }),
  folder('/tmp', { mode: 0o1777 }),
]
