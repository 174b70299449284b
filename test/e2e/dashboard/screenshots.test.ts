/** Pictures for the docs. Fonts differ between machines, so they are written only when they are asked for: `ECLUSE_SCREENSHOTS=1`. */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { dashboardModel } from '../../../core/domain/dashboard/build.js'
import { openBrowser, type VisitOptions, type Visitors } from '../../support/dashboard/browser.js'
import { sampleModel } from '../../support/dashboard/sample.mjs'
import { withEngines } from '../../support/engines/index.js'
import { root } from '../../support/policy/files.js'

const LARGEST = 150_000
const folder = path.join(root, 'action-docs', 'images')
const model = sampleModel(dashboardModel)
const judged = model.deliveries.find(({ id, reason }) => reason === 'failed' && (model.details[id]?.polls.length ?? 0) > 10)!
const desktop = { width: 1100, height: 900 }

const pictures: Readonly<Record<string, Omit<VisitOptions, 'model'>>> = {
  light: { colorScheme: 'light', viewport: desktop },
  dark: { colorScheme: 'dark', viewport: desktop },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
  delivery: { colorScheme: 'light', viewport: desktop, hash: `#/delivery/${judged.id}` },
}

withEngines(['chromium'], 'pictures of the dashboard', (pathOf) => {
  let visitors: Visitors
  beforeAll(async () => {
    visitors = await openBrowser(pathOf('chromium'))
  })
  afterEach(async () => visitors.leave())
  afterAll(async () => visitors.close())

  test.each(Object.entries(pictures))('%s', async (name, options) => {
    const { page, faults } = await visitors.visit({ model, ...options })
    await page.waitForFunction(`[...document.querySelectorAll('.canvas')].filter((one) => one.offsetParent !== null).every((one) => one.querySelector('canvas') !== null)`)
    const picture = await page.screenshot({ animations: 'disabled' })
    expect(picture.length).toBeLessThan(LARGEST)
    expect(faults).toEqual([])
    if (process.env['ECLUSE_SCREENSHOTS'] !== '1') return
    await mkdir(folder, { recursive: true })
    await writeFile(path.join(folder, `dashboard-${name}.png`), picture)
  })
})

describe('the pictures in the docs', () => {
  test('are all there, and small', async () => {
    const names = (await readdir(folder)).filter((name) => name.startsWith('dashboard-')).toSorted()
    expect(names).toEqual(Object.keys(pictures).map((name) => `dashboard-${name}.png`).toSorted())
    for (const name of names) expect((await stat(path.join(folder, name))).size).toBeLessThan(LARGEST)
  })
})
