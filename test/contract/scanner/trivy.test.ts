import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import type { ScanDatabase } from '../../../core/domain/vulnerability.js'
import { scannerProgram } from '../../../core/drivers/scanners/program/index.js'
import { trivyScanner } from '../../../core/drivers/scanners/trivy/index.js'
import { machine, removeFolders } from './lab.js'
import { standInTarget, trivyStandIn, type Called } from './recorded.js'
import { scannerContract } from './suite.js'

scannerContract({
  name: 'trivy',
  open: trivyScanner,
  program: trivyStandIn,
  database: async () => ({ offline: false }),
  target: standInTarget,
})

afterEach(removeFolders)

const scanned = async (kind: string, database: ScanDatabase = { offline: false }) => {
  const folder = await trivyStandIn()
  const { ambient } = await machine([folder])
  const scan = await trivyScanner(database, scannerProgram('trivy', ambient)).scan(await standInTarget(kind))
  const lines = (await readFile(path.join(folder, 'calls'), 'utf8')).trim().split('\n')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the stand-in writes
  return { scan, calls: lines.map((line) => JSON.parse(line) as Called) }
}

test('is asked for the age of its database after it may have fetched one', async () => {
  const { scan, calls } = await scanned('clean', { offline: false, folder: '/var/cache/trivy' })
  expect(scan.databaseAt).toBe(Date.parse('2026-11-20T12:36:43.140Z'))
  expect(calls.map(({ argv }) => argv[0])).toEqual(['image', 'version'])
  for (const { argv } of calls) expect(argv).toEqual(expect.arrayContaining(['--cache-dir', '/var/cache/trivy']))
})

test('runs where no file of the sources can tell it to ignore something', async () => {
  const { calls: [scan] } = await scanned('clean')
  expect(scan!.here).toEqual(['nothing-ignored', 'trivy.yaml'])
  expect(scan!.argv).toEqual(expect.arrayContaining(['--ignorefile', expect.stringMatching(/\/nothing-ignored$/), '--config', expect.stringMatching(/\/trivy\.yaml$/), '--list-all-pkgs', '--exit-code', '0']))
  expect(Object.keys(scan!.env).filter((name) => name.startsWith('TRIVY_'))).toEqual([])
  expect(scan!.argv).not.toContain('--skip-db-update')
})

test('offline it fetches nothing', async () => {
  const { calls: [scan] } = await scanned('clean', { offline: true })
  expect(scan!.argv).toEqual(expect.arrayContaining(['--offline-scan', '--skip-db-update', '--skip-java-db-update']))
})

test('a report that does not fit is no pass', async () => {
  await expect(scanned('odd')).rejects.toMatchObject({ code: 'scan-failed', message: expect.stringContaining('its schema is 3, and 2 can be read') })
})
