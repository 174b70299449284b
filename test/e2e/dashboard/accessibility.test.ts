import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { dashboardModel } from '../../../core/domain/dashboard/build.js'
import { openBrowser, type Visitors } from '../../support/dashboard/browser.js'
import { sampleModel } from '../../support/dashboard/sample.mjs'
import { withEngines } from '../../support/engines/index.js'
import { root } from '../../support/policy/files.js'

const model = sampleModel(dashboardModel)
const strange = sampleModel(dashboardModel, { hostile: true, seed: 8 })
const judged = model.deliveries.find(({ id, reason }) => reason === 'failed' && (model.details[id]?.polls.length ?? 0) > 10)!

const desktop = { width: 1280, height: 900 }
const phone = { width: 390, height: 844 }
const places = ['#/', `#/delivery/${judged.id}`, '#/delivery/nobody', '#/?text=nobody+like+that']

/** Each rule of WCAG 2 A and AA that is broken, with where. */
async function broken(page: Page, axe: string): Promise<readonly string[]> {
  await page.evaluate(axe)
  const found: unknown = await page.evaluate(`axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html, any }) => html + ' ' + any.map(({ message }) => message).join(' ')).join(' | ')))`)
  return found as readonly string[]
}

withEngines(['chromium'], 'the dashboard for everybody', (pathOf) => {
  let visitors: Visitors
  let axe = ''
  beforeAll(async () => {
    visitors = await openBrowser(pathOf('chromium'))
    axe = await readFile(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')
  })
  afterEach(async () => visitors.leave())
  afterAll(async () => visitors.close())

  describe.each([['light', desktop], ['dark', desktop], ['light', phone], ['dark', phone]] as const)('%s, %j', (colorScheme, viewport) => {
    test.each(places)('%s breaks no rule of WCAG 2.1 AA, with everything open', async (hash) => {
      const { page, faults } = await visitors.visit({ model, hash, colorScheme, viewport })
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
      // The tables of charts are made when they are opened.
      await page.waitForFunction(`[...document.querySelectorAll('.chart details')].every(({ childElementCount }) => childElementCount === 2)`)
      expect(await broken(page, axe)).toEqual([])
      expect(faults).toEqual([])
    })
  })

  test.each([320, 390, 760, 1024, 1280])('at %d pixels nothing has to be moved sideways, whatever the texts are', async (width) => {
    const hostile = strange.deliveries.find(({ id }) => strange.details[id] !== undefined)!
    for (const [shown, hash] of [[model, '#/'], [model, places[1]], [strange, '#/'], [strange, `#/delivery/${encodeURIComponent(hostile.id)}`]] as const) {
      const { page } = await visitors.visit({ model: shown, hash: hash!, viewport: { width, height: 844 } })
      expect([hash, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([hash, width])
    }
  })

  test('what is pressed on a phone is large enough for a finger', async () => {
    const { page } = await visitors.visit({ model, viewport: phone })
    const small: unknown = await page.evaluate(`[...document.querySelectorAll('main button, main select, main input')].filter((one) => one.offsetParent !== null && one.getBoundingClientRect().height < 24).map(({ outerHTML }) => outerHTML)`)
    expect(small).toEqual([])
  })

  test('who wants no motion gets none', async () => {
    const { page } = await visitors.visit({ model, reducedMotion: 'reduce' })
    expect(await page.evaluate(`[...document.querySelectorAll('*')].filter((one) => { const style = getComputedStyle(one); return style.animationName !== 'none' || style.transitionDuration.split(', ').some((time) => time !== '0s') }).length`)).toBe(0)
  })
})
