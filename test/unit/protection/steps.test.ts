import { expect, test } from '@jest/globals'
import { compare } from '../../../core/domain/protection/difference.js'
import { BARE, type ObservedEnvironment, type Reviewer } from '../../../core/domain/protection/observed.js'
import { stepsTo, type Step } from '../../../core/domain/protection/steps.js'
import type { Protection, RefPolicy, WantedEnvironment } from '../../../core/domain/protection/wanted.js'
import { seededDice } from '../../support/dice.mjs'

type Dice = (below: number) => number

const PEOPLE: readonly Reviewer[] = ['a', 'b', 'c', 'd'].map((name, index) => ({ kind: index % 2 === 0 ? 'user' : 'team', id: 1 + Math.floor(index / 2), name: index % 2 === 0 ? name : `team/${name}` }))
const some = <T>(roll: Dice, all: readonly T[]): readonly T[] => all.filter(() => roll(2) === 0)
const maybe = <T>(roll: Dice, make: () => T): T | undefined => (roll(3) === 0 ? undefined : make())
const NAMES = ['main', 'v*', 'release/*']
const APPS = ['one', 'two', 'three']
const KEYS = ['A', 'B', 'C', 'ECLUSE_ROTATION_A']

const refs = (roll: Dice): RefPolicy => [{ kind: 'all' }, { kind: 'protected' }, { kind: 'patterns', branches: some(roll, NAMES), tags: some(roll, NAMES) }][roll(3)] as RefPolicy

const wantedBy = (roll: Dice): WantedEnvironment => {
  const parts = { reviewers: maybe(roll, () => some(roll, PEOPLE).map(({ name }) => name)), waitMinutes: maybe(roll, () => roll(3)), selfReview: maybe(roll, () => roll(2) === 0), refs: maybe(roll, () => refs(roll)), rules: maybe(roll, () => some(roll, APPS)) }
  const protection = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Protection
  const variables = maybe(roll, () => Object.fromEntries(some(roll, KEYS.slice(0, 3)).map((key) => [key, String(roll(2))])))
  return { name: 'production', protection, secrets: [], ...(variables === undefined ? {} : { variables }) }
}

const observedBy = (roll: Dice): ObservedEnvironment | undefined => maybe(roll, () => {
  const kind = (['all', 'protected', 'patterns'] as const)[roll(3)]!
  const reviewers = some(roll, PEOPLE)
  return {
    name: 'production',
    // GitHub forgets who may review what nobody reviews.
    settings: { reviewers, waitMinutes: roll(3), selfReview: reviewers.length === 0 || roll(2) === 0, refs: kind },
    patterns: kind === 'patterns' ? some(roll, NAMES.flatMap((name) => [{ kind: 'branch' as const, name }, { kind: 'tag' as const, name }])).map((pattern, index) => ({ ...pattern, id: index + 1 })) : [],
    rules: some(roll, APPS).map((app, index) => ({ id: index + 1, app, enabled: true })),
    variables: Object.fromEntries(some(roll, KEYS).map((key) => [key, String(roll(2))])),
  }
})

/** What GitHub makes of one write. */
const after = (is: ObservedEnvironment | undefined, step: Step): ObservedEnvironment => {
  if (step.kind === 'settle') {
    const { settings } = step
    return { ...(is ?? { name: 'production', ...BARE }), settings: { ...settings, selfReview: settings.selfReview || settings.reviewers.length === 0 }, patterns: settings.refs === 'patterns' ? (is?.patterns ?? []) : [] }
  }
  if (is === undefined) throw new Error('written before it was there')
  if (step.kind === 'allow') {
    if (is.settings.refs !== 'patterns') throw new Error('a pattern where there are none')
    return { ...is, patterns: [...is.patterns, { ...step.pattern, id: 1000 + is.patterns.length }] }
  }
  if (step.kind === 'disallow') return { ...is, patterns: is.patterns.filter(({ id }) => id !== step.pattern.id) }
  if (step.kind === 'guard') return { ...is, rules: [...is.rules, { id: 1000 + is.rules.length, app: step.app, enabled: true }] }
  if (step.kind === 'unguard') return { ...is, rules: is.rules.filter(({ id }) => id !== step.rule.id) }
  const others = Object.entries(is.variables).filter(([name]) => name !== step.name)
  return { ...is, variables: Object.fromEntries(step.kind === 'set-variable' ? [...others, [step.name, step.value]] : others) }
}

test('of 4000 made-up pairs: the writes end every difference, cut anywhere they can be gone on with, and where nothing differs nothing is written', () => {
  let writes = 0
  const faults: unknown[] = []
  // An assertion for each would take most of the time.
  const same = (seed: number, found: unknown, expected: unknown): void => {
    if (JSON.stringify(found) !== JSON.stringify(expected)) faults.push({ seed, found, expected })
  }
  for (let seed = 1; seed <= 4000; seed += 1) {
    const dice = seededDice(seed)
    const roll: Dice = (below) => dice.whole(0, below - 1)
    const [wanted, before, prune] = [wantedBy(roll), observedBy(roll), roll(2) === 0]
    const look = (observed: ObservedEnvironment | undefined): Parameters<typeof compare> => [wanted, { reviewers: PEOPLE, observed, secrets: [] }, prune]
    const steps = (observed: ObservedEnvironment | undefined): readonly Step[] => stepsTo(wanted, { reviewers: PEOPLE, observed }, prune)
    const differs = compare(...look(before)).differences.length > 0
    same(seed, steps(before).length > 0, differs)

    const first = steps(before)
    const cut = roll(first.length + 1)
    const half = first.slice(0, cut).reduce<ObservedEnvironment | undefined>(after, before)
    const end = steps(half).reduce<ObservedEnvironment | undefined>(after, half)
    same(seed, [compare(...look(end)).differences, steps(end)], [[], []])
    // What the file has no word for is as it was.
    same(seed, compare(...look(end)).left, compare(...look(before)).left.filter(({ setting }) => setting !== 'protection.self-review' || end!.settings.reviewers.length > 0))
    writes += first.length
  }
  expect(faults).toEqual([])
  expect(writes).toBeGreaterThan(10_000)
})
