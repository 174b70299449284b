/** watch-release with its record on GitHub: what it costs in calls, and that evidence comes back out of a payload. */
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { release, type FlowLab, type Place } from '../../support/flow-lab.js'
import type { FlowProcess } from '../../support/flow-process.js'
import { githubLab, type GitHubLab } from '../../support/github-lab.js'
import type { FakeGitHub } from '../../support/services/github/github.mjs'

const MINUTE = 60_000
const place: Place = { watch: { forMs: 60 * MINUTE, everyMs: 30_000, onFail: 'rollback' } }

let folder: string
let world: GitHubLab
let lab: FlowLab
let github: FakeGitHub

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'records-'))
  world = await githubLab(folder)
  lab = world.lab
  github = world.github
})
afterEach(async () => {
  const faults = [...github.faults]
  await world.close()
  rmSync(folder, { recursive: true })
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

async function delivered(...versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    const { ok, reason } = await lab.promote(version, { by: world.step(), place, release: { ...release(version), commit: github.head() } })
    expect({ version, ok, reason }).toMatchObject({ ok: true })
    await lab.time.sleep(2000)
  }
}

async function callsOf(work: (by: FlowProcess) => Promise<unknown>): Promise<number> {
  github.forget()
  await work(world.step())
  return github.counted()
}

it('a watch of an hour, a look, and a look when there is nothing to watch cost few calls; evidence is handed on', async () => {
  await delivered('v0', 'v1')
  const looked = await callsOf(async (by) => {
    expect(await lab.watch({ by, place, mode: 'look' })).toMatchObject({ ok: true, reason: 'still-watching' })
  })
  const stayed = await callsOf(async (by) => {
    const found = await lab.watch({ by, place })
    expect(found).toMatchObject({ ok: true, reason: 'watched' })
    // From the look on, and from the climb before it: no request was lost between the two.
    expect(Number(found.outputs.requests)).toBeGreaterThan(0.98 * 2000 * 3600)
  })
  const idle = await callsOf(async (by) => {
    expect(await lab.watch({ by, place, mode: 'look' })).toMatchObject({ ok: true, reason: 'nothing-to-watch' })
  })
  expect(looked).toBeLessThanOrEqual(7)
  expect(stayed).toBeLessThanOrEqual(70)
  expect(idle).toBeLessThanOrEqual(5)
  const longest = Math.max(...github.state.all('deployments').map(({ payload }) => JSON.stringify(payload).length))
  expect(longest).toBeLessThan(40_000)
})

it('what turns bad is taken back by a look, and shows as the active deployment no more', async () => {
  await delivered('v0', 'v1')
  await lab.watch({ by: world.step(), place, mode: 'look' })
  await lab.time.sleep(5 * MINUTE)
  lab.traffic.errors['v1'] = 0.3
  await lab.time.sleep(5 * MINUTE)
  const found = await lab.watch({ by: world.step(), place, mode: 'look' })
  expect(found).toMatchObject({ ok: false, reason: 'rolled-back', outputs: { serves: 'v0' } })
  const active = github.state.all('deployments').filter(({ id }) => github.statusesOf(id).at(-1)?.state === 'success')
  expect(active.map(({ id }) => String(id))).toEqual([found.outputs.deployment])
})
