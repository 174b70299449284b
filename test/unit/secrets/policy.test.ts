import { describe, expect, test } from '@jest/globals'
import { alphabetOf, bitsOf, randomValue } from '../../../core/domain/random-value.js'
import { mayBeAtWork, readMark, resumption, writtenMark, type RotationMark } from '../../../core/domain/rotation.js'
import { dueSecrets, effective, secretFindings, type SecretPolicy, type StoredSecret } from '../../../core/domain/secret-policy.js'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 1)
const stored = (name: string, days: number, scope: StoredSecret['scope'] = 'environment'): StoredSecret => ({ name, scope, updatedAt: NOW - days * DAY })
const policy = (name: string, more: Partial<SecretPolicy> = {}): SecretPolicy => ({ name, required: true, ...more })
const rotate = { make: { kind: 'random', length: 40, alphabet: 'a-z' }, revokeNeedsOld: true, keepPrevious: false, withinMs: 1 } as const

describe('what is found out about secrets', () => {
  const found = (policies: readonly SecretPolicy[], there: readonly StoredSecret[], values: Readonly<Record<string, string>> = {}): readonly string[] =>
    secretFindings({ policies, stored: there, values, now: NOW }).map(({ name, kind, bad }) => `${name} ${kind}${bad ? '!' : ''}`)

  test('presence', () => {
    expect(found([policy('A'), policy('B'), policy('C', { required: false })], [stored('A', 1)])).toEqual(['A good', 'B missing!', 'C good'])
    expect(found([policy('A')], [stored('A', 1, 'repository')])).toEqual(['A shared'])
    expect(effective([stored('A', 1, 'organization'), stored('A', 2, 'repository'), stored('a', 3)], 'A')?.scope).toBe('environment')
  })

  test('age', () => {
    const secret = policy('A', { maxAgeMs: 90 * DAY })
    expect(found([secret], [stored('A', 90)])).toEqual(['A good'])
    expect(found([secret], [stored('A', 91)])).toEqual(['A too-old!'])
    expect(secretFindings({ policies: [{ ...secret, rotate }], stored: [stored('A', 100)], values: {}, now: NOW })[0]?.text).toBe('was set 100 days ago, and may be 90 days old: rotate it')
    expect(dueSecrets({ policies: [secret, { ...secret, name: 'B', rotate }, { ...secret, name: 'C', rotate }, policy('D', { rotate })], stored: [stored('A', 100), stored('B', 100), stored('C', 3), stored('D', 999)], now: NOW }).map(({ name }) => name)).toEqual(['B'])
  })

  test('shape, where the value is at hand, and never the value', () => {
    const secret = policy('A', { shape: '^postgres(ql)?://' })
    expect(found([secret], [stored('A', 1)], { A: 'postgres://x' })).toEqual(['A good'])
    expect(found([secret], [stored('A', 1)])).toEqual(['A shape-unchecked'])
    expect(found([secret], [stored('A', 1)], { A: '' })).toEqual(['A shape-unchecked'])
    const wrong = secretFindings({ policies: [secret], stored: [stored('A', 1)], values: { A: 'planted-value' }, now: NOW })
    expect(wrong.map(({ kind, bad }) => [kind, bad])).toEqual([['wrong-shape', true]])
    expect(JSON.stringify(wrong)).not.toContain('planted')
  })
})

describe('random values', () => {
  test.each([['a-c', 'abc'], ['a-zA-Z0-9', 62], ['ab-', 'ab-'], ['+-/', '+,-./'], ['aa-a', undefined], ['z-a', undefined], ['a b', undefined], ['', undefined], ['ä-ö', undefined]])('take %s for %s', (written, characters) => {
    const found = alphabetOf(written)
    if (typeof characters === 'number') expect(found).toHaveLength(characters)
    else expect(found?.join('')).toBe(characters)
  })

  test('are as likely one as another', () => {
    // Every byte once: what would favour the first letters is thrown away.
    let next = 0
    const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => next++ % 256)
    const alphabet = alphabetOf('a-j')!
    const counts = new Map<string, number>()
    for (const letter of randomValue(2500, alphabet, bytes)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
    expect([...counts.values()]).toEqual(alphabet.map(() => 250))
    expect(bitsOf(40, alphabetOf('a-zA-Z0-9')!)).toBeGreaterThan(230)
  })
})

describe('the mark of a rotation', () => {
  const mark: RotationMark = { v: 1, phase: 'verifying', at: NOW, run: '7', attempt: 1, job: 'a', host: 'h', pid: 1, started: 's', was: 1, set: 2 }

  test('is read as it was written, and nothing else is', () => {
    expect(readMark(writtenMark(mark))).toEqual(mark)
    for (const bad of ['', '{}', '{"v":2}', writtenMark({ ...mark, phase: 'x' as 'making' })]) expect(() => readMark(bad)).toThrow(TypeError)
  })

  test.each([
    ['making', 1, 'afresh'], ['setting', 1, 'afresh'], ['setting', 2, 'verify'], ['setting', undefined, 'verify'], ['verifying', 2, 'verify'], ['verifying', 3, 'afresh'],
    ['restoring', 2, 'restore'], ['restoring', 3, 'afresh'], ['revoking', 2, 'revoke'], ['revoking', 3, 'afresh'], ['ending', 2, 'end'], ['ending', 3, 'end'],
  ] as const)('left while %s, with a value set at %s: %s', (phase, updatedAt, kind) => {
    expect(resumption({ ...mark, phase }, updatedAt).kind).toBe(kind)
  })

  test('of a run that may be at work is respected, for a while', () => {
    const self = { id: '8', attempt: 1, job: 'a' }
    expect(mayBeAtWork(mark, self, true, NOW)).toBe(true)
    expect(mayBeAtWork(mark, self, false, NOW)).toBe(false)
    expect(mayBeAtWork(mark, self, undefined, NOW + 3_600_000)).toBe(true)
    expect(mayBeAtWork(mark, self, undefined, NOW + 3 * 3_600_000)).toBe(false)
    expect(mayBeAtWork(mark, { ...self, id: '7' }, true, NOW)).toBe(false)
    expect(mayBeAtWork(mark, { id: '7', attempt: 2, job: 'b' }, true, NOW)).toBe(false)
    expect(mayBeAtWork(mark, { id: '7', attempt: 1, job: 'b' }, true, NOW)).toBe(true)
  })
})
