import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import nacl from 'tweetnacl'
import { open } from 'tweetnacl-sealedbox-js'
import { openGitHub } from '../../../core/drivers/github/octokit/index.js'
import { githubMarks, githubSecrets } from '../../../core/drivers/secrets/github/index.js'
import { sealed } from '../../../core/drivers/secrets/github/seal.js'
import type { RotationMark } from '../../../core/domain/rotation.js'
import { EcluseError } from '../../../core/errors/families.js'
import type { RotationMarks, Secrets } from '../../../core/ports/secrets.js'
import { noFaults } from '../../support/no-faults.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { realAmbient } from '../../support/surroundings.js'

const PLACE = 'production'
const VALUE = 'planted-value-$ä漢'

let fake: FakeGitHub
let secrets: Secrets
let marks: RotationMarks

const opened = (token: string): ReturnType<typeof openGitHub> => {
  const access = { api: fake.url, server: 'https://github.example', repository: fake.repository, token, hosted: false }
  const ambient = realAmbient({ work: '.', dist: 'dist' })
  return openGitHub(access, { ...ambient, clock: { now: () => Date.now(), sleep: async () => undefined }, github: access })
}
const putCalls = (): readonly unknown[] => fake.calls.filter(({ method }) => method === 'PUT')

beforeEach(async () => {
  fake = await startGitHub()
  fake.addEnvironment({ name: PLACE })
  secrets = githubSecrets(opened('ghs_fake'))
  marks = githubMarks(opened('ghs_fake'))
})
afterEach(async () => {
  noFaults(fake)
  await fake.close()
})

describe('secrets on GitHub', () => {
  test('arrive as they were meant, and leave sealed', async () => {
    for (const value of [VALUE, 'x'.repeat(48 * 1024), 'two\nlines']) {
      await secrets.set(PLACE, 'KEY', value)
      expect(fake.secretValue(PLACE, 'KEY')).toBe(value)
    }
    expect(JSON.stringify(fake.calls)).not.toContain('planted')
  })

  test('are listed with those that the repository gives to every environment', async () => {
    fake.setSecret(PLACE, 'OWN', 'value-1')
    fake.setSecret('', 'SHARED', 'value-2')
    const found = await secrets.list(PLACE)
    expect(found.map(({ name, scope }) => `${scope} ${name}`)).toEqual(['environment OWN', 'repository SHARED'])
    expect(Math.abs(found[0]!.updatedAt - Date.now())).toBeLessThan(60_000)
    expect(await secrets.updatedAt(PLACE, 'OWN')).toBe(found[0]!.updatedAt)
    expect(await secrets.updatedAt(PLACE, 'SHARED')).toBeUndefined()
  })

  test('are set for the new key when it changed on the way', async () => {
    fake.inject({ match: { method: 'PUT', times: 1 }, fault: { status: 422, body: { message: 'Bad request - the key id does not belong to the current public key' } } })
    await secrets.set(PLACE, 'KEY', VALUE)
    expect(fake.secretValue(PLACE, 'KEY')).toBe(VALUE)
    expect(putCalls()).toHaveLength(2)
    expect(fake.calls.filter(({ route }) => route.endsWith('/public-key'))).toHaveLength(2)
  })

  test('are refused for good after the second refusal, without the value', async () => {
    fake.inject({ match: { method: 'PUT' }, fault: { status: 422 } })
    const thrown = await secrets.set(PLACE, 'KEY', VALUE).catch((fault: unknown) => fault)
    expect(thrown).toBeInstanceOf(EcluseError)
    expect(thrown).toMatchObject({ code: 'github-refused' })
    expect(putCalls()).toHaveLength(2)
    expect(`${JSON.stringify(thrown)}${String(thrown)}${(thrown as Error).stack}`).not.toContain('planted')
  })

  test('are taken away, and once more', async () => {
    fake.setSecret(PLACE, 'OWN', 'value-1')
    await secrets.remove(PLACE, 'OWN')
    await secrets.remove(PLACE, 'OWN')
    expect(fake.secretValue(PLACE, 'OWN')).toBeUndefined()
  })

  test('of a token that may not: the permission is named', async () => {
    fake.tokens.set('poor', { permissions: { contents: 'read', environments: 'read' } })
    const poor = githubSecrets(opened('poor'))
    await expect(poor.set(PLACE, 'KEY', VALUE)).rejects.toMatchObject({ code: 'github-permission', message: expect.stringContaining('environments: write') })
    // The repository's own are only looked at.
    expect(await poor.list(PLACE)).toEqual([])
  })

  test('that were sealed here are opened by another implementation', async () => {
    const pair = nacl.box.keyPair()
    for (const value of ['', VALUE, 'y'.repeat(5000)]) {
      const box = Buffer.from(await sealed(value, Buffer.from(pair.publicKey).toString('base64')), 'base64')
      expect(box).toHaveLength(48 + Buffer.byteLength(value))
      expect(Buffer.from(open(box, pair.publicKey, pair.secretKey)!).toString()).toBe(value)
    }
  })
})

describe('marks of rotations', () => {
  const mark = (run: string): RotationMark => ({ v: 1, phase: 'making', at: 1000, run, attempt: 1, job: 'j', host: 'h', pid: 1, started: '1', was: 500 })

  test('are claimed by one of many', async () => {
    const claims = await Promise.all(Array.from({ length: 8 }, async (_, index) => marks.claim(PLACE, 'KEY', mark(String(index)))))
    expect(claims.filter(Boolean)).toHaveLength(1)
    expect(await marks.read(PLACE, 'KEY')).toEqual(mark(String(claims.indexOf(true))))
  })

  test.each(['before', 'after'] as const)('are claimed although the connection was lost %s', async (when) => {
    fake.inject({ match: { method: 'POST', times: 1 }, fault: { drop: when } })
    expect(await marks.claim(PLACE, 'KEY', mark('1'))).toBe(true)
    expect(await marks.claim(PLACE, 'KEY', mark('2'))).toBe(false)
  })

  test('go from phase to phase, and away', async () => {
    await marks.claim(PLACE, 'KEY', mark('1'))
    await marks.advance(PLACE, 'KEY', { ...mark('1'), phase: 'verifying', set: 900 })
    expect(await marks.read(PLACE, 'KEY')).toMatchObject({ phase: 'verifying', was: 500, set: 900 })
    expect(fake.variable(PLACE, 'ECLUSE_ROTATION_KEY')).toContain('"verifying"')
    fake.setVariable(PLACE, 'OTHER', 'x')
    expect(await marks.marked(PLACE)).toEqual(['KEY'])
    await marks.clear(PLACE, 'KEY')
    await marks.clear(PLACE, 'KEY')
    expect(await marks.read(PLACE, 'KEY')).toBeUndefined()
  })

  test('that somebody else wrote are told apart', async () => {
    fake.setVariable(PLACE, 'ECLUSE_ROTATION_KEY', '{"v":2}')
    expect(await marks.read(PLACE, 'KEY')).toBe('unreadable')
  })

  test('tell whether a run lives, where anybody can', async () => {
    const run = fake.addRun()
    expect(await marks.lives(String(run.id))).toBe(true)
    fake.endRun(run.id)
    expect(await marks.lives(String(run.id))).toBe(false)
    expect(await marks.lives('999999999')).toBeUndefined()
    expect(await marks.lives('terminal-x-1')).toBeUndefined()
    fake.tokens.set('poor', { permissions: { environments: 'write' } })
    expect(await githubMarks(opened('poor')).lives(String(run.id))).toBeUndefined()
  })
})
