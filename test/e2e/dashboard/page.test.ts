import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { dashboardModel } from '../../../core/domain/dashboard/build.js'
import type { DashboardModel } from '../../../core/domain/dashboard/model.js'
import { openBrowser, wordsOf, type Visitors } from '../../support/dashboard/browser.js'
import { sampleModel } from '../../support/dashboard/sample.mjs'
import { withEngines } from '../../support/engines/index.js'

const model = sampleModel(dashboardModel)
const status = async (page: Page): Promise<string> => page.getByRole('status').innerText()
const focused = async (page: Page): Promise<string> => String(await page.evaluate('document.activeElement.textContent'))
const addressOf = (page: Page): string => new URL(page.url()).hash

/** A rollback without anything else that a page could lack. */
const bare = (part: Partial<DashboardModel> = {}): DashboardModel => ({
  v: 1, app: 'shop', generatedAt: model.generatedAt, environments: [], deliveries: [], details: {}, definitions: [], gaps: [],
  figures: { ...model.figures, deliveries: 0, succeeded: 0, failed: 0, rollbacks: 0, successRate: null, rollbackRate: null, duration: { median: null, p95: null }, dora: { deploymentFrequency: null, leadTime: null, changeFailureRate: null, timeToRestore: null }, trend: [] },
  ...part,
})

withEngines(['chromium'], 'the dashboard in a browser', (pathOf) => {
  let visitors: Visitors
  beforeAll(async () => {
    visitors = await openBrowser(pathOf('chromium'))
  })
  afterEach(async () => visitors.leave())
  afterAll(async () => visitors.close())

  test('says what is live, what is on its way, and whether the objectives are met, in words', async () => {
    const { page, asked, faults } = await visitors.visit({ model })
    const card = page.locator('.card', { hasText: 'on its way' })
    const { live, inFlight, objectives } = model.environments.find(({ name }) => name === 'production')!
    const text = await wordsOf(card)
    expect(text).toContain(live!.version)
    expect(text).toContain(`by ${live!.by}`)
    expect(text).toContain(`${inFlight!.kind} on its way: ${inFlight!.version}`)
    expect(text).toContain('25 % of requests reach it')
    expect(text).toMatch(/Way back\s+2026/)
    expect(text).toMatch(objectives.rpo!.ok ? /RPO\s+met newest verified backup/ : /RPO\s+not met newest verified backup/)
    expect(text).toMatch(/RTO\s+met longest way back in 90 days/)
    expect(await page.title()).toBe('Deliveries · shop')
    expect(asked).toEqual([])
    expect(faults).toEqual([])
  })

  test('tells local time, and UTC on hover', async () => {
    const { page } = await visitors.visit({ model })
    const time = page.locator('.made time').first()
    expect(await time.innerText()).toBe('21 Nov 2026, 15:05')
    expect(await time.getAttribute('title')).toBe('2026-11-21 14:05:00 UTC')
    expect(await page.locator('.made').innerText()).toContain('(7 min ago)')
  })

  describe('the table', () => {
    test('filters by each field, says how many are left, and keeps it in the address', async () => {
      const { page } = await visitors.visit({ model })
      expect(await status(page)).toBe('400 deliveries, 1 to 50 shown')
      await page.getByLabel('Kind').selectOption('rollback')
      const rollbacks = model.deliveries.filter(({ kind }) => kind === 'rollback').length
      expect(await status(page)).toBe(`${rollbacks} of 400 deliveries`)
      expect(await page.locator('.deliveries tbody tr').count()).toBe(rollbacks)
      await page.getByLabel('Search').fill('nobody like that')
      expect(await status(page)).toBe('0 of 400 deliveries')
      expect(await page.getByText('No delivery fits these filters.').isVisible()).toBe(true)
      expect(addressOf(page)).toBe('#/?kind=rollback&text=nobody+like+that')
      await page.getByRole('button', { name: 'Clear filters' }).click()
      expect(await status(page)).toBe('400 deliveries, 1 to 50 shown')
      expect(addressOf(page)).toBe('#/')
    })

    test('shows what an address says', async () => {
      const { page } = await visitors.visit({ model, hash: '#/?environment=production&outcome=failed&sort=duration&direction=descending' })
      const expected = model.deliveries.filter(({ environment, ok }) => environment === 'production' && ok === false).length
      expect(await status(page)).toBe(`${expected} of 400 deliveries`)
      expect(await page.getByLabel('Outcome').inputValue()).toBe('failed')
      expect(await page.locator('th[aria-sort]').allInnerTexts()).toEqual(['Duration'])
      expect(await page.locator('th[data-column="duration"]').getAttribute('aria-sort')).toBe('descending')
    })

    test('sorts by its heads, both ways, and turns its pages', async () => {
      const { page } = await visitors.visit({ model })
      const first = async (): Promise<string> => page.locator('.deliveries tbody tr').first().locator('[data-column="by"]').innerText()
      const head = page.locator('th[data-column="by"]')
      await head.getByRole('button').click()
      expect([await head.getAttribute('aria-sort'), await first()]).toEqual(['ascending', 'ada'])
      await head.getByRole('button').click()
      expect([await head.getAttribute('aria-sort'), await first()]).toEqual(['descending', 'renovate[bot]'])
      const next = page.getByRole('button', { name: 'Next' })
      await next.click()
      expect(await status(page)).toBe('400 deliveries, 51 to 100 shown')
      await page.getByRole('button', { name: 'Last' }).click()
      expect(await next.getAttribute('aria-disabled')).toBe('true')
      await next.press('Enter')
      expect(await page.getByText('Page 8 of 8').isVisible()).toBe(true)
    })
  })

  describe('the way to a delivery and back', () => {
    test('by the mouse, anywhere in the row; Back brings the list as it was, at its place', async () => {
      const { page } = await visitors.visit({ model })
      await page.getByLabel('Environment', { exact: true }).selectOption('production')
      const row = page.locator('.deliveries tbody tr').nth(20)
      await row.scrollIntoViewIfNeeded()
      const before = await page.evaluate('scrollY')
      // Another element lies over the cell: the link of its row.
      await row.locator('[data-column="by"]').click({ force: true })
      expect(addressOf(page)).toMatch(/^#\/delivery\/\d{8}T/)
      expect(await page.evaluate('scrollY')).toBe(0)
      expect(await focused(page)).toMatch(/ to production$/)
      expect(await page.title()).toMatch(/ to production · shop$/)
      await page.goBack()
      expect(await page.evaluate('scrollY')).toBe(before)
      expect(await page.getByLabel('Environment', { exact: true }).inputValue()).toBe('production')
      expect(await page.evaluate(`document.activeElement === document.querySelectorAll('.whole')[20]`)).toBe(true)
    })

    test('by the keyboard alone', async () => {
      const { page } = await visitors.visit({ model })
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe('Skip to the content')
      await page.keyboard.press('Enter')
      expect(await page.evaluate('document.activeElement.id')).toBe('main')
      expect(addressOf(page)).toBe('')
      await page.getByLabel('Search').focus()
      await page.keyboard.type('2026')
      for (const head of ['Begun', 'Environment', 'Kind', 'Version', 'Outcome', 'Duration', 'By']) {
        // The button that clears the filters stands between.
        if (head === 'Begun') await page.keyboard.press('Tab')
        await page.keyboard.press('Tab')
        expect(await focused(page)).toBe(head)
      }
      await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.waitForFunction(`location.hash.startsWith('#/delivery/')`)
      await page.keyboard.press('Escape')
      await page.waitForFunction(`location.hash === '#/?text=2026'`)
      expect(await page.getByLabel('Search').inputValue()).toBe('2026')
      expect(await page.evaluate(`document.activeElement.className`)).toBe('whole')
    })

    test('all that can be reached shows that it is', async () => {
      const { page } = await visitors.visit({ model })
      const seen = new Set<string>()
      for (let press = 0; press < 45; press += 1) {
        await page.keyboard.press('Tab')
        seen.add(String(await page.evaluate(`(() => {
          const at = document.activeElement
          const styles = [getComputedStyle(at), getComputedStyle(at, '::after')]
          return styles.some(({ outlineStyle, outlineWidth }) => outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) ? 'shown' : at.outerHTML
        })()`)))
      }
      expect([...seen]).toEqual(['shown'])
    })
  })

  test('the theme follows the system, then the choice, which it remembers', async () => {
    const { page } = await visitors.visit({ model, colorScheme: 'dark' })
    const ground = async (): Promise<string> => String(await page.evaluate('getComputedStyle(document.body).backgroundColor'))
    const dark = await ground()
    await page.getByRole('button', { name: 'Light theme' }).click()
    const light = await ground()
    expect(light).not.toBe(dark)
    await page.reload()
    expect(await ground()).toBe(light)
    expect(await page.getByRole('button', { name: 'Dark theme' }).isVisible()).toBe(true)
  })

  test('nothing known is told as such, nowhere as 0', async () => {
    const { page, faults } = await visitors.visit({ model: bare({ gaps: ['The deployments of `eu` could not be read: 403.'] }) })
    const text = await page.locator('main').innerText()
    expect(text).toContain('No environment has been delivered to yet.')
    expect(text).toContain('Nothing has been delivered yet.')
    expect(text).toContain('There is no week to show yet.')
    expect(text).toContain('The deployments of eu could not be read: 403.')
    expect(await page.locator('.notice code').innerText()).toBe('eu')
    expect(await page.locator('.tiles:not(.small) dd').allInnerTexts()).toEqual(['no data', 'no data', 'no data', 'no data'])
    expect(await page.locator('.tiles.small dd').allInnerTexts()).toEqual(['0', '0', 'no data', 'no data', 'no data', 'no data'])
    expect(faults).toEqual([])
  })

  test('an environment without anything says what it lacks', async () => {
    const { page } = await visitors.visit({ model: bare({ environments: [{ name: 'eu', objectives: { rto: { limitMs: 300_000, ok: false }, rpo: { limitMs: 86_400_000, ok: false } }, figures: bare().figures }] }) })
    const text = await wordsOf(page.locator('.card'))
    expect(text).toContain('Nothing is known to be live')
    expect(text).toMatch(/Way back\s+none by the record/)
    expect(text).toMatch(/RPO\s+not met no verified backup, limit 24 h/)
    expect(text).toMatch(/RTO\s+unknown nothing went back in 90 days, limit 5 min/)
  })

  test('one week alone stands among others, by their days', async () => {
    const [week] = model.figures.trend
    const one = { ...model.figures, trend: [{ ...week!, week: Date.UTC(2026, 10, 16) }] }
    const { page, faults } = await visitors.visit({ model: { ...model, figures: one } })
    await page.locator('.canvas canvas').first().waitFor()
    const cut = await page.evaluate(`[...document.querySelectorAll('.scroller')].some((one) => one.scrollWidth > one.clientWidth)`)
    expect(cut).toBe(false)
    expect(await page.locator('.live').first().innerText()).not.toMatch(/·\s*$/)
    expect(faults).toEqual([])
  })

  test('without JavaScript it says so', async () => {
    const { page } = await visitors.visit({ model, javaScriptEnabled: false, frozen: false })
    expect(await page.locator('noscript').innerText()).toContain('draws its figures with JavaScript')
  })

  test('prints on paper: nothing to press, everything open', async () => {
    const { page } = await visitors.visit({ model })
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByLabel('Search').isVisible()).toBe(false)
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
    expect(await page.locator('details:not([open])').count()).toBe(0)
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`)
    expect(await page.locator('details[open]').count()).toBe(0)
  })
})
