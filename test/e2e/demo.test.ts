import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openBrowser, wordsOf, type Visitors } from '../support/dashboard/browser.js'
import { engine } from '../support/engines/catalogue.mjs'
import { withEngines } from '../support/engines/index.js'
import { root } from '../support/runner.mjs'

interface Shown {
  readonly code: number | null
  readonly stdout: string
  readonly seconds: number
}

/** As `npm run demo` where nothing can be redrawn. */
function demo(report: string, interruptAt?: RegExp): Promise<Shown> {
  const began = performance.now()
  const child = spawn(process.execPath, [path.join('demo', 'main.mjs'), '--report', report], { cwd: root, env: { ...process.env, NO_COLOR: '1' }, stdio: ['ignore', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = interruptAt?.test(stdout) ?? true
    stdout += text
    if (!before && interruptAt?.test(stdout) === true) child.kill('SIGINT')
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, stdout, seconds: (performance.now() - began) / 1000 }))
  })
}

const database = 'path' in engine('postgres') && 'path' in engine('pg-clients')

describe('the demo', () => {
  let folder: string
  let report: string
  let shown: Shown

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'ecluse-demo-test-'))
    report = path.join(folder, 'index.html')
    shown = await demo(report)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('observes all of its facts, in a minute or two', () => {
    expect(shown.stdout).not.toContain('✗')
    expect(shown.code).toBe(0)
    expect(shown.stdout.match(/^ ✓ /gm)).toHaveLength(database ? 9 : 7)
    // Three quarters of a minute on two processors of its own; beside other tests half as much again and more.
    expect(shown.seconds).toBeLessThan(150)
  })

  test('loses no request, catches v3 at its first step and goes back in seconds', () => {
    expect(shown.stdout).toMatch(/Downtime +0 of [1-9]\d{3,} requests failed/)
    expect(shown.stdout).toContain('v3 was caught at 5 % by the judge')
    expect(Number(/Seconds to catch v3 +([\d.]+) s/.exec(shown.stdout)?.[1])).toBeLessThan(15)
    // From the start of a process: on a machine with much else to do that alone may take seconds.
    expect(Number(/Seconds to roll back +([\d.]+) s/.exec(shown.stdout)?.[1])).toBeLessThan(10)
    expect(shown.stdout).toMatch(database ? /Backup +\d+ rows restored and equal/ : /Backup +left out: .*Bring it with/)
  })

  test('leaves a report that needs nothing from elsewhere', async () => {
    const page = await readFile(report, 'utf8')
    expect(page.match(/<svg/g)).toHaveLength(2)
    expect(page).not.toMatch(/\b(?:src|srcset)=|<link|@import|url\(/)
    expect(page).toContain('canary-promote')
    expect(page).not.toMatch(/postgres:\/\/[^\s<]*:[^\s<]*@/)
  })

  test('shows what the record tells of it, on a page that needs nothing from elsewhere', async () => {
    expect(shown.stdout).toContain('✓ The dashboard shows v1 live, three deliveries, one rollback.')
    const place = path.join(folder, 'dashboard', 'index.html')
    expect(shown.stdout).toMatch(new RegExp(`Dashboard +${place}$`, 'm'))
    expect(await readFile(place, 'utf8')).toContain('v3')
    const { gaps } = JSON.parse(await readFile(path.join(folder, 'dashboard', 'deliveries.json'), 'utf8')) as { readonly gaps: readonly string[] }
    expect(gaps).toEqual([])
  })

  withEngines(['chromium'], 'on that page, in a browser', (pathOf) => {
    let visitors: Visitors
    beforeAll(async () => {
      visitors = await openBrowser(pathOf('chromium'))
    })
    afterAll(async () => visitors.close())

    test.each([['v2', /by steps: 0 %, 5 %, 25 %, 50 %, 100 %.*pass 50 %/], ['v3', /the judge failed the release.*fail 5 %/]] as const)('%s has its weights, errors of both arms, verdicts and receipt', async (version, words) => {
      const { deliveries } = JSON.parse(await readFile(path.join(folder, 'dashboard', 'deliveries.json'), 'utf8')) as { readonly deliveries: readonly { readonly id: string; readonly version: string; readonly kind: string }[] }
      const { id } = deliveries.find((row) => row.version === version && row.kind === 'promote')!
      const { page, faults, asked } = await visitors.open(path.join(folder, 'dashboard', 'index.html'), { hash: `#/delivery/${id}`, frozen: false, colorScheme: 'light', viewport: { width: 1100, height: 900 } })
      await page.waitForFunction(`document.querySelectorAll('#delivery canvas').length === 2`)
      const text = await wordsOf(page.locator('#delivery'))
      expect(text).toMatch(words)
      expect(text).toMatch(database ? /restored and compared/ : /No receipt of a backup/)
      expect([...faults, ...asked]).toEqual([])
      const picture = await page.screenshot({ animations: 'disabled' })
      expect(picture.length).toBeLessThan(150_000)
      if (version === 'v3' && process.env['ECLUSE_SCREENSHOTS'] === '1') await writeFile(path.join(root, 'action-docs', 'images', 'demo-delivery.png'), picture)
    })
  })

  test('ends all that it started when it is interrupted', async () => {
    const stopped = await demo(path.join(folder, 'never.html'), /users arrive\n.*✓/)
    expect(stopped.code).toBe(130)
    const address = /v1 at (http:\S+), \d+ requests/.exec(stopped.stdout)?.[1] ?? ''
    expect(address).not.toBe('')
    await expect(fetch(`${address}/health`)).rejects.toThrow('fetch failed')
    expect(stopped.stdout).not.toContain('Left behind')
  })
})
