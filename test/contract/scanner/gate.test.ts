import { readFile, utimes } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { buildImage } from '../../../actions/build-image/flow.js'
import { imageRequest } from '../../../actions/build-image/request.js'
import type { BuildSettings } from '../../../core/domain/environment.js'
import { sarifFindings } from '../../../core/domain/quality/sarif.js'
import type { Accepted, ScanPolicy } from '../../../core/domain/vulnerability.js'
import { ociLayoutArchives } from '../../../core/drivers/archives/oci-layout/index.js'
import { ociLayoutBuilder } from '../../../core/drivers/builders/oci-layout/index.js'
import { openScanner } from '../../../core/drivers/registry-docker.js'
import { buildSettings } from '../../support/build-settings.js'
import { withEngines } from '../../support/engines/index.js'
import { contextOf } from '../builder/context.js'
import { databaseOf, LODASH, leftIn, machine, removeFolders, sourcesOf, type Contents } from './lab.js'

const OLD = { npm: { lodash: '4.17.20', 'left-pad': '1.3.0' } }
const NEW = { npm: { lodash: '4.17.21', 'left-pad': '1.3.0' } }
const DAY_MS = 86_400_000
const entry = (until: number): Accepted => ({ id: 'GHSA-35JH-R3H4-6JHM', because: 'no template is rendered', until: new Date(until).toISOString().slice(0, 10), at: '.ecluse-ignore.yml:1:3' })

withEngines(['osv-scanner'], 'build-image with a gate for known vulnerabilities', (pathOf) => {
  afterEach(removeFolders)

  /** Builds an image of these packages, with nothing in between that is not real. */
  async function build(contents: Contents, more: Partial<ScanPolicy> = {}, settings: Partial<BuildSettings> = {}) {
    const { ambient, warnings, temp } = await machine([path.dirname(pathOf('osv-scanner'))])
    const database = { offline: true, folder: await databaseOf({ npm: [LODASH] }) }
    const scan: ScanPolicy = { scanner: 'osv-scanner', failOn: 'high', accepted: [], ignoreFile: '.ecluse-ignore.yml', maxAgeMs: 7 * DAY_MS, database, ...more }
    const context = await contextOf(sourcesOf(contents))
    const request = imageRequest({ version: '1.4.0', commit: 'feed', 'source-date': 5 }, buildSettings({ state: path.join(context, '.ecluse'), context, scan, ...settings }))
    const gate = { scanner: await openScanner(scan, ambient), archives: ociLayoutArchives(ambient) }
    const outcome = await buildImage(request, { builder: ociLayoutBuilder(ambient), gate }, { ...ambient, paths: { ...ambient.paths, work: context } })
    expect(await leftIn(temp)).toEqual([])
    return { ...outcome, warnings, sarif: async () => sarifFindings(JSON.parse(await readFile(outcome.outputs.sarif, 'utf8'))), state: path.join(context, '.ecluse') }
  }

  test('a vulnerable image is not announced, and all is said about why', async () => {
    const { ok, reason, message, outputs, summary, sarif, state } = await build(OLD)
    expect([ok, reason, outputs.image, outputs.digest]).toEqual([false, 'vulnerable', '', ''])
    expect(message).toContain('shop 1.4.0 has a known vulnerability of severity `high` or worse: CVE-2021-23337 in lodash 4.17.20 (high, repaired in 4.17.21).')
    expect(JSON.parse(outputs.vulnerabilities)).toMatchObject({ critical: 0, high: 1, ignored: 0 })
    expect(summary.parts).toContainEqual(expect.objectContaining({ title: 'Known vulnerabilities', rows: [expect.arrayContaining(['high', 'lodash', '4.17.20', '4.17.21', 'fails'])] }))
    expect(outputs.sarif).toMatch(new RegExp(`^${state}/evidence/vulnerabilities-shop-[0-9a-f]{12}\\.sarif$`))
    expect(await sarif()).toMatchObject({ suppressed: 0, findings: [{ rule: 'CVE-2021-23337', level: 'error', file: 'Dockerfile', tool: 'osv-scanner' }] })
    expect(await sarif()).not.toHaveProperty('incomplete')
  })

  test('an image without any passes, and its report says so', async () => {
    const { ok, reason, outputs, sarif } = await build(NEW)
    expect([ok, reason, outputs.image !== '']).toEqual([true, 'built', true])
    expect(await sarif()).toEqual({ findings: [], suppressed: 0, absent: 0 })
  })

  test('what is accepted until a day to come passes, by any of its names, and is told', async () => {
    const { ok, outputs, summary, sarif } = await build(OLD, { accepted: [entry(Date.now() + DAY_MS)] })
    expect([ok, JSON.parse(outputs.vulnerabilities)]).toEqual([true, expect.objectContaining({ high: 0, ignored: 1 })])
    expect(summary.parts).toContainEqual(expect.objectContaining({ title: 'Accepted for a time', rows: [expect.arrayContaining(['CVE-2021-23337', 'no template is rendered', '.ecluse-ignore.yml:1:3'])] }))
    expect(await sarif()).toMatchObject({ suppressed: 1, findings: [] })
  })

  test('what was accepted until a day that is over fails, and the line is named', async () => {
    const { reason, message, warnings } = await build(OLD, { accepted: [entry(Date.now() - 2 * DAY_MS)] })
    expect([reason, message]).toEqual(['vulnerable', expect.stringContaining('(`.ecluse-ignore.yml:1:3`)')])
    expect(warnings).toEqual([expect.stringContaining('.ecluse-ignore.yml:1:3: GHSA-35JH-R3H4-6JHM was accepted until')])
  })

  test('an old database is no pass, and says how old it is', async () => {
    const folder = await databaseOf({ npm: [LODASH] })
    const then = new Date(Date.now() - 8 * DAY_MS)
    await utimes(path.join(folder, 'osv-scanner', 'npm', 'all.zip'), then, then)
    const { reason, message, outputs, sarif } = await build(NEW, { database: { offline: true, folder } })
    expect([reason, outputs.image]).toEqual(['scan-outdated', ''])
    expect(message).toContain('8 days old, and may be 7 days old at most')
    expect(await sarif()).toMatchObject({ incomplete: expect.stringContaining('osv-scanner did not run to its end') })
  })

  test('a scan that could not look at everything is no pass, even when all that it found is accepted', async () => {
    const { reason, message, outputs } = await build({ ...OLD, debian: { openssl: '3.0.1-1' } }, { accepted: [entry(Date.now() + DAY_MS)] })
    expect([reason, outputs.image]).toEqual(['scan-incomplete', ''])
    expect(message).toMatch(/was not examined completely: could not .*Debian/)
  })

  test('nor is one that found no packages', async () => {
    expect(await build({})).toMatchObject({ ok: false, reason: 'scan-incomplete', message: expect.stringContaining('found no packages') })
  })

  test('each platform is looked at', async () => {
    const { ok, outputs } = await build(NEW, {}, { platforms: ['linux/amd64', 'linux/arm64'] })
    expect([ok, outputs.reused]).toEqual([true, 'false'])
  })

  test('an image that is too large and vulnerable is told to be both', async () => {
    const { reason, message } = await build(OLD, {}, { maxBytes: 10 })
    expect([reason, message]).toEqual(['too-large', expect.stringMatching(/allowed.*CVE-2021-23337/s)])
  })
})
