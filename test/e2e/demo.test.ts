import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { engine } from '../support/engines/catalogue.mjs'
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
  }, 180_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('observes all of its facts, in less than a minute and a half', () => {
    expect(shown.stdout).not.toContain('✗')
    expect(shown.code).toBe(0)
    expect(shown.stdout.match(/^ ✓ /gm)).toHaveLength(database ? 9 : 7)
    expect(shown.seconds).toBeLessThan(90)
  })

  test('loses no request, catches v3 at its first step and goes back in seconds', () => {
    expect(shown.stdout).toMatch(/Downtime +0 of [1-9]\d{3,} requests failed/)
    expect(shown.stdout).toContain('v3 was caught at 5 % by the judge')
    expect(Number(/Seconds to catch v3 +([\d.]+) s/.exec(shown.stdout)?.[1])).toBeLessThan(15)
    expect(Number(/Seconds to roll back +([\d.]+) s/.exec(shown.stdout)?.[1])).toBeLessThan(3)
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

  test('ends all that it started when it is interrupted', async () => {
    const stopped = await demo(path.join(folder, 'never.html'), /users arrive\n.*✓/)
    expect(stopped.code).toBe(130)
    const address = /v1 at (http:\S+), \d+ requests/.exec(stopped.stdout)?.[1] ?? ''
    expect(address).not.toBe('')
    await expect(fetch(`${address}/health`)).rejects.toThrow('fetch failed')
    expect(stopped.stdout).not.toContain('Left behind')
  }, 60_000)
})
