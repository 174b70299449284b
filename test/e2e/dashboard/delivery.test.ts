import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { dashboardModel } from '../../../core/domain/dashboard/build.js'
import type { DashboardModel, DeliveryDetail, DeliveryRow } from '../../../core/domain/dashboard/model.js'
import { openBrowser, wordsOf, type Visit, type Visitors } from '../../support/dashboard/browser.js'
import { sampleModel } from '../../support/dashboard/sample.mjs'
import { withEngines } from '../../support/engines/index.js'

const model = sampleModel(dashboardModel)
const having = (fits: (row: DeliveryRow, detail: DeliveryDetail) => boolean): DeliveryRow => {
  const found = model.deliveries.find((row) => model.details[row.id] !== undefined && fits(row, model.details[row.id]!))
  if (found === undefined) throw new Error('The sample has no such delivery. Choose another seed.')
  return found
}
const judged = having(({ reason }, { polls }) => reason === 'failed' && polls.length > 10)
const HASH = 'ab'.repeat(32)

withEngines(['chromium'], "a delivery's own page", (pathOf) => {
  let visitors: Visitors
  beforeAll(async () => {
    visitors = await openBrowser(pathOf('chromium'))
  })
  afterEach(async () => visitors.leave())
  afterAll(async () => visitors.close())

  const open = async ({ id }: Pick<DeliveryRow, 'id'>, shown: DashboardModel = model): Promise<Visit> => visitors.visit({ model: shown, hash: `#/delivery/${encodeURIComponent(id)}` })
  /** How many charts there are: they are drawn with the first picture, which may come later than the page. */
  const charts = async (page: Page): Promise<number> => {
    await page.waitForFunction(`[...document.querySelectorAll('#delivery .canvas')].every((one) => one.querySelector('canvas') !== null)`)
    return page.locator('#delivery canvas').count()
  }
  const changed = (row: DeliveryRow, part: Partial<DeliveryDetail>): DashboardModel => ({ ...model, details: { ...model.details, [row.id]: { ...model.details[row.id]!, ...part } } })

  test('has its facts, its verdicts and its events', async () => {
    const { page, faults } = await open(judged)
    const text = await wordsOf(page.locator('#delivery'))
    const detail = model.details[judged.id]!
    expect(text).toContain(detail.message)
    for (const line of detail.plan) expect(text).toContain(line)
    expect(await page.locator('.events li').count()).toBe(detail.events.length)
    expect(await page.locator('.steps tbody tr').count()).toBe(detail.steps.length)
    expect(text).toMatch(/\bfail\b/)
    expect(text).toContain('approved by grace')
    expect(await page.getByRole('link', { name: judged.run }).getAttribute('href')).toBe(judged.runUrl)
    expect(faults).toEqual([])
  })

  test('draws weights, errors and slow answers of both arms, and has each as a table', async () => {
    const { page } = await open(judged)
    const { polls, weights } = model.details[judged.id]!
    expect(await charts(page)).toBe(3)
    expect(await page.evaluate(`[...document.querySelectorAll('#delivery [role=img]')].map((one) => one.getAttribute('aria-label').split(':')[0])`)).toEqual(['Weight of the candidate', 'Errors', 'Slow answers'])
    await page.getByText('Errors as a table').click()
    const table = page.getByRole('region', { name: 'Errors as a table' })
    await table.locator('tbody tr').first().waitFor()
    expect(await table.locator('tbody tr').count()).toBe(polls.length)
    const silent = polls.filter(({ stable }) => stable === null).length
    expect(await table.locator('tbody tr td:nth-child(2) .absent').count()).toBe(silent)
    expect(silent).toBeGreaterThan(0)
    await page.getByText('Weight of the candidate as a table').click()
    await page.getByRole('region', { name: 'Weight of the candidate as a table' }).locator('tbody tr').first().waitFor()
    expect(await page.getByRole('region', { name: 'Weight of the candidate as a table' }).locator('tbody tr').count()).toBeGreaterThanOrEqual(weights.length)
  })

  test('its charts are really drawn, in the colours of both arms', async () => {
    const { page } = await open(judged)
    const coloured = async (index: number, name: string): Promise<number> =>
      Number(await page.evaluate(`(() => {
        const probe = document.createElement('span')
        probe.style.color = 'var(${name})'
        document.body.append(probe)
        const [red, green, blue] = getComputedStyle(probe).color.match(/\\d+/g).map(Number)
        const canvas = document.querySelectorAll('#delivery canvas')[${index}]
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        let many = 0
        for (let at = 0; at < data.length; at += 4) if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) many += 1
        return many
      })()`))
    expect(await charts(page)).toBe(3)
    expect(await coloured(0, '--arm-candidate')).toBeGreaterThan(100)
    expect(await coloured(1, '--arm-stable')).toBeGreaterThan(100)
    expect(await coloured(1, '--arm-candidate')).toBeGreaterThan(100)
    await page.getByRole('button', { name: 'Dark theme' }).click()
    expect(await coloured(1, '--arm-candidate')).toBeGreaterThan(100)
  })

  test('reads the values under the pointer', async () => {
    const { page } = await open(judged)
    const canvas = page.locator('#delivery .canvas').nth(1)
    await canvas.locator('.u-over').hover()
    const legends = await page.locator('#delivery .legend').allInnerTexts()
    expect(legends[0]).toMatch(/Weight\s+\d+ %/)
    expect(legends[1]).toMatch(/Stable\s+(\d|no data|<)/)
  })

  test('flags migrations and what goes back, and names what it could not list', async () => {
    const notes = { ...model.details[judged.id]!.notes!, total: 260, migrations: ['db/migrate/20261101_add_stock.rb'], backwards: true }
    const { page } = await open(judged, changed(judged, { notes }))
    const text = await wordsOf(page.locator('section[aria-labelledby="notes"]'))
    expect(text).toContain('1 changed file looks like a database migration')
    expect(text).toContain('db/migrate/20261101_add_stock.rb')
    expect(text).toContain('Goes back to older sources')
    expect(text).toContain(`${260 - notes.commits.length} more are not listed here.`)
  })

  test('has the receipt of its backup, and the hash of the full record where it is', async () => {
    const receipt = { id: 'production-2026-11-20-ab', takenAt: '2026-11-20T03:00:00.000Z', bytes: 123_456_789, schemaRevision: '107' }
    const { page } = await open(judged, changed(judged, { receipt, record: { link: 'https://github.com/acme/shop/actions/runs/1/artifacts/2', sha256: HASH } }))
    const text = await wordsOf(page.locator('#delivery'))
    expect(text).toContain('never restored, so not proven')
    expect(text).toContain('123.5 MB')
    expect(text).toContain(HASH)
    expect(await page.getByRole('link', { name: 'https://github.com/acme/shop/actions/runs/1/artifacts/2' }).isVisible()).toBe(true)
  })

  test('says for each part that nothing is recorded', async () => {
    const { page, faults } = await open(judged, changed(judged, { message: '', plan: [], events: [], weights: [], polls: [], verdicts: [], steps: [], approvals: [] }))
    const text = await wordsOf(page.locator('#delivery'))
    for (const words of ['No weights and no samples are recorded', 'Nothing was judged.', 'No plan is recorded.', 'No approval is recorded.', 'No times of single steps are recorded.', 'No events are recorded.']) expect(text).toContain(words)
    // Who was asked is not known: what GitHub would tell of it may have been hidden from the token.
    expect(text).toContain('nobody on record')
    expect(faults).toEqual([])
  })

  test('of an arm that was never measured has no picture, and of slowness that nobody measures none either', async () => {
    const polls = model.details[judged.id]!.polls.map(({ stable, candidate, ...poll }) => ({ ...poll, stable: stable && { ...stable, slow: null }, candidate: candidate && { ...candidate, slow: null } }))
    const { page } = await open(judged, changed(judged, { polls }))
    expect(await charts(page)).toBe(2)
    expect(await page.locator('figure', { hasText: 'Slow answers' }).innerText()).toMatch(/no data: not measured here/)
  })

  test('of a rollback that moved everything at once has no charts of a candidate that was none', async () => {
    const { page } = await open(judged, changed(judged, { weights: [[judged.begunAt, 0]], polls: [] }))
    expect(await charts(page)).toBe(0)
    expect(await wordsOf(page.locator('#delivery'))).toContain('traffic was not moved by steps')
  })

  test('has the names of its sentences as names', async () => {
    const { page } = await open(judged, changed(judged, { message: '2.0 serves `production`.', plan: ['Nothing serves `production`.'] }))
    expect(await page.locator('.message code').innerText()).toBe('production')
    expect(await wordsOf(page.locator('.plan').first())).toBe('Nothing serves production.')
  })

  test('of an old one says that its particulars are elsewhere; of an unknown one that there is none', async () => {
    const old = model.deliveries.at(-1)!
    const { page } = await open(old)
    expect(await wordsOf(page.locator('#delivery'))).toContain('is not in this page')
    for (const id of ['nobody', '__proto__', 'constructor', '<img src=x>']) {
      const { page: other, faults } = await open({ id })
      expect(await other.locator('h1:visible').innerText()).toBe('No such delivery')
      expect(await other.locator('#delivery code').innerText()).toBe(id)
      expect(faults).toEqual([])
    }
  })
})
