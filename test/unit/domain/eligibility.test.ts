import { describe, expect, it } from '@jest/globals'
import { badReleases, chooseTarget, justRolledBack, rollbackTargets, type RollbackChoice } from '../../../core/domain/eligibility.js'
import type { DeliveryRecord, DeliveryResult, EnvironmentHistory, Fact } from '../../../core/domain/history.js'
import type { PastRelease } from '../../../core/domain/platform.js'
import type { Release } from '../../../core/domain/release.js'

const run = { id: 'r', attempt: 1, actor: 'ada', workflow: 'w', job: 'j', url: '', host: 'h', pid: 1, started: '1' }

function release(version: string, digest = version): Release {
  const hex = digest.replaceAll(/[^0-9a-f]/g, '').padEnd(64, 'a')
  return { app: 'shop', version, commit: '', images: { web: `shop@sha256:${hex}` }, serving: 'web', settings: {}, settingsHash: 's' }
}

function history(...results: readonly (Partial<DeliveryResult> | undefined)[]): EnvironmentHistory {
  const deliveries = results.map((result, index): DeliveryRecord => ({
    id: `d${index + 1}`, environment: 'production', begunAt: index, fence: index, events: [],
    intent: { kind: 'deploy', release: result?.live ?? release('9'), plan: [], requestedAt: index, run },
    ...(result === undefined ? {} : { result: { at: index + 1, ok: true, reason: 'deployed', message: '', ...result } }),
  }))
  return { environment: 'production', deliveries, facts: [] }
}

const kept = (...versions: readonly string[]): PastRelease[] => versions.map((version) => ({ id: `p${version}`, release: release(version), servedAt: 0 }))
const compatible = { backwardCompatible: true }
const unforced = { force: false }
const told = (choices: readonly RollbackChoice[]): Record<string, string> => Object.fromEntries(choices.map((choice) => [choice.release.version, choice.obstacles.join(' ') || 'eligible']))

describe('what can be brought back', () => {
  it('names every release with what speaks against it, the last that served first', () => {
    const past = history({ live: release('1') }, { live: release('2') }, { live: release('3') }, { live: release('3'), ok: false, bad: release('4') }, undefined)
    const choices = rollbackTargets(past, kept('2', '1', '0', '4'), release('3'), compatible)
    expect(told(choices)).toEqual({ 3: 'is-current', 2: 'eligible', 1: 'eligible', 0: 'never-passed', 4: 'never-passed marked-bad' })
    expect(choices.map((choice) => choice.release.version)).toEqual(['3', '2', '1', '0', '4'])
    expect(choices[1]).toMatchObject({ past: { id: 'p2' }, servedAt: 2, deployments: ['d2'] })
  })

  it('does not take a release for passed because it served when another was turned back, or when a dead run was healed', () => {
    const past = history({ live: release('1'), ok: false, reason: 'healed-finished' }, { live: release('2') })
    expect(told(rollbackTargets(past, kept('1'), release('2'), compatible))).toEqual({ 2: 'is-current', 1: 'never-passed' })
  })

  it('takes what served before the first delivery, a stack that was taken over, for as good as one that passed', () => {
    const over = (kind: 'promote' | 'rollback', more: Partial<EnvironmentHistory> = {}): EnvironmentHistory => {
      const { deliveries: [first, ...others], ...rest } = history({ live: release('1') }, { live: release('2') })
      return { ...rest, deliveries: [{ ...first!, intent: { ...first!.intent, kind, previous: release('0') } }, ...others], ...more }
    }
    const of = (past: EnvironmentHistory, settings = compatible): string | undefined => told(rollbackTargets(past, kept('0'), release('2'), settings))['0']
    expect(of(over('promote'))).toBe('eligible')
    expect(of(over('rollback'))).toBe('never-passed')
    expect(of(over('promote', { cut: true }))).toBe('never-passed')
    const { deliveries: [first, second] } = over('promote')
    const migrated = { ...second!, result: { ...second!.result!, schema: { before: 'a', after: 'b' } } }
    expect(of({ ...over('promote'), deliveries: [first!, migrated] }, { backwardCompatible: false })).toBe('schema-changed')
    expect(of({ ...over('promote'), deliveries: [first!, { ...second!, result: { ...second!.result!, bad: release('0') } }] })).toBe('marked-bad')
  })

  it('says that the image is gone of what served and is kept no more', () => {
    const past = history({ live: release('1') }, { live: release('2') })
    expect(told(rollbackTargets(past, [], release('2'), compatible))).toEqual({ 2: 'is-current', 1: 'image-gone' })
  })

  it('takes a release for bad until it was delivered well again', () => {
    const rolledBack = [{ live: release('1') }, { live: release('2') }, { live: release('1'), bad: release('2') }]
    expect(badReleases(history(...rolledBack)).map(({ version }) => version)).toEqual(['2'])
    expect(badReleases(history(...rolledBack, { live: release('2') }))).toEqual([])
    expect(told(rollbackTargets(history(...rolledBack), kept('2'), release('1'), compatible))).toEqual({ 1: 'is-current', 2: 'marked-bad' })
  })

  it('compares the schema a release ran on with the one that is there now', () => {
    const past = history({ live: release('1') }, { live: release('2'), schema: { before: 'a', after: 'b' } }, { live: release('3') }, { live: release('4'), schema: { before: 'b', after: 'c' } })
    const strict = rollbackTargets(past, kept('1', '2', '3'), release('4'), { backwardCompatible: false })
    expect(told(strict)).toEqual({ 4: 'is-current', 3: 'schema-changed', 2: 'schema-changed', 1: 'schema-changed' })
    const same = history({ live: release('1'), schema: { before: 'a', after: 'b' } }, { live: release('2') })
    expect(told(rollbackTargets(same, kept('1'), release('2'), { backwardCompatible: false }))).toEqual({ 2: 'is-current', 1: 'eligible' })
    expect(told(rollbackTargets(past, kept('1'), release('4'), compatible))['1']).toBe('eligible')
  })

  it('knows the schema that a restore in place left, and of one that does not tell, that nothing is known', () => {
    const past = history({ live: release('1'), schema: { before: 'a', after: 'b' } }, { live: release('2'), schema: { before: 'b', after: 'c' } }, { live: release('3') })
    const restored = (at: number, changes: Partial<Extract<Fact, { type: 'restored' }>> = {}): Fact => ({ type: 'restored', at, receipt: 'r', database: 'shop', kept: 'shop_before', ok: true, reason: 'replaced', detail: '', tookMs: 1, lostMs: 1, ...changes })
    const restoring: Fact = { type: 'restoring', at: 9, receipt: 'r', database: 'shop', run: '1' }
    const of = (...facts: readonly Fact[]): Record<string, string> => told(rollbackTargets({ ...past, facts }, kept('1', '2'), release('3'), { backwardCompatible: false }))
    expect(of()).toMatchObject({ 1: 'schema-changed', 2: 'eligible' })
    expect(of(restored(9, { schema: 'b' }))).toMatchObject({ 1: 'eligible', 2: 'schema-changed' })
    expect(of(restored(9))).toMatchObject({ 1: 'schema-unknown', 2: 'schema-unknown' })
    expect(of(restoring)).toMatchObject({ 1: 'schema-unknown', 2: 'schema-unknown' })
    // Before the delivery that migrated; told of late, by another than it happened to.
    expect(of(restored(0.5))).toMatchObject({ 1: 'schema-changed', 2: 'eligible' })
    expect(of({ ...restoring, at: 0.5 }, restored(9, { ok: false }))).toMatchObject({ 1: 'schema-changed', 2: 'eligible' })
    // Neither a copy beside nor one that replaced nothing changes anything.
    expect(of(restored(9, { database: 'shop_restored', kept: '' }), restoring, restored(10, { database: '', kept: '', ok: false }))).toMatchObject({ 1: 'schema-changed', 2: 'eligible' })
    const first = { ...history({ live: release('1') }, { live: release('2'), schema: { before: 'b', after: 'c' } }), facts: [restored(0.5)] }
    expect(told(rollbackTargets(first, kept('1'), release('2'), { backwardCompatible: false }))['1']).toBe('schema-unknown')
  })

  it('has nothing to say of an environment where nothing served', () => {
    expect(rollbackTargets(history(), [], undefined, compatible)).toEqual([])
    expect(chooseTarget([], undefined, unforced)).toEqual({ kind: 'nothing-to-roll-back', message: 'No other release has served here.' })
  })
})

describe('the target', () => {
  const past = history({ live: release('1') }, { live: release('2') }, { live: release('3') }, { live: release('2'), bad: release('3') })
  const choices = rollbackTargets(past, kept('3', '1', '0'), release('2'), compatible)
  const chosen = (version: string): object => ({ kind: 'chosen', past: { release: { version } } })

  it('is the last good release that served before', () => {
    expect(chooseTarget(choices, undefined, unforced)).toMatchObject(chosen('1'))
    expect(chooseTarget(choices, '', unforced)).toMatchObject(chosen('1'))
  })

  it('is named by version, digest, image or deployment', () => {
    const [image] = Object.values(release('1').images)
    const digest = image!.split('@')[1]!
    for (const to of ['1', 'd1', digest, digest.slice(7), digest.slice(0, 20), image!]) expect(chooseTarget(choices, to, unforced)).toMatchObject(chosen('1'))
  })

  it('is explained when it does not exist, with what does', () => {
    for (const to of ['7', '1a', 'sha256:abc']) {
      expect(chooseTarget(choices, to, unforced)).toMatchObject({ kind: 'target-unknown', message: expect.stringMatching(/"(7|1a|sha256:abc)".*These can be: 1 \(sha256:1aaaaaaaaaaa, d1\)\.$/) })
    }
  })

  it('is asked for again when several fit', () => {
    const twins = [release('5', 'b'), release('5', 'c')]
    const many = rollbackTargets(history(...twins.map((live) => ({ live }))), twins.map((one, n) => ({ id: `${n}`, release: one, servedAt: n })), release('6'), compatible)
    expect(chooseTarget(many, '5', unforced)).toMatchObject({ kind: 'target-unknown', message: expect.stringContaining('fits 2 releases: 5 (sha256:caaaaaaaaaaa, d2); 5 (sha256:baaaaaaaaaaa, d1).') })
  })

  it('is refused when something speaks against it, unless forced', () => {
    expect(chooseTarget(choices, '3', unforced)).toMatchObject({ kind: 'target-ineligible', message: expect.stringContaining('evidence spoke against it. Give `force`') })
    expect(chooseTarget(choices, '3', { force: true })).toMatchObject(chosen('3'))
    expect(chooseTarget(choices, '2', { force: true })).toMatchObject({ kind: 'already-there' })
    const gone = rollbackTargets(past, [], release('2'), compatible)
    expect(chooseTarget(gone, '1', { force: true })).toMatchObject({ kind: 'target-ineligible', message: expect.stringContaining('does not keep it any more. No release') })
  })

  it('is never guessed among those that evidence spoke against, also when forced', () => {
    const few = rollbackTargets(past, kept('3'), release('2'), compatible)
    expect(chooseTarget(few, undefined, { force: true })).toMatchObject({ kind: 'nothing-to-roll-back', message: expect.stringContaining('3 can not be brought back: evidence') })
    expect(chooseTarget(rollbackTargets(past, kept('0'), release('2'), compatible), undefined, { force: true })).toMatchObject(chosen('0'))
  })
})

describe('a rollback that has just ended', () => {
  const minute = 60_000
  const rolledBack = (result: Partial<DeliveryResult>): EnvironmentHistory => {
    const past = history({ live: release('2') }, { live: release('1'), at: 100 * minute, ...result })
    return { ...past, deliveries: past.deliveries.map((one, index) => (index === 1 ? { ...one, intent: { ...one.intent, kind: 'rollback' } } : one)) }
  }

  it('is found for five minutes, also by a press that was queued behind it', () => {
    expect(justRolledBack(rolledBack({}), 99 * minute)).toMatchObject({ id: 'd2' })
    expect(justRolledBack(rolledBack({}), 104 * minute)).toMatchObject({ id: 'd2' })
    expect(justRolledBack(rolledBack({}), 105 * minute)).toBeUndefined()
  })

  it('is none when it failed, or when something else was delivered since', () => {
    expect(justRolledBack(rolledBack({ ok: false }), 101 * minute)).toBeUndefined()
    const { deliveries } = rolledBack({})
    expect(justRolledBack({ environment: 'production', facts: [], deliveries: [...deliveries, { ...deliveries[0]!, id: 'd3' }] }, 101 * minute)).toBeUndefined()
  })
})
