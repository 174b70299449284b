/** The page in a real browser: from a file, without a network, with everything that it asks for written down. */
import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core'
import { buildPage } from '../../../.github/tools/bundling/page.mjs'
import type { DashboardModel } from '../../../core/domain/dashboard/model.js'
import { pageWith } from '../../../core/domain/dashboard/page.js'
import { UNTIL } from './sample.mjs'

export interface Visit {
  readonly page: Page
  /** Addresses of all that was asked for but the page itself and what is in its own text. */
  readonly asked: readonly string[]
  /** Errors of the page's program, and what its policy refused. */
  readonly faults: readonly string[]
}

export interface VisitOptions extends BrowserContextOptions {
  readonly model: DashboardModel
  /** Behind `#`. */
  readonly hash?: string
  /** The page's clock stands still a few minutes after the model was made. Not where its marks of time are read. Default true. */
  readonly frozen?: boolean
}

export interface Visitors {
  visit(options: VisitOptions): Promise<Visit>
  /** A page that was written by somebody else. */
  open(file: string, options?: Omit<VisitOptions, 'model'>): Promise<Visit>
  /** Closes what the visits so far have opened. */
  leave(): Promise<void>
  close(): Promise<void>
}

const MINUTE = 60_000

export async function openBrowser(executablePath: string): Promise<Visitors> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-page-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  const template = await buildPage()
  let written = 0
  return {
    visit: async ({ model, ...options }) => {
      const file = path.join(folder, `page-${(written += 1)}.html`)
      await writeFile(file, filled(template, model))
      return visit(browser, pathToFileURL(file).href, options)
    },
    open: (file, options = {}) => visit(browser, pathToFileURL(file).href, options),
    leave: async () => {
      for (const context of browser.contexts()) await context.close()
    },
    close: async () => {
      await browser.close()
      remove()
      process.removeListener('exit', remove)
    },
  }
}

export function filled(template: string, model: DashboardModel): string {
  const page = pageWith(template, model)
  if (page === undefined) throw new Error('The page has no place for its model.')
  return page
}

async function visit(browser: Browser, address: string, { hash = '', frozen = true, ...context }: Omit<VisitOptions, 'model'>): Promise<Visit> {
  const made = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Paris', viewport: { width: 1280, height: 900 }, offline: true, ...context })
  const page = await made.newPage()
  const asked: string[] = []
  const faults: string[] = []
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address && !request.url().startsWith('data:')) asked.push(request.url())
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  if (frozen) await page.clock.setFixedTime(UNTIL + 7 * MINUTE)
  await page.goto(`${address}${hash}`)
  return { page, asked, faults }
}

/** As people read it: on one line. */
export const wordsOf = async (place: Locator): Promise<string> => (await place.innerText()).replaceAll(/\s+/g, ' ')

/** The browser's marks, once the first picture is on the screen. */
export async function readyAfter({ page }: Visit): Promise<number> {
  const mark = await page.waitForFunction(() => performance.getEntriesByName('ecluse-ready')[0]?.startTime)
  return Number(await mark.jsonValue())
}
