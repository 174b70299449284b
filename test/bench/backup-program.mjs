// What the database action does with a database, without the rest of it, as a program of its own: `backup`, `restore` or `verified`.
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { root } from '../support/runner.mjs'
import { runTimed } from './programs.mjs'

const CONTENTS = `
  import { mkdirSync } from 'node:fs'
  import { postgresDatabase } from './core/drivers/databases/postgres/index.ts'
  import { ageEncryption } from './core/drivers/encryption/age/index.ts'
  import { diskStore } from './core/drivers/stores/disk/index.ts'
  import { compareFingerprints } from './core/domain/fingerprint.ts'
  import { backupAmbient } from './test/support/backup-ambient.ts'

  const [what, url, work, recipient] = process.argv.slice(2)
  // A key stands in no command line: tests that look for one there may run beside this.
  const { IDENTITY: identity } = process.env
  mkdirSync(work + '/store', { recursive: true })
  const ambient = backupAmbient({ work })
  const database = postgresDatabase({ url }, ambient)
  const store = diskStore({ path: work + '/store' }, ambient)
  const age = ageEncryption(ambient)

  async function backUp() {
    const dump = await database.dump()
    try {
      await store.remove('backup')
      const written = await store.write('backup', age.encrypt(dump.content, [recipient]))
      return { ...written, fingerprint: (await dump.taken()).fingerprint, sequences: await dump.sequencesNow() }
    } finally {
      await dump.close()
    }
  }

  // A restored database stays, as that of the peer does; a copy for proof goes, and that takes its time.
  async function restore(backup) {
    const scratch = await database.scratch()
    await scratch.restore(age.decrypt(store.read('backup'), [identity]), { jobs: 2 })
    if (backup === undefined) return process.stdout.write(scratch.name)
    try {
      const differences = compareFingerprints(backup.fingerprint, await scratch.fingerprint(), backup.sequences)
      if (differences.length > 0) throw new Error(JSON.stringify(differences))
    } finally {
      await scratch.drop()
    }
  }

  if (what === 'key') process.stdout.write(JSON.stringify(await age.key()))
  else if (what === 'restore') await restore()
  else {
    const backup = await backUp()
    if (what === 'verified') await restore(backup)
  }`

/** Makes the program; `run` resolves to its time (ms) and the most memory that it or a program of its own had (MB). */
export async function withBackupProgram(url, use) {
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-bench-'))
  const program = path.join(work, 'program.mjs')
  const banner = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`
  await build({ stdin: { contents: CONTENTS, resolveDir: root, loader: 'ts' }, outfile: program, banner: { js: banner }, bundle: true, format: 'esm', platform: 'node', target: 'node20', logLevel: 'error' })
  const start = (given, more = {}) => runTimed(process.execPath, [program, ...given], { env: { PATH: process.env.PATH, ...more }, cwd: work })
  try {
    const { said } = await start(['key', url, work])
    const { identity, recipient } = JSON.parse(said)
    return await use({ work, stored: path.join(work, 'store', 'backup'), run: (what) => start([what, url, work, recipient], { IDENTITY: identity }) })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
