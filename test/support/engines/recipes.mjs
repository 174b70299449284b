// Programs that recipes of the guides are tried with: migrations and continuous archiving. Each is unpacked into a folder of its own.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { codename, fetchDebs, unpackDebs } from './debian.mjs'
import { folderOf, make } from './place.mjs'
import { again, isProgram, onPath, run } from './run.mjs'

const triplet = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch] ?? `${process.arch}-linux-gnu`

// Beside it what a machine with PostgreSQL's client programs may lack.
const debs = ['pgbackrest', 'libxml2', 'libicu72', 'liblz4-1', 'libbz2-1.0', 'libzstd1']

// The folder may be copied to where another user can read it. What pgBackRest writes down as its own command must find the libraries, too.
const wrapper = `#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd)
export LD_LIBRARY_PATH="$here/root/usr/lib/${triplet}:$here/root/lib/${triplet}" PGBACKREST_CMD="$here/bin/pgbackrest"
exec "$here/root/usr/bin/pgbackrest" "$@"
`

const pgbackrest = () => {
  const folder = folderOf('pgbackrest', '2.45-1')
  const program = path.join(folder, 'bin', 'pgbackrest')
  return {
    version: '2.45',
    means: 'continuous archiving',
    bring: 'npm run engines pgbackrest',
    needs: 'Debian 12 with apt, whose packages are unpacked into a folder of their own',
    fetched: true,
    find: () => (isProgram(program) ? program : undefined),
    install: async () => {
      if (codename() !== 'bookworm') return
      const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-debs-'))
      try {
        await make(folder, async (draft) => {
          await mkdir(path.join(draft, 'bin'))
          await unpackDebs(await fetchDebs({ folder: work, suite: 'bookworm', packages: debs, security: true }), path.join(draft, 'root'))
          await writeFile(path.join(draft, 'bin', 'pgbackrest'), wrapper)
          await chmod(path.join(draft, 'bin', 'pgbackrest'), 0o755)
          await chmod(draft, 0o755)
        })
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}

// A program of one of Debian's packages that needs no other.
const fromDebian = (name, { version, deb, program: file, means, settle = async () => undefined }) => {
  const folder = folderOf(name, version)
  const program = path.join(folder, file)
  return {
    version: version.split('.').slice(0, 2).join('.'),
    means,
    bring: `npm run engines ${name}`,
    needs: 'Debian 12 with apt, whose packages are unpacked into a folder of their own',
    fetched: true,
    find: () => (isProgram(program) ? program : undefined),
    install: async () => {
      if (codename() !== 'bookworm') return
      const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-debs-'))
      try {
        await make(folder, async (draft) => {
          await unpackDebs(await fetchDebs({ folder: work, suite: 'bookworm', packages: [deb], security: true }), path.join(draft, 'root'))
          await settle(draft)
        })
      } finally {
        await rm(work, { recursive: true, force: true })
      }
    },
  }
}

const prometheus = () => fromDebian('prometheus', { version: '2.42.0', deb: 'prometheus', program: 'root/usr/bin/prometheus', means: 'the server of metrics' })

// Debian has it look for its templates where the package would be installed. It is told, in as many characters, to look into its working folder.
const templates = '/usr/share/prometheus/alertmanager'
const here = '/proc/self/cwd'.padEnd(templates.length, '/.')
const starter = `#!/bin/sh
home=$(cd "$(dirname "$0")" && pwd)
cd "$home/root${templates}" && exec "$home/root/usr/bin/prometheus-alertmanager" "$@"
`

const alertmanager = () =>
  fromDebian('alertmanager', {
    version: '0.25.0', deb: 'prometheus-alertmanager', program: 'alertmanager', means: 'the server of alerts',
    settle: async (draft) => {
      const program = path.join(draft, 'root/usr/bin/prometheus-alertmanager')
      const bytes = await readFile(program)
      for (let at = bytes.indexOf(templates); at !== -1; at = bytes.indexOf(templates, at + 1)) bytes.write(here, at)
      await writeFile(program, bytes)
      await writeFile(path.join(draft, 'alertmanager'), starter, { mode: 0o755 })
    },
  })

const pinned = ['alembic==1.14.0', 'SQLAlchemy==2.1.9', 'Mako==1.4.3', 'MarkupSafe==3.0.4', 'typing_extensions==4.16.0', 'psycopg2-binary==2.9.10']

const alembic = () => {
  const folder = folderOf('alembic', '1.14.0')
  const python = onPath('python3') ?? 'python3'
  return {
    version: '1.14.0',
    means: 'migrations in Python',
    bring: 'npm run engines alembic',
    needs: 'Python 3 with pip on PATH (Debian: apt-get install -y python3-pip)',
    find: () => (existsSync(path.join(folder, 'bin', 'alembic')) ? folder : undefined),
    install: () => make(folder, (draft) => again(() => run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', draft, ...pinned]))),
  }
}

const prisma = () => {
  const version = '6.19.3'
  const folder = folderOf('prisma', version)
  return {
    version,
    means: 'migrations in TypeScript',
    bring: 'npm run engines prisma',
    needs: 'npm and the packages `prisma` and `@prisma/adapter-pg`',
    find: () => (existsSync(path.join(folder, 'node_modules', 'prisma', 'build', 'schema_engine_bg.wasm')) ? folder : undefined),
    // Its scripts would download programs; the engine of migrations is in the package, as WebAssembly.
    install: () =>
      make(folder, async (draft) => {
        await writeFile(path.join(draft, 'package.json'), '{"private":true}\n')
        await again(() => run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', `prisma@${version}`, `@prisma/adapter-pg@${version}`], { cwd: draft }))
      }),
  }
}

export const recipes = { pgbackrest: pgbackrest(), prometheus: prometheus(), alertmanager: alertmanager(), alembic: alembic(), prisma: prisma() }
