import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import type { ScanDatabase } from '../../../core/domain/vulnerability.js'
import { grypeScanner } from '../../../core/drivers/scanners/grype/index.js'
import { scannerProgram } from '../../../core/drivers/scanners/program/index.js'
import { machine, removeFolders } from './lab.js'
import { grypeStandIn, standInTarget, type Called } from './recorded.js'
import { scannerContract } from './suite.js'

scannerContract({
  name: 'grype',
  open: grypeScanner,
  program: grypeStandIn,
  database: async () => ({ offline: false }),
  target: standInTarget,
})

afterEach(removeFolders)

const scanned = async (kind: string, database: ScanDatabase = { offline: false }) => {
  const folder = await grypeStandIn()
  const { ambient } = await machine([folder])
  const scan = await grypeScanner(database, scannerProgram('grype', ambient)).scan(await standInTarget(kind))
  const [line = ''] = (await readFile(path.join(folder, 'calls'), 'utf8')).split('\n')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the stand-in writes
  return { scan, called: JSON.parse(line) as Called }
}

test('says when its database was built', async () => {
  expect((await scanned('clean')).scan.databaseAt).toBe(Date.parse('2026-11-20T04:28:41Z'))
})

test('runs where no file of the sources can tell it to ignore something', async () => {
  const { called } = await scanned('clean')
  expect(called.here).toEqual(['grype.yaml'])
  expect(called.argv).toEqual(expect.arrayContaining(['--config', expect.stringMatching(/\/grype\.yaml$/)]))
  expect(Object.keys(called.env).filter((name) => name.startsWith('GRYPE_')).toSorted()).toEqual(['GRYPE_CHECK_FOR_APP_UPDATE', 'GRYPE_DB_VALIDATE_AGE'])
})

test('offline it takes the database of a folder as it is', async () => {
  const { called } = await scanned('clean', { offline: true, folder: '/var/cache/grype' })
  expect(called.env).toMatchObject({ GRYPE_DB_AUTO_UPDATE: 'false', GRYPE_DB_CACHE_DIR: '/var/cache/grype' })
})

test('a report that does not fit is no pass', async () => {
  await expect(scanned('odd')).rejects.toMatchObject({ code: 'scan-failed', message: expect.stringContaining('`report.matches[0].vulnerability.id` should be a text') })
})
