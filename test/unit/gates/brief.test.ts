import { describe, expect, test } from '@jest/globals'
import { outputs } from '../../../actions/approval-brief/outcome.js'
import { freezeOf } from '../../../core/config/schema-freeze.js'
import { RemoteError } from '../../../core/errors/families.js'
import { backup, BriefLab, factsOf, textsOf } from './brief-lab.js'

const DAY = 86_400_000
const objectives = { rpoMs: DAY, rtoMs: DAY }
const forbidden = new RemoteError('github-permission', { message: 'Could not list the deployments of `production`: 403.', fix: 'Add `deployments: read`.', service: 'GitHub', operation: 'list' })

test('when nothing speaks against it, everything is told', async () => {
  const lab = await BriefLab.ready()
  await lab.backedUp(3_600_000)
  const outcome = await lab.brief('v2', { place: { backup, freeze: freezeOf('Fri 16:00–Fri 23:00 Europe/Paris'), objectives } })
  expect(outcome).toMatchObject({ ok: true, reason: 'briefed', outputs: { warnings: '0', unknown: '0', live: 'v1', 'compare-url': 'https://github.com/acme/shop/compare/c-v1...c-v2' } })
  expect(Object.keys(outcome.outputs).toSorted()).toEqual(outputs.toSorted())
  expect(outcome.summary.title).toBe('Approve v2 for production?')
  expect(factsOf(outcome)).toEqual({
    Environment: 'production',
    'Serves now': 'v1, commit c-v1, since 2026-03-14T14:06Z (1 min), by ada',
    'Would be delivered': 'v2',
    'Its commit': 'c-v2',
    'Its image': expect.stringMatching(/@sha256:[0-9a-f]{64}$/),
    Changes: '2 commits, 1 pull request: https://github.com/acme/shop/compare/c-v1...c-v2',
    Migrations: 'none among the changed files',
    Staging: '`staging`: deployed 2026-03-14T14:07Z, checked 2026-03-14T14:07Z: passed',
    'Newest verified backup': '1 h old, may be 24 h (production-r1); another one is taken before anything is changed',
    'Way back now': 'v0',
    Afterwards: 'back to v1, as long as it is kept (the platform keeps 5)',
    Freeze: 'not now; the next one begins Fri 2026-03-20 16:00 Europe/Paris (2026-03-20T15:00:00Z): `Fri 16:00–Fri 23:00 Europe/Paris`',
    'In flight': 'nothing',
    'Before it in the queue': 'nobody',
  })
  expect(outcome.summary.parts.flatMap((part) => (part.kind === 'table' && part.title !== undefined ? [part.title] : []))).toEqual(['Pull requests', 'Commits'])
  // It reads and leaves no trace.
  expect(lab.journal.filter((line) => !/observe|releases/.test(line))).toEqual([])
})

const warned: readonly (readonly [string, string, (lab: BriefLab) => Parameters<BriefLab['brief']> | Promise<Parameters<BriefLab['brief']>>])[] = [
  ['it is frozen now', 'It would be refused as frozen', () => ['v2', { place: { freeze: freezeOf('Sat') } }]],
  ['the freeze is overruled', 'and is overruled: "payments are down"', () => ['v2', { place: { freeze: freezeOf('Sat') }, asked: { breakGlass: 'payments are down' } }]],
  ['it was asked for before what serves', 'It would be refused as superseded', () => ['v2', { asked: { requestedAt: 0 } }]],
  ['it is marked bad', 'It would be refused as marked-bad', async (lab) => {
    await lab.deploy('v2')
    await lab.rollback()
    return ['v2']
  }],
  ['this image was never in staging', 'No delivery of this very image to `staging` is on record.', () => ['v3']],
  ['only another image of this version was', 'No delivery of this very image to `staging` is on record.', async (lab) => {
    await lab.staged('v3', true, 'another')
    await lab.checkedInStaging('v3')
    return ['v3']
  }],
  ['it did not come up in staging', 'Its last delivery to `staging` did not go well: unhealthy.', async (lab) => {
    await lab.staged('v2', false)
    return ['v2']
  }],
  ['nobody has checked it there', 'Nothing was checked in `staging` since it is there.', async (lab) => {
    await lab.time.sleep(1000)
    await lab.staged('v2')
    return ['v2']
  }],
  ['its checks failed there', 'Its last smoke test in `staging` did not pass: checks-failed.', async (lab) => {
    await lab.checkedInStaging('v2', false)
    return ['v2']
  }],
  ['it goes backwards', 'It goes backwards: 2 commits of what serves would be taken away.', (lab) => {
    lab.comparison = { ...lab.comparison!, relation: 'behind' }
    return ['v2']
  }],
  ['it went another way', 'What serves has commits that are not in it', (lab) => {
    lab.comparison = { ...lab.comparison!, relation: 'diverged' }
    return ['v2']
  }],
  ['its migrations leave no way back', 'It brings 1 migration, and they are not marked `backward-compatible`', (lab) => {
    lab.comparison = { ...lab.comparison!, files: [{ path: 'db/migrate/1.rb', change: 'added' }] }
    return ['v2', { place: { migrate: { up: 'up', in: 'runner', backwardCompatible: false, withinMs: 1 } } }]
  }],
  ['its migrations would not be run', 'It seems to bring 1 migration, and no migration command is set.', (lab) => {
    lab.comparison = { ...lab.comparison!, files: [{ path: 'schema/1.sql', change: 'added' }, { path: 'db/migrate/1.rb', change: 'added' }] }
    return ['v2']
  }],
  ['there are too many files to tell', 'GitHub lists 300 changed files and no more', (lab) => {
    lab.comparison = { ...lab.comparison!, filesCut: true }
    return ['v2']
  }],
  ['no backup was ever verified', 'No verified backup is on record.', async (lab) => {
    await lab.backedUp(0, false)
    return ['v2', { place: { backup } }]
  }],
  ['the backup is old', 'The newest verified backup is 3 days old, and may be 24 h.', async (lab) => {
    await lab.backedUp(3 * DAY)
    return ['v2', { place: { backup, objectives } }]
  }],
  ['the record can not be read', 'The record of `production` could not be read', (lab) => {
    lab.broken.ledger = forbidden
    return ['v2', {}]
  }],
]

describe('it warns when', () => {
  test.each(warned)('%s', async (_, said, prepare) => {
    const lab = await BriefLab.ready()
    const [version, more] = await prepare(lab)
    const outcome = await lab.brief(version, more)
    expect(outcome).toMatchObject({ ok: true, reason: 'briefed-with-warnings' })
    const [first] = outcome.summary.parts
    expect(first).toEqual({ kind: 'text', text: expect.stringContaining('Warnings:\n\n- ') })
    expect(textsOf(outcome)).toContain(said)
    if (said.startsWith('The record')) return
    expect(outcome.outputs.warnings).toBe('1')
    expect(await lab.brief(version, { ...more, strict: true })).toMatchObject({ ok: false, reason: 'warned' })
  })

  test('something can not be found out, and it is to be strict', async () => {
    const lab = await BriefLab.ready()
    lab.broken.repository = forbidden
    expect(await lab.brief('v2')).toMatchObject({ ok: true, reason: 'briefed', outputs: { warnings: '0' } })
    expect(await lab.brief('v2', { strict: true })).toMatchObject({ ok: false, reason: 'not-known', outputs: { warnings: '0' } })
  })

  test('the platform keeps nothing', async () => {
    const lab = new BriefLab({ keepsReleases: 0 })
    await lab.served('v1')
    expect(textsOf(await lab.brief('v2', { place: {} }))).toContain('there would be no way back')
  })
})

describe('what can not be looked at', () => {
  test('is said with what it needs, and keeps nothing else from being told', async () => {
    const lab = await BriefLab.ready()
    lab.queue = undefined
    lab.comparison = undefined
    const outcome = await lab.brief()
    expect(outcome).toMatchObject({ ok: true, reason: 'briefed', outputs: { unknown: '2', 'compare-url': '', live: 'v1' } })
    expect(factsOf(outcome)).toMatchObject({
      'Before it in the queue': 'unknown (needs `actions: read`)', Changes: expect.stringContaining('needs `contents: read`'), Staging: expect.stringContaining('passed'),
    })
    expect(textsOf(outcome)).toContain('Not known:\n\n- what changes: the commit of v1 or of v2 is not in the repository')
  })

  test.each(['ledger', 'platform', 'repository'] as const)('%s', async (port) => {
    const lab = await BriefLab.ready()
    lab.broken[port] = forbidden
    const outcome = await lab.brief()
    expect(outcome.ok).toBe(true)
    expect(textsOf(outcome)).toContain('Could not list the deployments of `production`: 403. Add `deployments: read`.')
    expect(factsOf(outcome)['Serves now']).toContain('v1')
    if (port === 'platform') expect(factsOf(outcome)).toMatchObject({ 'Way back now': 'unknown', 'Serves now': expect.stringContaining('by the record, the platform was not asked') })
    if (port === 'ledger') expect(textsOf(outcome)).toContain('there is no evidence that this image works')
  })

  test('everything at once still makes a brief', async () => {
    const lab = await BriefLab.ready()
    lab.broken = { ledger: forbidden, platform: forbidden, repository: forbidden }
    const outcome = await lab.brief()
    expect(outcome).toMatchObject({ ok: true, reason: 'briefed-with-warnings', outputs: { unknown: '6', live: '' } })
    expect(factsOf(outcome)).toMatchObject({ 'Serves now': 'unknown', Afterwards: expect.stringMatching(/^unknown/) })
  })

  test('is not taken for nothing: of a platform that was not asked nobody knows that nothing serves there', async () => {
    const lab = new BriefLab()
    lab.broken = { platform: forbidden }
    const facts = factsOf(await lab.brief())
    expect(facts).toMatchObject({ 'Serves now': 'unknown: nothing on record, and the platform was not asked', Afterwards: expect.stringMatching(/^unknown/) })
  })

  test('is not taken for nobody: runs that were not asked may be before it', async () => {
    const lab = await BriefLab.ready()
    lab.queue = { runs: [], unasked: 3 }
    expect(factsOf(await lab.brief())['Before it in the queue']).toBe('nobody of those that were asked; 3 more runs were not')
  })
})

describe('it also tells', () => {
  test('who comes before, in order, and how many nobody was asked about', async () => {
    const lab = await BriefLab.ready()
    lab.queue = { unasked: 3, runs: [{ id: '5', number: 41, title: 'Add tax', actor: 'bob', state: 'approval', createdAt: lab.time.now(), url: 'https://github.com/acme/shop/actions/runs/5' }] }
    const outcome = await lab.brief()
    expect(outcome.summary.parts).toContainEqual(expect.objectContaining({ title: 'Before it in the queue', rows: [['#41', 'Add tax', 'bob', 'waits for an approval', expect.any(String), 'https://github.com/acme/shop/actions/runs/5']] }))
    expect(textsOf(outcome)).toContain('3 more runs under way')
    expect(factsOf(outcome)['Before it in the queue']).toBe('1 run')
  })

  test('that a candidate is on trial, and that it would be what goes', async () => {
    const lab = await BriefLab.ready()
    await lab.held('v3')
    const facts = factsOf(await lab.brief())
    expect(facts['Serves now']).toContain('v3 is on trial with 10 %')
    expect(facts['Way back now']).toBe('v1: the candidate would go')
  })

  test('that the very same release serves already, and that nothing does', async () => {
    const lab = await BriefLab.ready()
    await lab.staged('v1')
    expect(factsOf(await lab.brief('v1'))['Would be delivered']).toBe('v1, which serves already')
    const first = new BriefLab()
    const outcome = await first.brief('v1')
    expect(factsOf(outcome)).toMatchObject({ 'Serves now': 'nothing', Afterwards: 'there would be nothing to go back to', Changes: expect.stringContaining('nothing is known to serve') })
  })

  test('without a staging environment nothing of it', async () => {
    const lab = new BriefLab()
    await lab.served('v1')
    const facts = factsOf(await lab.brief('v2', {}, ''))
    expect(facts['Staging']).toBe('no such stage')
  })
})

test('a run that is cancelled says nothing', async () => {
  const lab = await BriefLab.ready()
  const by = lab.process()
  by.cancel()
  const { brief } = await import('../../../actions/approval-brief/flow.js')
  const ports = by.ports()
  const work = brief({ delivery: lab.request('v2', {}), strict: false }, { ledger: async () => ports.ledger, platform: async () => ports.platform, repository: async () => lab.repository }, by.ambient)
  await expect(work).rejects.toMatchObject({ code: 'aborted' })
})
