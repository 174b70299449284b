import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import type { Change } from '../../support/act/caller.js'
import { brief, build, deeds, failing, journey, planned, production, reasons, rollback, staging, watch } from '../../support/act/story.js'
import { world, type LedgerLine, type World } from '../../support/act/world.js'

const LIMIT_MS = 120_000
const integration = `const { version } = await (await fetch(\`\${process.env.ECLUSE_URL}/health\`)).json()
if (version !== process.env.ECLUSE_VERSION) throw new Error(\`\${version} answers\`)
console.log('bought a thing')
`

/** One repository, one story: each test begins where the one before it ended. */
withEngines(['act', 'node24', 'git'], 'deliver.yml and rollback.yml, run', (pathOf) => {
  let here: World
  const versions: string[] = []
  let read = 0

  const push = async (change?: Change): Promise<string> => {
    const version = await here.push(change)
    versions.push(version)
    return version
  }
  /** What the ledger of production holds since this was last asked. */
  const since = async (): Promise<readonly LedgerLine[]> => {
    const lines = await here.ledger('production')
    const fresh = lines.slice(read)
    read = lines.length
    return fresh
  }
  beforeAll(async () => {
    here = await world({ act: pathOf('act'), node: pathOf('node24') })
  })
  afterAll(() => here?.close(), 60_000)

  test('a first release goes through staging, its integration tests and its soak to production', async () => {
    const version = await push({
      files: { 'integration.mjs': integration },
      staging: { integration: 'node integration.mjs', soak: '4s', judge: { 'min-requests': 1, errors: { ceiling: '30%' } } },
    })
    const run = await here.deliver()
    const expected = [...build, ...staging, ...brief, ...production]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(reasons(run)).toEqual({
      'build/build': 'built', 'staging/deploy': 'deployed', 'staging/smoke': 'passed', 'staging/watch': 'not-configured', 'brief/brief': 'briefed',
      'production/backup': 'not-configured', 'production/promote': 'promoted-first', 'production/smoke': 'passed', 'production/watch': 'not-configured',
    })
    expect(run.shown).toContain('bought a thing')
    expect(run.summaries).toHaveLength(9)
    expect(await here.served('staging')).toEqual([version])
    expect(await here.served('production')).toEqual([version])
    expect(deeds(await since())).toEqual(['launch', 'promote', 'promoted-first'])
  }, LIMIT_MS)

  test('the next one climbs by steps while users are served', async () => {
    const version = await push({ production: { watch: { for: '16s', every: '2s' } } })
    const load = here.loaded()
    const run = await here.deliver()
    const counts = await load.stop()
    const expected = [...build, ...staging, ...brief, ...production, ...watch]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(reasons(run)).toMatchObject({ 'staging/deploy': 'deployed', 'staging/smoke': 'passed', 'production/promote': 'promoted', 'production/smoke': 'passed', 'production/watch': 'still-watching' })
    expect(run.jobs['watch']?.outputs['watch']).toMatchObject({ reason: expect.stringMatching(/^watched/), version, cause: '', evidence: expect.stringMatching(/-watch\.jsonl$/) })
    expect(run.jobs['production']?.outputs['promote']).toMatchObject({ version, previous: versions[0], verdict: 'pass' })
    expect(deeds(await since())).toEqual(['launch', 'shift 25', 'shift 50', 'promote', 'promoted'])
    expect(counts.failures).toEqual({})
    expect(Object.keys(counts.versions).toSorted()).toEqual([...versions].toSorted())
    expect(await here.served('production')).toEqual([version])
  }, LIMIT_MS)

  test('a failing smoke test in staging: production is not touched', async () => {
    const version = await push({ variant: { closed: ['staging'] } })
    await here.addWorkflow('deliver-now.yml', await here.callerWith('deliver.yml', { 'checks-within': '3s' }))
    const run = await here.run('deliver-now.yml')
    const expected = [...build, ...failing(staging, 'smoke', 'staging/kept: success')]
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(reasons(run)).toEqual({ 'build/build': 'built', 'staging/deploy': 'deployed', 'staging/smoke': 'checks-failed' })
    expect(await here.served('staging')).toEqual([version])
    expect(await here.served('production')).toEqual([versions[1]])
    expect(await since()).toEqual([])
  }, LIMIT_MS)

  test('a bad canary goes back by itself, and the delivery is red', async () => {
    await push({ variant: { errors: { production: 0.5 } } })
    const load = here.loaded()
    const run = await here.deliver()
    expect(await here.served('production')).toEqual([versions[1]])
    const counts = await load.stop()
    const expected = [...build, ...staging, ...brief, ...failing(production, 'promote', 'production/kept: success')]
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(reasons(run)).toMatchObject({ 'staging/smoke': 'passed', 'production/promote': 'high-error-rate' })
    expect(run.jobs['production']?.outputs['promote']).toMatchObject({ version: versions[1], verdict: 'fail', weight: '25' })
    expect(deeds(await since())).toEqual(['launch', 'shift 25', 'abandon', 'high-error-rate'])
    // Users got errors from the bad version, and from nothing else.
    expect(Object.keys(counts.failedVersions)).toEqual([versions[3]])
  }, LIMIT_MS)

  test('the button: a dry run changes nothing, the next press brings the release before back', async () => {
    await push()
    const dry = await here.rollback({ environment: 'production', 'dry-run': 'true' })
    expect(journey(dry, planned, 0)).toEqual({ ran: planned, code: 0, log: '' })
    expect(reasons(dry)).toEqual({ 'rollback/rollback': 'planned' })
    expect(await since()).toEqual([])
    expect(await here.served('production')).toEqual([versions[1]])

    const load = here.loaded()
    const run = await here.rollback({ environment: 'production' })
    expect(journey(run, rollback, 0)).toEqual({ ran: rollback, code: 0, log: '' })
    expect(run.jobs['rollback']?.outputs['rollback']).toMatchObject({ reason: 'rolled-back', version: versions[0], previous: versions[1] })
    expect(deeds(await since())).toEqual(['restore', 'rolled-back'])
    expect(await here.served('production')).toEqual([versions[0]])
    expect((await load.stop()).failures).toEqual({})
  }, LIMIT_MS)

  test('the button is red when nothing is rolled back', async () => {
    const red = failing(rollback, 'rollback')
    for (const [to, reason] of [[versions[0]!, 'already-there'], ['0.0.0', 'target-unknown'], ['', 'just-rolled-back']] as const) {
      const run = await here.rollback({ environment: 'production', to })
      expect(journey(run, red, 1)).toEqual({ ran: red, code: 1, log: '' })
      expect(reasons(run)).toEqual({ 'rollback/rollback': reason })
    }
    expect(deeds(await since())).toEqual([])
    expect(await here.served('production')).toEqual([versions[0]])
  }, LIMIT_MS)

  test('a release that is found bad when it has all traffic goes back inside the job', async () => {
    await push({ production: { rollout: { strategy: 'direct' }, integration: 'false' } })
    const run = await here.deliver()
    const expected = [...build, ...staging, ...brief, ...failing(production, 'smoke', 'production/back: success', 'production/kept: success', 'production/post back: success')]
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(reasons(run)).toMatchObject({ 'production/promote': 'switched', 'production/smoke': 'integration-failed', 'production/back': 'rolled-back' })
    expect(deeds(await since())).toEqual(['launch', 'promote', 'switched', 'restore', 'rolled-back'])
    expect(await here.served('production')).toEqual([versions[0]])
    // Whoever presses the button at the same alarm does not get one release further back.
    expect(reasons(await here.rollback({ environment: 'production' }))).toEqual({ 'rollback/rollback': 'just-rolled-back' })
    expect(await here.served('production')).toEqual([versions[0]])
  }, LIMIT_MS)

  test('the button takes over from a delivery that is half-way', async () => {
    const version = await push({ production: { rollout: { weights: [5, 100], step: { 'at-least': '60s' } } } })
    const load = here.loaded()
    const delivery = await here.start('push', 'deliver.yml')
    await here.recorded('production', ({ event }) => event?.verb === 'shift' && event.weight === 5)
    const run = await here.rollback({ environment: 'production' })
    const yielded = await delivery.finished
    const counts = await load.stop()
    const expected = [...build, ...staging, ...brief, ...failing(production, 'promote', 'production/kept: success')]
    expect(journey(yielded, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(yielded.jobs['production']?.outputs['promote']).toMatchObject({ reason: 'preempted', version: versions[0] })
    expect(journey(run, rollback, 0)).toEqual({ ran: rollback, code: 0, log: '' })
    expect(run.jobs['rollback']?.outputs['rollback']).toMatchObject({ reason: 'candidate-abandoned', version: versions[0], previous: version })
    expect(await here.served('production')).toEqual([versions[0]])
    expect(counts.failures).toEqual({})
  }, LIMIT_MS)
})
