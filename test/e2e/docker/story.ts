/** One delivery after the other on a stack: built, staged, backed up, let in by steps, a bad one caught, and back by hand. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines, type EngineName } from '../../support/engines/index.js'
import { commitOf, sql, stackLab, type LedgerLine, type Ran, type StackGiven, type StackLab } from './lab.js'

const LIMIT_MS = 300_000

export interface Story extends StackGiven {
  /** The stack runs already, started by `docker compose up`, and is taken over by the first delivery. */
  readonly adopted: boolean
  /** Beside those that all stacks need. */
  readonly engines?: readonly EngineName[]
}

/** What was done to the traffic, and how each delivery ended. */
export const deeds = (lines: readonly LedgerLine[]): readonly string[] => lines.flatMap(({ event, result }) => {
  if (result !== undefined) return [result.reason]
  return event?.verb === undefined ? [] : [event.weight === undefined ? event.verb : `${event.verb} ${event.weight}`]
})

/** What a step that went otherwise said of it. */
export const told = (ran: Ran): string => `${ran.stdout}\n${ran.stderr}\n${ran.post?.stdout ?? ''}`.slice(-5000)

export function ended(ran: Ran, reason: string, code: number): void {
  const seen = { reason: ran.outputs['reason'], code: ran.code, post: ran.post?.code ?? 0 }
  const fits = seen.reason === reason && seen.code === code && seen.post === 0
  expect({ ...seen, log: fits ? '' : told(ran) }).toEqual({ reason, code, post: 0, log: '' })
}

/** A release as the next action is given it: what `build-image` put out. */
export const releaseOf = ({ outputs }: Ran): { readonly image: string; readonly version: string; readonly commit: string } =>
  ({ image: outputs['image'] ?? '', version: outputs['version'] ?? '', commit: commitOf(outputs['version'] ?? '') })

/** Figures for whoever looks; nothing is asserted of them. */
export const figure = (what: string, value: string): void => void process.stderr.write(`  ${what}: ${value}\n`)

export function tellStory(title: string, given: Story): void {
  withEngines(['docker', 'postgres', 'pg-clients', ...(given.engines ?? [])], `${title} with PostgreSQL and Redis`, (pathOf) => {
    let here: StackLab
    let beside: readonly string[] = []
    let read = 0
    const since = async (): Promise<readonly string[]> => {
      const lines = await here.ledger('production')
      const fresh = lines.slice(read)
      read = lines.length
      return deeds(fresh)
    }
    const backup = async (): Promise<string> => {
      const ran = await here.run('db-backup', { environment: 'production' })
      ended(ran, 'verified', 0)
      return ran.outputs['receipt-id'] ?? ''
    }

    beforeAll(async () => {
      here = await stackLab({ ...given, programs: [pathOf('pg-clients')], compose: { ...given.compose, adopt: given.adopted } })
      const before = await here.build({ version: '1.0.0' })
      ended(before, 'built', 0)
      await here.compose(['up', '--detach', '--wait', ...(given.adopted ? [] : ['db', 'cache'])], { WEB_IMAGE: before.outputs['image'] ?? '' })
      beside = await here.beside()
      await sql(here, pathOf('pg-clients'), 'CREATE TABLE orders (id int PRIMARY KEY, what text); INSERT INTO orders SELECT n, repeat(n::text, 9) FROM generate_series(1, 250) n')
      if (!given.adopted) ended(await here.run('canary-promote', { environment: 'production', ...releaseOf(before), receipt: await backup() }), 'promoted-first', 0)
      await since()
    }, LIMIT_MS)
    afterAll(() => here?.close(), 60_000)

    let built: Ran
    test('is built once, and found again when nothing has changed', async () => {
      built = await here.build({ version: '1.1.0' })
      ended(built, 'built', 0)
      expect(built.outputs).toMatchObject({ version: '1.1.0', reused: 'false', image: expect.stringMatching(new RegExp(`^${here.docker.registry}/${here.app}@sha256:[0-9a-f]{64}$`)) })
      const again = await here.build({ version: '1.1.0' })
      ended(again, 'reused', 0)
      expect(again.outputs).toMatchObject({ image: built.outputs['image'], reused: 'true' })
      figure('build, repeated build', `${Math.round(built.ms)} ms, ${Math.round(again.ms)} ms`)
    }, LIMIT_MS)

    test('comes up in staging with what it depends on, and is smoke-tested there', async () => {
      const deployed = await here.run('deploy-staging', { environment: 'staging', ...releaseOf(built) })
      ended(deployed, 'deployed', 0)
      expect(deployed.summary).toContain('1.1.0')
      const smoke = await here.run('smoke-test', { environment: 'staging', version: '1.1.0', within: '20s' })
      ended(smoke, 'passed', 0)
      expect(await here.served('staging')).toEqual(['1.1.0'])
      const wrong = await here.run('smoke-test', { environment: 'staging', version: '1.0.0', within: '1s' })
      expect({ code: wrong.code, reason: wrong.outputs['reason'] }).toEqual({ code: 1, reason: 'wrong-version' })
    }, LIMIT_MS)

    test('climbs by steps under traffic, and nobody is turned away', async () => {
      const receipt = await backup()
      const load = here.loaded()
      const running = here.run('canary-promote', { environment: 'production', ...releaseOf(built), receipt })
      await here.recorded('production', ({ event }, index) => index >= read && event?.weight === 5)
      // While ports change hands from a stack that is taken over, nobody listens on them.
      const { failed: inTakeOver, failedVersions } = load.counts()
      const promoted = await running
      const counts = await load.stop()
      ended(promoted, 'promoted', 0)
      expect(promoted.outputs).toMatchObject({ version: '1.1.0', weight: '50', verdict: 'pass', url: here.url('production'), previous: expect.stringMatching(given.adopted ? /./ : /^1\.0\.0$/) })
      expect(promoted.summary).toContain('1.1.0')
      expect(await since()).toEqual(['launch', 'shift 5', 'shift 25', 'shift 50', 'promote', 'promoted'])
      expect(counts.failed - inTakeOver).toBe(0)
      if (given.adopted) expect(Object.keys(failedVersions).filter(Boolean)).toEqual([])
      // Behind a front that loses nothing itself, users see nothing of it.
      if (!/for \d+ ms at most nobody answered/.test(promoted.stdout)) expect(inTakeOver).toBe(0)
      expect(await here.served('production')).toEqual(['1.1.0'])
      figure('canary 5/25/50/100', `${Math.round(promoted.ms)} ms; ${counts.sent} requests, ${counts.failed} failed; ${/for (\d+ ms) at most nobody answered/.exec(promoted.stdout)?.[1] ?? 'no gap'}`)
    }, LIMIT_MS)

    test('a release whose answers are errors is caught, goes back by itself, and is not let in again', async () => {
      const bad = await here.build({ version: '1.2.0', faults: 0.2 })
      ended(bad, 'built', 0)
      const receipt = await backup()
      const load = here.loaded()
      let firstWeight = 0
      const failed = await here.run('canary-promote', { environment: 'production', ...releaseOf(bad), receipt }, { onLine: (line, ms) => { if (firstWeight === 0 && /\b5 %/.test(line)) firstWeight = ms } })
      const counts = await load.stop()
      ended(failed, 'high-error-rate', 1)
      expect(failed.outputs).toMatchObject({ version: '1.1.0', verdict: 'fail' })
      expect(failed.summary).toContain('1.2.0')
      const done = await since()
      expect([done[0], ...done.slice(-2)]).toEqual(['launch', 'abandon', 'high-error-rate'])
      // What else failed says why, when it did.
      if ('' in counts.failedVersions) throw new Error(`Requests failed that no release answered: ${JSON.stringify(counts)}`)
      expect(Object.keys(counts.failedVersions)).toEqual(['1.2.0'])
      expect(await here.served('production')).toEqual(['1.1.0'])
      ended(await here.run('canary-promote', { environment: 'production', ...releaseOf(bad), receipt }), 'marked-bad', 1)
      expect(await since()).toEqual([])
      figure('bad release', `${Math.round(failed.ms)} ms in all, caught at ${failed.outputs['weight'] ?? ''} %, ${counts.failed} of ${counts.sent} requests failed`)
    }, LIMIT_MS)

    test('goes back by hand in seconds, without a request that fails', async () => {
      const load = here.loaded()
      const back = await here.run('rollback', { environment: 'production', because: 'orders look odd' })
      const counts = await load.stop()
      ended(back, 'rolled-back', 0)
      expect(back.outputs).toMatchObject({ previous: '1.1.0' })
      expect(counts.failures).toEqual({})
      expect(await since()).toEqual(['restore', 'rolled-back'])
      expect(await here.served('production')).toEqual(['1.0.0'])
      figure('rollback', `${back.outputs['seconds'] ?? ''} s by its own clock, ${Math.round(back.ms)} ms as a process`)
    }, LIMIT_MS)

    test('database and cache were left alone: the same containers run, with what they held', async () => {
      expect(await here.beside()).toEqual(beside)
      expect(beside.length).toBeGreaterThanOrEqual(2)
      expect(await sql(here, pathOf('pg-clients'), 'SELECT count(*) FROM orders')).toBe('250')
      const visits = async (): Promise<number> => Number(Object(await (await fetch(`${here.url('production')}/visits`)).json()).visits)
      const before = await visits()
      expect(before).toBeGreaterThan(1)
      expect(await visits()).toBe(before + 1)
    })
  })
}
