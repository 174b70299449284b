// Programs out of Debian's packages without installing them: fetched and checked by apt with lists of its own, unpacked into a folder.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { again, onPath, run } from './run.mjs'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const sources = '/etc/apt/sources.list.d'

const read = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '')

/** The release name of this Debian, or undefined on another system or without apt. */
export const codename = () => {
  const release = read('/etc/os-release')
  if (!/^ID="?debian"?$/m.test(release) || !onPath('apt-get') || !onPath('dpkg') || !existsSync(keyring)) return undefined
  return /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1]
}

// Whatever mirror this machine uses is the one it can reach.
export const mirrorsIn = (text) => {
  const addresses = [...text.matchAll(/^(?:URIs:|deb(?:\s+\[[^\]]*\])?)\s+(https?:\/\/\S+)/gm)].map(([, address]) => address.replace(/\/+$/, ''))
  const main = addresses.find((address) => address.endsWith('/debian'))
  return main && { main, security: addresses.find((address) => address.endsWith('/debian-security')) ?? `${main}-security` }
}

export const mirrors = () => {
  const listed = existsSync(sources) ? readdirSync(sources).filter((file) => /\.(list|sources)$/.test(file)) : []
  return mirrorsIn(['/etc/apt/sources.list', ...listed.map((file) => path.join(sources, file))].map(read).join('\n'))
}

const stanza = (address, suite) => `Types: deb\nURIs: ${address}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`

// A mirror may be a snapshot, whose lists are out of date; they are signed all the same.
const settings = (folder, list) => `Dir::Etc::sourcelist "${list}";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "${folder}/lists";
Dir::Cache "${folder}/cache";
Dir::State::status "/dev/null";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::Check-Valid-Until "false";
${process.getuid?.() === 0 ? 'APT::Sandbox::User "root";' : ''}
`

/** Fetches these packages of one suite into `folder` and gives their files. */
export const fetchDebs = async ({ folder, suite, packages, security = false }) => {
  const found = mirrors()
  if (!found) throw new Error('No Debian mirror is named in /etc/apt.')
  await Promise.all(['lists/partial', 'cache/archives/partial', 'debs'].map((inside) => mkdir(path.join(folder, inside), { recursive: true })))
  const list = path.join(folder, 'suite.sources')
  await writeFile(list, [stanza(found.main, suite), ...(security ? [stanza(found.security, `${suite}-security`)] : [])].join('\n'))
  await writeFile(path.join(folder, 'apt.conf'), settings(folder, list))
  const env = { APT_CONFIG: path.join(folder, 'apt.conf') }
  const debs = path.join(folder, 'debs')
  // Both: apt takes lists that it could not fetch for none, and says so by a warning.
  await again(async () => {
    await run('apt-get', ['-qq', 'update'], { env })
    await run('apt-get', ['-qq', 'download', ...packages], { env, cwd: debs })
  })
  return (await readdir(debs)).filter((file) => file.endsWith('.deb')).map((file) => path.join(debs, file))
}

/** Unpacks them below `root` and removes them. Gives the version of each package. */
export const unpackDebs = async (debs, root) => {
  const versions = {}
  for (const deb of debs) {
    await run('dpkg', ['-x', deb, root])
    const [name, version] = path.basename(deb).split('_')
    versions[name] = decodeURIComponent(version)
    await rm(deb)
  }
  return versions
}
