import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { mergeLayers, type Layer } from '../../../core/domain/settings/layers.js'
import { parsedSetting, rendered, settingTypes } from '../../../core/domain/settings/setting.js'
import { problemsIn, loaded } from './lab.js'
import { at, dice, expectedSettings, filesOf, isTree, madeUp, put, take, valueFor, type Dice, type MadeUp, type Tree } from './made-up.js'

const ROUNDS = 60

describe('merging', () => {
  const layer = (roll: Dice): Layer => new Map(Array.from({ length: roll.below(6) }, () => [roll.pick(['a', 'a.b', 'c', 'd']), { value: roll.pick([1, 'x', true, null]), at: String(roll.below(99)) }] as const))

  test('is associative and idempotent, and nothing changes nothing', () => {
    for (let seed = 1; seed <= 1000; seed += 1) {
      const roll = dice(seed)
      const [a, b, c] = [layer(roll), layer(roll), layer(roll)]
      const plain = (one: Layer): unknown => Object.fromEntries(one)
      expect(plain(mergeLayers(mergeLayers(a, b), c))).toEqual(plain(mergeLayers(a, mergeLayers(b, c))))
      expect(plain(mergeLayers(a, a))).toEqual(plain(a))
      expect(plain(mergeLayers(new Map(), a))).toEqual(plain(mergeLayers(a, new Map())))
      expect(plain(mergeLayers(mergeLayers(a, b), b))).toEqual(plain(mergeLayers(a, b)))
    }
  })

  test('of files gives what merging their trees gives, in every environment', async () => {
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const made = madeUp(dice(seed))
      const files = filesOf(made)
      for (const name of ['staging', 'production']) {
        expect([seed, (await loaded(files, name)).settings]).toEqual([seed, expectedSettings(made.definitions, made.base, made.own[name])])
      }
    }
  })
})

test('what is rendered reads back as what it was', () => {
  const roll = dice(7)
  for (let round = 0; round < 3000; round += 1) {
    const setting = { type: roll.pick(settingTypes), values: ['debug', 'info', 'warn'] }
    const value = valueFor(setting, roll)
    expect(parsedSetting(setting, rendered(value))).toBe(value)
  }
})

interface Spoilt {
  readonly files: Record<string, string>
  /** Part of a name that a refusal must hold. */
  readonly names: string
  readonly must?: 'pass' | 'fail'
}

/** Paths of the values of a tree. */
function leavesOf(tree: Tree, path: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(tree).flatMap(([key, inner]) => (isTree(inner) ? leavesOf(inner, [...path, key]) : [[...path, key]]))
}

const slip = (word: string, roll: Dice): string => {
  const place = roll.below(word.length)
  return roll.pick([`${word.slice(0, place)}${word.slice(place + 1)}x`, `${word}${word.at(-1)}`, `${word.slice(0, place)}q${word.slice(place)}`])
}

const shuffled = (tree: Tree): Tree => Object.fromEntries(Object.entries(tree).toReversed().map(([key, inner]) => [key, isTree(inner) ? shuffled(inner) : inner]))

const ways: readonly ((made: MadeUp, path: readonly string[], roll: Dice) => Spoilt)[] = [
  (made, path, roll) => {
    const tree = made.own['production']!
    const value = at(tree, path)
    const renamed = [...path.slice(0, -1), slip(path.at(-1)!, roll)]
    take(tree, path)
    put(tree, renamed, value)
    return { files: filesOf(made), names: renamed.join('.'), must: 'fail' }
  },
  (made, path) => {
    take(made.own['production']!, path)
    return { files: filesOf(made), names: path.join('.') }
  },
  (made, path) => {
    put(made.own['production']!, path, [at(made.own['production'], path)])
    return { files: filesOf(made), names: path.join('.'), must: 'fail' }
  },
  (made, path) => {
    put(made.own['production']!, path, null)
    return { files: filesOf(made), names: path.join('.') }
  },
  (made, path, roll) => {
    put(made.own['production']!, path, roll.pick(['yes', 17, true, '', 'https://x.example', '5s', -1.5]))
    return { files: filesOf(made), names: path.join('.') }
  },
  (made, path) => {
    put(made.own['production']!, [...path.slice(0, -1), 'xyzzy'], 1)
    return { files: filesOf(made), names: [...path.slice(0, -1), 'xyzzy'].join('.'), must: 'fail' }
  },
  (made, path) => {
    const value = at(made.own['production'], path)
    take(made.own['production']!, path)
    put(made.base, path, value)
    return { files: filesOf(made), names: path.join('.') }
  },
  (made) => ({ files: filesOf({ ...made, own: { ...made.own, production: shuffled(made.own['production']!) } }), names: '', must: 'pass' }),
  (made) => {
    const files = filesOf(made)
    return { files: { ...files, 'environments/production.yml': `# a note\n\n${files['environments/production.yml']!.replace(/^(\S.*:)$/gm, '$1 # and one more')}` }, names: '', must: 'pass' }
  },
  (made, _, roll) => {
    const files = filesOf(made)
    const name = roll.pick(['base', 'production', 'staging'])
    const text = files[`environments/${name}.yml`]!
    const place = roll.below(text.length)
    return { files: { ...files, [`environments/${name}.yml`]: `${text.slice(0, place)}${roll.pick(['', ' ', ':', '\n', '"', '-', 'x'])}${text.slice(place + 1)}` }, names: `environments/` }
  },
]

test('a file that is spoilt by chance is refused by name, or means what it says', async () => {
  const seen = { passed: 0, refused: 0 }
  for (let seed = 1; seed <= ROUNDS * ways.length; seed += 1) {
    const roll = dice(seed)
    const made = structuredClone(madeUp(roll))
    const leaves = leavesOf(made.own['production']!)
    if (leaves.length === 0) continue
    const { files, names, must } = ways[seed % ways.length]!(made, roll.pick(leaves), roll)
    const said = await problemsIn(files)
    if (said.length > 0) {
      seen.refused += 1
      expect([seed, must, said.some((one) => one.includes(names))]).toEqual([seed, must === 'pass' ? 'refused, and should pass' : must, true])
      // Whichever environment is asked for, the same files are refused.
      expect(await problemsIn(files, 'staging')).toEqual(said)
      continue
    }
    seen.passed += 1
    const trees = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, parse(text, { version: '1.2' }) as unknown]))
    expect([seed, must, (await loaded(files)).settings]).toEqual([seed, must === 'fail' ? 'passed, and should be refused' : must, expectedSettings(made.definitions, trees['environments/base.yml'], trees['environments/production.yml'])])
  }
  expect(seen.passed).toBeGreaterThan(ROUNDS)
  expect(seen.refused).toBeGreaterThan(ROUNDS)
})
