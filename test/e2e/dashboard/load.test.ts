import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from '@jest/globals'
import { chromium } from 'playwright-core'
import { buildPage } from '../../../.github/tools/bundling/page.mjs'
import { dashboardModel } from '../../../core/domain/dashboard/build.js'
import { median } from '../../bench/lines.mjs'
import { filled } from '../../support/dashboard/browser.js'
import { loadInTurn } from '../../support/dashboard/readiness.mjs'
import { sampleModel } from '../../support/dashboard/sample.mjs'
import { withEngines } from '../../support/engines/index.js'

const ROUNDS = 5

withEngines(['chromium'], 'the dashboard of 10 000 deliveries', (pathOf) => {
  test('is on the screen nearly as soon as one of 100, and holds as little of it at a time', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-load-'))
    const browser = await chromium.launch({ executablePath: pathOf('chromium'), args: ['--no-sandbox'] })
    try {
      const template = await buildPage()
      const files = await Promise.all([100, 10_000].map(async (deliveries) => {
        const file = path.join(folder, `${deliveries}.html`)
        await writeFile(file, filled(template, sampleModel(dashboardModel, { deliveries, details: 100 })))
        return file
      }))
      const loads = await loadInTurn(browser, files.map((file) => pathToFileURL(file).href), ROUNDS)
      const [few, many] = [0, 1].map((place) => ({ ms: median(loads.map((turn) => turn[place]!.ms)), elements: loads[0]![place]!.elements }))
      const { size } = await stat(files[1]!)
      console.info(`10 000 deliveries (${(size / 1e6).toFixed(1)} MB): ${many!.ms.toFixed(0)} ms, ${many!.elements} elements; 100: ${few!.ms.toFixed(0)} ms, ${few!.elements} elements`)
      // A hundred times as many. Each row on the page would be fifty times as slow; the wall's clock is the bench's business.
      expect(many!.ms).toBeLessThan(few!.ms * 10)
      expect(many!.elements).toBeLessThan(few!.elements * 1.5)
    } finally {
      await browser.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  })

  test('finds one of them, sorts them and turns to the last page without holding more', async () => {
    const model = sampleModel(dashboardModel, { deliveries: 10_000, details: 10 })
    const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-load-'))
    const browser = await chromium.launch({ executablePath: pathOf('chromium'), args: ['--no-sandbox'] })
    try {
      const file = path.join(folder, 'page.html')
      await writeFile(file, filled(await buildPage(), model))
      const page = await browser.newPage()
      await page.goto(pathToFileURL(file).href)
      const wanted = model.deliveries[7777]!
      await page.getByLabel('Search').fill(wanted.id)
      expect(await page.getByRole('status').innerText()).toBe('1 of 10,000 deliveries')
      await page.getByLabel('Search').fill('')
      await page.getByRole('button', { name: 'Version' }).click()
      await page.getByRole('button', { name: 'Last' }).click()
      expect(await page.getByRole('status').innerText()).toBe('10,000 deliveries, 9,951 to 10,000 shown')
      expect(await page.locator('.deliveries tbody tr').count()).toBe(50)
    } finally {
      await browser.close()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  })
})
