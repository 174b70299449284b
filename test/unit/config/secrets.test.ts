import { describe, expect, test } from '@jest/globals'
import { environmentOf, problemsOf, production } from './lab.js'

const secretsOf = async (...lines: readonly string[]) => (await environmentOf({ file: production(...lines) })).secrets

describe('secrets of an environment', () => {
  test('are a list of names, or more about each', async () => {
    expect(await secretsOf('secrets: [A, B_2]')).toEqual([{ name: 'A', required: true }, { name: 'B_2', required: true }])
    expect(await secretsOf('secrets:', '  A:', '  B: { required: false, max-age: 90d, shape: "^postgres://[^:]+:[^@]+@" }')).toEqual([{ name: 'A', required: true }, { name: 'B', required: false, maxAgeMs: 90 * 86_400_000, shape: '^postgres://[^:]+:[^@]+@' }])
  })

  test('are rotated by a recipe', async () => {
    expect(await secretsOf('secrets: { A: { rotate: { random: { length: 50, alphabet: a-f0-9 } } }, B: { rotate: { command: make, verify: try, revoke: drop, revoke-needs-old: false, previous: keep, within: 5m } }, C: { rotate: { random: } } }')).toEqual([
      { name: 'A', required: true, rotate: { make: { kind: 'random', length: 50, alphabet: 'a-f0-9' }, revokeNeedsOld: true, keepPrevious: false, withinMs: 600_000 } },
      { name: 'B', required: true, rotate: { make: { kind: 'command', script: 'make' }, verify: 'try', revoke: 'drop', revokeNeedsOld: false, keepPrevious: true, withinMs: 300_000 } },
      { name: 'C', required: true, rotate: { make: { kind: 'random', length: 40, alphabet: 'a-zA-Z0-9' }, revokeNeedsOld: true, keepPrevious: false, withinMs: 600_000 } },
    ])
  })

  test.each([
    ['secrets: [a]', '`environments.production.secrets.0` is "a". Write a name of capitals, digits and `_` that begins with neither `GITHUB_` nor `ECLUSE_`.'],
    ['secrets: [GITHUB_TOKEN]', 'begins with neither'],
    ['secrets: { ECLUSE_X: {} }', 'begins with neither'],
    ['secrets: [A, A]', '`environments.production.secrets` names `A` twice. Name it once.'],
    ['secrets: A', 'Write a list of names, or a mapping of names to what is asked of them.'],
    ['secrets: { A: { max-age: 0d } }', 'Write a duration above zero'],
    ['secrets: { A: { maxage: 3d } }', 'Did you mean `max-age`?'],
    ['secrets: { A: { shape: "(" } }', '`environments.production.secrets.A.shape` is no regular expression.'],
    ['secrets: { A: { rotate: {} } }', 'Write `random` or `command`, one of them.'],
    ['secrets: { A: { rotate: { random: {}, command: x } } }', 'Write `random` or `command`, one of them.'],
    ['secrets: { A: { rotate: { random: { length: 10 } } } }', 'makes values of 59 bits, which could be guessed. Make it longer, or its alphabet larger, for 80 bits.'],
    ['secrets: { A: { rotate: { random: { alphabet: z-a } } } }', 'is no list of characters.'],
    ['secrets: { A: { rotate: { command: x, revoke: y } } }', 'stands without `verify`: the old value would be revoked with nobody knowing whether the new one works. Add `verify`.'],
  ])('%s is refused', async (line, said) => {
    expect(await problemsOf({ file: production(line) })).toEqual([expect.stringContaining(said)])
  })
})
