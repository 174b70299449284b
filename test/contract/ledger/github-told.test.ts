import { afterEach, beforeEach, expect, it } from '@jest/globals'
import type { Told } from '../../../core/domain/telling/told.js'
import { githubLedger } from '../../../core/drivers/ledger/github/index.js'
import type { Ledger } from '../../../core/ports/ledger.js'
import { plainGitHub } from '../../support/plain-github.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { World, aRun } from './surroundings.js'

const MINUTE = 60_000
let github: FakeGitHub
let world: World
let ledger: Ledger

const about = (id: string, over: boolean, title = id): Told => ({
  id, keys: [id], topic: 'delivery', count: 1, messages: [], ...(over ? {} : { failedAt: 1 }),
  notice: { key: id, app: 'shop', environment: 'production', severity: over ? 'info' : 'warning', state: over ? 'succeeded' : 'failed', title, text: '', facts: [], link: '', at: 1 },
})
const say = (told: Told): Promise<void> => ledger.record('production', { type: 'told', at: world.time, told })
const kept = async (): Promise<readonly string[]> => (await ledger.told('production')).map(({ notice }) => notice.title)

beforeEach(async () => {
  world = new World()
  github = await startGitHub({ now: () => world.time, limit: 100_000 })
  github.addCommits(1)
  ledger = githubLedger(plainGitHub(github), world.waiting(aRun('7', 'here', 101), github))
})
afterEach(async () => {
  const faults = [...github.faults]
  await github.close()
  if (faults.length > 0) throw new Error(faults.join('\n'))
})

it('an older word goes when a newer one is there, and everybody has had time to read it', async () => {
  await say(about('one', false, 'first'))
  await say(about('one', false, 'second'))
  expect(await kept()).toEqual(['first', 'second'])
  world.time += 11 * MINUTE
  await say(about('two', false, 'third'))
  expect(await kept()).toEqual(['second', 'third'])
})

it('what is not over stays for as long as it takes; what is over goes after a week', async () => {
  await say(about('open', false))
  await say(about('over', true))
  world.time += 8 * 24 * 60 * MINUTE
  await say(about('new', false))
  expect(await kept()).toEqual(['open', 'new'])
})

it('is no delivery for anybody: nothing of it is active, or looks as if it ran', async () => {
  await say(about('one', false))
  expect(github.state.all('deployments').map(({ id }) => github.statusesOf(id).at(-1)?.state)).toEqual(['inactive'])
  expect(await ledger.history('production')).toEqual({ environment: 'production', deliveries: [], facts: [] })
})

it('is kept also where it can not be tidied up', async () => {
  await say(about('one', false, 'first'))
  world.time += 11 * MINUTE
  github.inject({ match: { method: 'DELETE' }, fault: { status: 403 } })
  await say(about('one', false, 'second'))
  expect(await kept()).toEqual(['first', 'second'])
})
