import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, type RestoreLab } from '../../support/restore-lab.js'

const support = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'support')

withEngines(['postgres', 'pg-clients'], 'a restore in place that is killed', () => {
  let lab: RestoreLab
  let script: string
  const ledger = (): string => path.join(lab.work, 'ledger')
  const scratches = (): readonly string[] => lab.databases().filter((name) => name.startsWith('ecluse_scratch_'))

  beforeAll(async () => {
    lab = await restoreLab()
    await lab.backUp('good', { takenAt: '2026-11-01T10:00:00.000Z' })
    script = path.join(lab.work, 'restore-run.mjs')
    const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
    await build({ entryPoints: [path.join(support, 'restore-run.ts')], bundle: true, platform: 'node', format: 'esm', outfile: script, logLevel: 'error', banner, external: ['redis'] })
  }, 120_000)
  afterAll(() => lab.close())

  /** Runs one, and kills it when it says this; resolves to the last line of one that was let live. */
  const run = async (dies?: string): Promise<string> => {
    const env = { ...process.env, RESTORE_URL: lab.url, RESTORE_FOLDER: lab.folder, RESTORE_LEDGER: ledger(), RESTORE_CONFIRM: lab.name }
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (dies !== undefined && said.includes(dies)) child.kill('SIGKILL')
    })
    await once(child, 'exit')
    if (dies !== undefined && !said.includes(dies)) throw new Error(`It never said "${dies}": ${said}`)
    return said.trim().split('\n').at(-1) ?? ''
  }

  test.each([
    ['while what is there is backed up', 'Back `shop "one"` up', ['100']],
    ['while the copy is filled', 'Restoring `', ['100']],
    ['when the copy is about to take its place', 'Put the copy', ['100', '500']],
    ['when it has taken its place', 'is the restored one', ['500']],
  ])('%s: one of the two serves, and the next run ends it', async (_, dies, rows) => {
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
    const receipts = readdirSync(lab.folder).filter((name) => name.endsWith('.receipt.json'))
    await run(dies)
    expect(rows).toContain(lab.rows())
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
    expect(await run()).toBe('replaced')
    expect([lab.rows(), scratches()]).toEqual(['500', []])
    // Every backup has its receipt, and nobody holds the environment.
    const files = readdirSync(lab.folder).filter((name) => !name.startsWith('.'))
    expect(files.filter((name) => !name.endsWith('.receipt.json') && !files.includes(`${name}.receipt.json`))).toEqual([])
    expect(files.length).toBeGreaterThan(receipts.length * 2)
    const record = await fileLedger({ folder: ledger() }, lab.ambient).history('production')
    expect(record.holder).toBeUndefined()
    expect(record.facts.at(-1)).toMatchObject({ type: 'restored', ok: true, reason: 'replaced' })
  }, 120_000)
})
