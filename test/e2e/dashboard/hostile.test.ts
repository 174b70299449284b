import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { buildPage } from '../../../.github/tools/bundling/page.mjs'
import { dashboardModel } from '../../../core/domain/dashboard/build.js'
import type { DashboardModel, DeliveryDetail, DeliveryRow } from '../../../core/domain/dashboard/model.js'
import { pageWith } from '../../../core/domain/dashboard/page.js'
import { filled, openBrowser, type Visitors } from '../../support/dashboard/browser.js'
import { sampleModel } from '../../support/dashboard/sample.mjs'
import { hostileTexts } from '../../support/dice.mjs'
import { withEngines } from '../../support/engines/index.js'

const plain = sampleModel(dashboardModel)
const script = '<script>document.title="owned"</script><img src=https://evil.example/x onerror=\'document.title="owned"\'>'

/** Every text of a model replaced, wherever it stands. */
function poisoned<Value>(value: Value, text: string): Value {
  if (Array.isArray(value)) return value.map((item: unknown) => poisoned(item, text)) as Value
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]: [string, unknown]) => [key, typeof item === 'string' ? (/^(kind|takenAt|verifiedAt)$/.test(key) ? item : text) : poisoned(item, text)])) as Value
  return value
}

function modelOf(text: string): DashboardModel {
  const id = '20261121T140500Z-ab'
  const source = plain.deliveries.find((row) => plain.details[row.id]?.notes !== undefined && plain.details[row.id]!.polls.length > 0)!
  const row: DeliveryRow = { ...poisoned(source, text), id }
  const detail: DeliveryDetail = { ...poisoned(plain.details[source.id]!, text), record: { link: text, sha256: text }, receipt: { id: text, takenAt: text, bytes: 1, verifiedAt: text, schemaRevision: text } }
  return { ...plain, app: text, repository: text, environments: poisoned(plain.environments, text), definitions: poisoned(plain.definitions, text), gaps: [text], deliveries: [row], details: { [id]: detail } }
}

withEngines(['chromium'], 'a page whose texts mean harm', (pathOf) => {
  let visitors: Visitors
  beforeAll(async () => {
    visitors = await openBrowser(pathOf('chromium'))
  })
  afterEach(async () => visitors.leave())
  afterAll(async () => visitors.close())

  test.each([script, 'javascript:document.title="owned"', 'data:text/html,<script>1</script>', ...hostileTexts])('shows %j as it is', async (text) => {
    const model = modelOf(text)
    for (const hash of ['#/', `#/delivery/${model.deliveries[0]!.id}`]) {
      const { page, asked, faults } = await visitors.visit({ model, hash })
      expect(asked).toEqual([])
      expect(faults).toEqual([])
      expect(await page.title()).not.toBe('owned')
      expect(await page.evaluate(`document.querySelectorAll('main script, main img, main iframe, main style, [onerror], [onclick]').length`)).toBe(0)
      expect(await page.evaluate(`[...document.querySelectorAll('a')].map(({ href }) => new URL(href).protocol).filter((protocol) => !['file:', 'https:', 'http:'].includes(protocol))`)).toEqual([])
      const shown: unknown = await page.evaluate(`JSON.stringify(document.querySelector('${hash === '#/' ? '.notice li' : '.message'}').textContent)`)
      // What stands between backticks is shown as a name, without them.
      expect(JSON.parse(String(shown))).toBe(text.replaceAll(/`([^`]+)`/g, '$1'))
    }
  })

  test('its policy lets nothing else run, load or be sent', async () => {
    const { page } = await visitors.visit({ model: plain })
    const refused: unknown = await page.evaluate(`new Promise((resolve) => {
      const refused = []
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => { refused.push(effectiveDirective); if (refused.length === 3) resolve(refused.toSorted()) })
      const script = document.createElement('script')
      script.textContent = 'document.title = "owned"'
      const image = document.createElement('img')
      image.src = 'https://evil.example/x.png'
      document.body.append(script, image)
      fetch('https://evil.example/').catch(() => {})
    })`)
    expect(refused).toEqual(['connect-src', 'img-src', 'script-src-elem'])
    expect(await page.title()).toBe('Deliveries · shop')
  })
})

test('the page is the same bytes each time, and its policy names what is in it', async () => {
  const [first, second] = await Promise.all([buildPage(), buildPage()])
  expect(first).toBe(second)
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(first)![1]!
  expect(policy.startsWith("default-src 'none'; ")).toBe(true)
  expect(policy).not.toContain('unsafe')
  for (const element of ['style', 'script']) {
    const [, text] = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(first)!
    expect(policy).toContain(`'sha256-${createHash('sha256').update(text!).digest('base64')}'`)
  }
  // Nothing is loaded: no address but those of names and of the data in the page itself.
  expect([...first.matchAll(/(?:src|href)="(?!#|data:)([^"]*)"|url\(([^)]*)\)|@import/g)].map(([found]) => found)).toEqual([])
})

test('a model goes in once, and only into the page that was built', async () => {
  const page = await buildPage()
  expect(pageWith('<p>another</p>', plain)).toBeUndefined()
  expect(pageWith(filled(page, plain), plain)).toBeUndefined()
  const made = filled(page, modelOf('$& $1 </script><!--'))
  const [, data] = /<script type="application\/json" id="model">(.*?)<\/script>/s.exec(made)!
  expect((JSON.parse(data!) as DashboardModel).app).toBe('$& $1 </script><!--')
})
