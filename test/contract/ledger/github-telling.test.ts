/** What it costs of GitHub's rate limit that any later run knows what people were told. */
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { release } from '../../support/flow-lab.js'
import { onGitHub, type GitHubLab } from '../../support/github-lab.js'
import { TellingLab } from '../../support/telling-lab.js'

const MINUTE = 60_000
let folder: string
let world: GitHubLab<TellingLab>
/** Deployments that hold what people were told, also those that are gone by now. */
let words: Set<string>

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'records-'))
  world = await onGitHub(new TellingLab(), folder)
  words = new Set()
})
afterEach(async () => {
  const faults = [...world.github.faults]
  await world.close()
  rmSync(folder, { recursive: true })
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

/** Calls for what people were told that count against the rate limit. */
async function callsOf(work: Promise<unknown>): Promise<number> {
  const { lab, github } = world
  github.forget()
  await work
  for (const { id, task } of github.state.all('deployments')) if (task === 'ecluse:told') words.add(String(id))
  const ours = github.calls.filter(({ counted, method, path: asked, body }) => counted && (
    asked.includes('task=ecluse%3Atold') || words.has(/deployments\/(\d+)/.exec(asked)?.[1] ?? '') ||
    (method === 'POST' && typeof body === 'object' && body !== null && Reflect.get(body, 'task') === 'ecluse:told')))
  await lab.time.sleep(11 * MINUTE)
  return ours.length
}

function delivered(version: string): Promise<number> {
  const { lab, github } = world
  const by = world.step()
  return callsOf(lab.run((one) => lab.promote(version, { by: one, release: { ...release(version), commit: github.head() } }), { by }))
}

const round = (): Promise<number> => callsOf(world.lab.reconciled({ by: world.step() }))

test('is told of in a handful of calls, old words taken away included', async () => {
  const { lab } = world
  await delivered('v1')
  const good = await delivered('v2')
  lab.traffic.errors = { v3: 0.5 }
  const [bad, escalated, idle] = [await delivered('v3'), await round(), await round()]
  lab.traffic.errors = {}
  const closed = await delivered('v4')
  expect(lab.channels.said.filter(({ verb }) => verb === 'post').map(({ message }) => message)).toEqual(['chat-1', 'chat-2', 'chat-3', 'mail-1', 'pager-1'])
  // One look, two words of two calls each, and an old one that goes.
  for (const delivery of [good, bad, closed]) expect(delivery).toBeLessThanOrEqual(6)
  expect(escalated).toBeLessThanOrEqual(5)
  expect(idle).toBeLessThanOrEqual(2)
}, 240_000)
