import { utimes, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { osvScanner } from '../../../core/drivers/scanners/osv-scanner/index.js'
import { scannerProgram } from '../../../core/drivers/scanners/program/index.js'
import type { ScanTarget } from '../../../core/ports/scanner.js'
import { withEngines } from '../../support/engines/index.js'
import { databaseOf, imageWith, LODASH, machine, programNamed, removeFolders, temporaryFolder, type Contents } from './lab.js'
import { scannerContract } from './suite.js'

const IMAGES: Readonly<Record<'vulnerable' | 'clean' | 'bare', Contents>> = {
  vulnerable: { npm: { lodash: '4.17.20', 'left-pad': '1.3.0' } }, clean: { npm: { 'left-pad': '1.3.0' } }, bare: {},
}

async function noImage(): Promise<ScanTarget> {
  const archive = path.join(await temporaryFolder(), 'image.tar')
  await writeFile(archive, 'not an archive')
  return { image: `oci-layout:///x@sha256:${'0'.repeat(64)}`, archive }
}

withEngines(['osv-scanner'], 'osv-scanner itself, with a database of our own', (pathOf) => {
  const program = path.dirname(pathOf('osv-scanner'))

  scannerContract({
    name: 'osv-scanner',
    open: osvScanner,
    program: async () => program,
    database: async () => ({ offline: true, folder: await databaseOf({ npm: [LODASH] }) }),
    target: (kind, ambient) => (kind === 'broken' ? noImage() : imageWith(IMAGES[kind], ambient)),
  })

  describe('its databases', () => {
    afterEach(removeFolders)

    const scanned = async (contents: Contents, folder: string) => {
      const { ambient } = await machine([program])
      return osvScanner({ offline: true, folder }, scannerProgram('osv-scanner', ambient), ambient).scan(await imageWith(contents, ambient))
    }

    test('are as old as the oldest file of those that were needed', async () => {
      const folder = await databaseOf({ npm: [LODASH], Debian: [], PyPI: [] })
      const at = (name: string, day: string): Promise<void> => utimes(path.join(folder, 'osv-scanner', name, 'all.zip'), new Date(day), new Date(day))
      await at('npm', '2026-03-03')
      await at('Debian', '2026-02-02')
      await at('PyPI', '2026-01-01')
      expect((await scanned({ npm: { 'left-pad': '1.3.0' } }, folder)).databaseAt).toBe(Date.parse('2026-03-03'))
      expect((await scanned({ npm: { 'left-pad': '1.3.0' }, debian: { openssl: '3.0.1-1' } }, folder)).databaseAt).toBe(Date.parse('2026-02-02'))
    })

    // Its exit code is then that of what it found elsewhere.
    test('that are missing make the scan incomplete, also when something was found by another', async () => {
      const folder = await databaseOf({ npm: [LODASH] })
      const scan = await scanned({ ...IMAGES.vulnerable, debian: { openssl: '3.0.1-1' } }, folder)
      expect(scan).toMatchObject({ packages: 3, found: [{ id: 'CVE-2021-23337' }], incomplete: [expect.stringMatching(/Debian/)] })
      expect(scan).not.toHaveProperty('databaseAt')
    })

    test('a damaged one is no empty one', async () => {
      const folder = await databaseOf({ npm: [LODASH] })
      await writeFile(path.join(folder, 'osv-scanner', 'npm', 'all.zip'), 'no archive')
      expect(await scanned(IMAGES.vulnerable, folder)).toMatchObject({ found: [], incomplete: [expect.stringMatching(/npm/)] })
    })
  })
})

describe('versions of osv-scanner', () => {
  afterEach(removeFolders)

  const versionTried = async (said: string): Promise<unknown> => {
    const { ambient } = await machine([await programNamed('osv-scanner', `if (argv[0] === '--version') { console.log(${JSON.stringify(said)}); process.exit(0) }\nconsole.error(argv.join(' '))\nprocess.exit(127)`)])
    const scanner = osvScanner({ offline: true, folder: '/db' }, scannerProgram('osv-scanner', ambient), ambient)
    return scanner.scan({ image: 'registry.example/shop@sha256:0', archive: '/shop.tar' }).then(() => undefined, (fault: unknown) => fault)
  }

  test.each([
    ['osv-scanner version: 1.9.2\ncommit: n/a', 'scan --format json --output'],
    ['osv-scanner version: 2.3.5\nosv-scalibr version: 0.4.5', 'scan image --format json --output'],
  ])('%s is spoken to in its own words', async (said, words) => {
    const fault = await versionTried(said)
    expect(fault).toMatchObject({ code: 'scan-failed', tail: [expect.stringContaining(words)] })
    expect(fault).toMatchObject({ tail: [expect.stringMatching(/--config \S+\/empty\.toml /)], message: expect.stringContaining('ended with exit code 127') })
  })

  test('that one of their words is an old one says nothing about the image', async () => {
    const script = `if (argv[0] === '--version') { console.log('osv-scanner version: 2.3.5'); process.exit(0) }
writeFileSync(argv[argv.indexOf('--output') + 1], '{"results":[]}')
console.error('Warning: --output has been deprecated in favor of --output-file\\ncould not read /etc/x')`
    const { ambient } = await machine([await programNamed('osv-scanner', script)])
    const scan = await osvScanner({ offline: false }, scannerProgram('osv-scanner', ambient), ambient).scan({ image: 'registry.example/shop@sha256:0', archive: '/shop.tar' })
    expect(scan.incomplete).toEqual(['could not read /etc/x'])
  })

  test('one that can not read archives is refused', async () => {
    expect(await versionTried('osv-scanner version: 1.4.3')).toMatchObject({ code: 'scan-failed', message: expect.stringContaining('1.9 or 2 is needed') })
  })
})
