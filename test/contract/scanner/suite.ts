import { afterEach, describe, expect, test } from '@jest/globals'
import type { ScanDatabase } from '../../../core/domain/vulnerability.js'
import { scannerProgram } from '../../../core/drivers/scanners/program/index.js'
import type { ScannerName } from '../../../core/domain/vulnerability.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { Scanner, ScannerProgram, ScanTarget } from '../../../core/ports/scanner.js'
import { leftIn, machine, removeFolders, temporaryFolder } from './lab.js'

export interface ScannerUnderTest {
  readonly name: ScannerName
  readonly open: (database: ScanDatabase, program: ScannerProgram, ambient: Ambient) => Scanner
  /** Folder with its program. */
  readonly program: () => Promise<string>
  readonly database: () => Promise<ScanDatabase>
  /** `vulnerable`: lodash 4.17.20 beside left-pad 1.3.0; `clean`: left-pad 1.3.0; `bare`: no packages; `broken`: no image at all. */
  readonly target: (kind: 'vulnerable' | 'clean' | 'bare' | 'broken', ambient: Ambient) => Promise<ScanTarget>
}

/** What any scanner must tell. */
export function scannerContract({ name, open, ...under }: ScannerUnderTest): void {
  const scanner = async () => {
    const { ambient, temp } = await machine([await under.program()])
    const opened = open(await under.database(), scannerProgram(name, ambient), ambient)
    return { opened, temp, scanOf: async (kind: Parameters<ScannerUnderTest['target']>[0]) => opened.scan(await under.target(kind, ambient)) }
  }

  describe(`scanner ${name}`, () => {
    afterEach(removeFolders)

    test('tells what is known of a package in the image, by its best known name', async () => {
      const { opened, scanOf, temp } = await scanner()
      await opened.present()
      const scan = await scanOf('vulnerable')
      expect(scan).toMatchObject({ scanner: name, version: expect.stringMatching(/^\d+\.\d+/), packages: 2, incomplete: [] })
      expect(scan.databaseAt).toBeGreaterThan(Date.parse('2020-01-01'))
      expect(scan.found).toEqual([{
        id: 'CVE-2021-23337', aliases: ['GHSA-35jh-r3h4-6jhm'], severity: 'high', package: 'lodash', installed: '4.17.20', fixed: '4.17.21',
        title: expect.stringMatching(/command injection/i), url: expect.stringMatching(/^https:\/\//),
      }])
      expect(await leftIn(temp)).toEqual([])
    })

    test('tells of a clean image how many packages it has', async () => {
      expect(await (await scanner()).scanOf('clean')).toMatchObject({ packages: 1, found: [], incomplete: [] })
    })

    test('has looked at nothing where there is no package', async () => {
      expect(await (await scanner()).scanOf('bare')).toMatchObject({ packages: 0, found: [] })
    })

    test('fails where there is no image, and leaves nothing behind', async () => {
      const { scanOf, temp } = await scanner()
      await expect(scanOf('broken')).rejects.toMatchObject({ code: 'scan-failed', message: expect.stringContaining('Could not examine `') })
      expect(await leftIn(temp)).toEqual([])
    })

    test('is missed before there is anything to scan', async () => {
      const { ambient } = await machine([await temporaryFolder()], true)
      const absent = open(await under.database(), scannerProgram(name, ambient), ambient)
      const missing = { code: 'scanner-missing', message: expect.stringContaining(`\`${name}\` is not installed`), fix: expect.stringContaining(`Install \`${name}\``) }
      await expect(absent.present()).rejects.toMatchObject(missing)
      await expect(absent.scan({ image: 'registry.example/shop@sha256:0', archive: '/none' })).rejects.toMatchObject(missing)
    })
  })
}
