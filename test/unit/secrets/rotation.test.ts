import { describe, expect, test } from '@jest/globals'
import type { RotationRecipe } from '../../../core/domain/secret-policy.js'
import { RemoteError } from '../../../core/errors/families.js'
import { Killed, NAME, RotationLab, type RunOptions } from '../../support/rotation-lab.js'

const phases = (lab: RotationLab): readonly string[] => lab.scripts.map(({ script }) => script)
const refused = (): never => {
  throw new RemoteError('github-permission', { message: 'The token may not.', service: 'github', operation: 'set', status: 403 })
}

describe('a rotation', () => {
  test('makes a value, stores it, proves it, revokes the old one, and leaves no mark', async () => {
    const lab = new RotationLab()
    const outcome = await lab.run()
    expect(outcome).toMatchObject({ ok: true, reason: 'rotated', outputs: { rotated: NAME } })
    expect(phases(lab)).toEqual(['make', 'verify', 'revoke'])
    expect(lab.value).toBe('new-value-1')
    expect([...lab.valid]).toEqual(['new-value-1'])
    expect(lab.mark).toBeUndefined()
  })

  test('hands the values to commands by environment, and hides both at once', async () => {
    const lab = new RotationLab()
    await lab.run()
    expect(lab.scripts.map(({ env }) => [env['ECLUSE_SECRET'], env['ECLUSE_SECRET_OLD'], env[NAME]])).toEqual([[undefined, 'old-value-1', undefined], ['new-value-1', 'old-value-1', 'new-value-1'], ['new-value-1', 'old-value-1', 'new-value-1']])
    expect(lab.masked).toEqual(expect.arrayContaining(['old-value-1', 'new-value-1', 'a word before it']))
    expect(JSON.stringify([lab.told, await lab.run()])).not.toMatch(/(old|new)-value/)
  })

  test('of a random value follows its alphabet; without `verify` it says that nobody knows whether it works', async () => {
    const lab = new RotationLab()
    const made = { kind: 'random', length: 40, alphabet: 'a-f0-3' } as const
    const outcome = await lab.run({ recipe: { make: made, verify: undefined, revoke: undefined } as unknown as Partial<RotationRecipe> })
    expect(outcome).toMatchObject({ ok: true, reason: 'rotated-unverified' })
    expect(lab.value).toMatch(/^[a-f0-3]{40}$/)
  })

  test('without a name takes what is too old or was interrupted, and nothing else', async () => {
    const lab = new RotationLab()
    expect((await lab.run({ names: [] })).reason).toBe('rotated')
    expect((await lab.run({ names: [] })).reason).toBe('nothing-due')
    await expect(lab.run({ dies: { step: 8, when: 'after' } })).rejects.toBeInstanceOf(Killed)
    expect((await lab.run({ names: [] })).outputs['rotated']).toBe(NAME)
    expect((await lab.run({ names: [] })).ok).toBe(true)
  })

  test('refuses names that are not there, and those without a recipe', async () => {
    await expect(new RotationLab().run({ names: ['OTHER'] })).rejects.toThrow('Input `secret` names `OTHER`, which `environments.production.secrets` does not.')
  })

  test('leaves a secret alone that the repository shares with others', async () => {
    const lab = new RotationLab()
    lab.stored.set(NAME, { value: 'old-value-1', updatedAt: 1, scope: 'repository' })
    expect((await lab.run()).reason).toBe('shared-secret')
    expect(lab.scripts).toEqual([])
  })

  test('does not begin where the old value would have to be revoked and is not known', async () => {
    const lab = new RotationLab()
    const outcome = await lab.run({ given: false })
    expect(outcome).toMatchObject({ ok: false, reason: 'old-unknown' })
    expect([lab.value, lab.mark, phases(lab)]).toEqual(['old-value-1', undefined, []])
    expect((await lab.run({ given: false, recipe: { revokeNeedsOld: false } })).reason).toBe('rotated')
  })

  test('does not take for the old value what was set after the job began', async () => {
    const lab = new RotationLab()
    lab.commands.set('verify', () => ({ exitCode: 1 }))
    lab.stored.set(NAME, { value: 'somebody else', updatedAt: lab.time + 3_600_000, scope: 'environment' })
    expect((await lab.run({ recipe: { revokeNeedsOld: false } })).reason).toBe('verify-failed-not-restored')
  })

  test('brings a first value where there is none, and has nothing to revoke', async () => {
    const lab = new RotationLab()
    lab.stored.clear()
    expect((await lab.run()).reason).toBe('rotated')
    expect(phases(lab)).toEqual(['make', 'verify'])
  })
})

describe('what goes wrong', () => {
  test.each([
    ['fails', { exitCode: 3, answer: 'half-a-value\n', lastLines: ['no such role'] }],
    ['does not end', { timedOut: true, answer: '' }],
    ['prints nothing', { answer: '\n\n' }],
    ['prints too little to be hidden', { answer: 'short\n' }],
    ['prints what is there already', { answer: 'old-value-1\n' }],
    ['prints another shape', { answer: 'something else\n' }],
  ])('a command that %s changes nothing', async (_, result) => {
    const lab = new RotationLab()
    lab.commands.set('make', () => result)
    const outcome = await lab.run({ shape: '^(old|new)-value' })
    expect(outcome).toMatchObject({ ok: false, reason: 'make-failed' })
    expect([lab.value, lab.mark]).toEqual(['old-value-1', undefined])
    expect(outcome.message).not.toContain('something else')
    if (result.answer?.includes('half')) expect(lab.masked).toContain('half-a-value')
  })

  test('a new value that does not work: the old one is back, and that is tried too', async () => {
    const lab = new RotationLab()
    lab.commands.set('verify', ({ env }) => ({ exitCode: env['ECLUSE_SECRET'] === 'old-value-1' ? 0 : 1 }))
    const outcome = await lab.run()
    expect(outcome).toMatchObject({ ok: false, reason: 'verify-failed-restored', message: expect.stringContaining('is back and passes `verify`') })
    expect([lab.value, lab.mark]).toEqual(['old-value-1', undefined])
    expect(phases(lab)).toEqual(['make', 'verify', 'verify'])
  })

  test('a new value that does not work, and the old one is not known: said so, looked at again by the next run', async () => {
    const lab = new RotationLab()
    const options: RunOptions = { given: false, recipe: { revokeNeedsOld: false } }
    lab.commands.set('verify', () => ({ exitCode: 1 }))
    expect(await lab.run(options)).toMatchObject({ ok: false, reason: 'verify-failed-not-restored', message: expect.stringContaining('NOT put back') })
    expect(await lab.run({ recipe: { revokeNeedsOld: false } })).toMatchObject({ reason: 'verify-failed-not-restored' })
    lab.commands.delete('verify')
    expect(await lab.run({ recipe: { revokeNeedsOld: false } })).toMatchObject({ reason: 'rotated' })
    expect(lab.value).toBe('new-value-1')
  })

  test('where somebody sets a value by hand afterwards, the next run begins anew', async () => {
    const lab = new RotationLab()
    lab.commands.set('verify', ({ env }) => ({ exitCode: env['ECLUSE_SECRET'] === 'new-value-1' ? 1 : 0 }))
    await lab.run({ given: false, recipe: { revokeNeedsOld: false } })
    lab.stored.set(NAME, { value: 'by hand', updatedAt: lab.time + 5000, scope: 'environment' })
    expect(await lab.run()).toMatchObject({ reason: 'rotated' })
    expect(lab.value).toBe('new-value-2')
  })

  test('an old value that is not revoked', async () => {
    const lab = new RotationLab()
    lab.commands.set('revoke', () => ({ exitCode: 1 }))
    expect(await lab.run()).toMatchObject({ ok: false, reason: 'revoke-failed', outputs: { rotated: NAME } })
    expect([lab.value, lab.mark]).toEqual(['new-value-1', undefined])
  })

  test('an old value that is not revoked, and is not needed for it: the next run tries again', async () => {
    const lab = new RotationLab()
    lab.commands.set('revoke', () => ({ exitCode: 1 }))
    await lab.run({ recipe: { revokeNeedsOld: false } })
    expect(lab.mark?.phase).toBe('revoking')
    lab.commands.delete('revoke')
    expect(await lab.run({ names: [], recipe: { revokeNeedsOld: false } })).toMatchObject({ reason: 'rotated' })
    expect(phases(lab)).toEqual(['make', 'verify', 'revoke', 'revoke'])
  })

  test('GitHub refuses the new value: nothing was changed, no mark is left, and the refusal is told', async () => {
    const lab = new RotationLab()
    lab.faults.set('set', refused)
    await expect(lab.run()).rejects.toThrow('The token may not.')
    expect([lab.value, lab.mark]).toEqual(['old-value-1', undefined])
  })

  test('cancelled while the new value is tried: the old one is back', async () => {
    const lab = new RotationLab()
    lab.faults.set('verify', () => {
      lab.cancel.abort()
      throw new RemoteError('aborted', { message: 'Stopped.', service: 'x', operation: 'y' })
    })
    expect(await lab.run()).toMatchObject({ ok: false, reason: 'cancelled', message: expect.stringContaining('the old value is back') })
    expect([lab.value, lab.mark]).toEqual(['old-value-1', undefined])
  })

  test('a mark that is not ours is told, not touched', async () => {
    const lab = new RotationLab()
    lab.marks.set(NAME, 'hello')
    expect(await lab.run()).toMatchObject({ reason: 'interrupted', message: expect.stringContaining('`ECLUSE_ROTATION_DATABASE_URL`') })
    expect(lab.marks.get(NAME)).toBe('hello')
  })

  test('a run that lives is left alone', async () => {
    const lab = new RotationLab()
    await expect(lab.run({ id: '77', dies: { step: 7, when: 'after' } })).rejects.toBeInstanceOf(Killed)
    lab.living.add('77')
    expect(await lab.run()).toMatchObject({ ok: false, reason: 'in-progress' })
    lab.living.delete('77')
    expect(await lab.run()).toMatchObject({ outputs: { rotated: NAME } })
  })
})

describe('killed at any step', () => {
  const variants: readonly (readonly [string, RunOptions])[] = [
    ['the usual recipe', {}],
    ['a previous value that is kept', { recipe: { keepPrevious: true } }],
    ['a recipe that needs no old value', { recipe: { revokeNeedsOld: false } }],
    ['no revoking', { recipe: { revoke: undefined } as unknown as Partial<RotationRecipe> }],
  ]
  const died = async (lab: RotationLab, options: RunOptions): Promise<boolean> => lab.run(options).then(() => false, (thrown: unknown) => thrown instanceof Killed)

  test.each(variants)('%s: what is stored works at every moment, and the next runs finish or tell', async (_, options) => {
    const whole = new RotationLab()
    await whole.run(options)
    const { steps } = whole
    expect(steps).toBeGreaterThan(8)
    for (let step = 1; step <= steps; step++) {
      for (const when of ['before', 'after'] as const) {
        const lab = new RotationLab()
        await died(lab, { ...options, dies: { step, when } })
        expect(lab.valid.has(lab.value!)).toBe(true)
        const second = await lab.run(options)
        expect(lab.valid.has(lab.value!)).toBe(true)
        expect(second.reason).toMatch(/^(rotated|rotated-unverified|revoke-failed)$/)
        expect(lab.mark).toBeUndefined()
        expect(await lab.run(options)).toMatchObject({ ok: true, reason: 'rotated' })
        expect([...lab.stored.keys()]).toEqual([NAME])
        if (options.recipe?.keepPrevious) expect(lab.valid.has('old-value-1')).toBe(false)
      }
    }
  })

  test.each(variants)('%s, with a new value that does not work: what is stored is told or mended', async (_, options) => {
    for (let step = 1; step <= 16; step++) {
      for (const when of ['before', 'after'] as const) {
        const lab = new RotationLab()
        lab.commands.set('make', () => ({ answer: 'never-valid-1\n' }))
        await died(lab, { ...options, dies: { step, when } })
        const second = await lab.run(options)
        if (lab.value === 'never-valid-1') expect(second).toMatchObject({ ok: false, reason: 'verify-failed-not-restored' })
        else expect(lab.valid.has(lab.value!)).toBe(true)
        expect(second.ok).toBe(false)
        if (options.recipe?.keepPrevious) expect(lab.value).toBe('old-value-1')
      }
    }
  })

  test('twice in a row', async () => {
    for (let first = 5; first <= 12; first++) {
      for (let second = 1; second <= 10; second++) {
        const lab = new RotationLab()
        const options: RunOptions = { recipe: { keepPrevious: true } }
        await died(lab, { ...options, dies: { step: first, when: 'after' } })
        await died(lab, { ...options, dies: { step: second, when: 'after' } })
        expect(lab.valid.has(lab.value!)).toBe(true)
        expect(await lab.run(options)).toMatchObject({ ok: true })
        expect([lab.mark, [...lab.stored.keys()]]).toEqual([undefined, [NAME]])
        expect(lab.valid.has(lab.value!)).toBe(true)
      }
    }
  })
})
