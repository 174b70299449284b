import { spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { ageEncryption } from '../../../core/drivers/encryption/age/index.js'
import { bytes, collected } from '../../support/backup-ambient.js'
import { withEngines } from '../../support/engines/index.js'

const PIECE = 64 * 1024
const age = ageEncryption()
const failure = async (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it did not fail', (fault: unknown) => fault)

describe('what is encrypted for age', () => {
  test.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17])('comes back, %d bytes of it, for each of its keys', async (size) => {
    const content = randomBytes(size)
    const [one, other] = [await age.key(), await age.key()]
    const file = await collected(age.encrypt(bytes(content.subarray(0, 5), content.subarray(5)), [one.recipient, other.recipient]))
    expect(size < 16 || !file.includes(content.subarray(0, 16))).toBe(true)
    for (const { identity } of [one, other]) expect((await collected(age.decrypt(bytes(file), [identity]))).equals(content)).toBe(true)
  })

  test('does not depend on how the bytes arrive', async () => {
    const content = randomBytes(2 * PIECE + 100)
    const { identity, recipient } = await age.key()
    const file = await collected(age.encrypt(bytes(...Array.from({ length: 300 }, (_, n) => content.subarray(n * 444, (n + 1) * 444))), [recipient]))
    const small = Array.from({ length: Math.ceil(file.length / 997) }, (_, n) => file.subarray(n * 997, (n + 1) * 997))
    expect((await collected(age.decrypt(bytes(...small), [(await age.key()).identity, identity]))).equals(content.subarray(0, 300 * 444))).toBe(true)
  })

  test('is another file each time', async () => {
    const { recipient } = await age.key()
    const [first, second] = [await collected(age.encrypt(bytes('x'), [recipient])), await collected(age.encrypt(bytes('x'), [recipient]))]
    expect(first.equals(second)).toBe(false)
  })

  test('opens for nobody else, and says so without a key in it', async () => {
    const [mine, other] = [await age.key(), await age.key()]
    const file = await collected(age.encrypt(bytes('secret'), [mine.recipient]))
    const fault = await failure(collected(age.decrypt(bytes(file), [other.identity])))
    expect(fault).toMatchObject({ code: 'backup-locked', message: expect.stringContaining('none of the keys at hand (1)') })
    expect(JSON.stringify(fault) + String(fault)).not.toContain(other.identity)
    expect(await failure(collected(age.decrypt(bytes(file), [])))).toMatchObject({ code: 'backup-locked', message: expect.stringContaining('no key was given') })
  })

  test('is refused for what is no recipient, all of them at once, and never shows a secret key that was put there', async () => {
    const { identity } = await age.key()
    const fault = await failure(collected(age.encrypt(bytes('x'), ['age1nobody', identity])))
    expect(fault).toMatchObject({ code: 'input-invalid', problems: [{ message: expect.stringContaining('age1nobody') }, { message: expect.any(String) }] })
    expect(JSON.stringify(fault) + String(fault)).not.toContain(identity)
    expect(await failure(collected(age.encrypt(bytes('x'), [])))).toMatchObject({ code: 'input-invalid' })
    const typo = await failure(collected(age.decrypt(bytes('x'), [`${identity.slice(0, -1)}!`])))
    expect(typo).toMatchObject({ code: 'input-invalid' })
    expect(JSON.stringify(typo) + String(typo)).not.toContain(identity.slice(0, 40))
  })
})

describe('a file of age that was damaged', () => {
  const content = randomBytes(2 * PIECE + 500)
  const made = (async () => {
    const { identity, recipient } = await age.key()
    return { identity, file: await collected(age.encrypt(bytes(content), [recipient])) }
  })()
  const open = async (damage: (file: Buffer) => Uint8Array): Promise<{ readonly given: Buffer; readonly fault: unknown }> => {
    const { file, identity } = await made
    const given: Uint8Array[] = []
    const fault = await failure((async () => {
      for await (const chunk of age.decrypt(bytes(damage(Buffer.from(file))), [identity])) given.push(chunk)
    })())
    return { given: Buffer.concat(given), fault }
  }
  const flipped = (at: (length: number) => number) => (file: Buffer): Buffer => {
    file[at(file.length)]! ^= 1
    return file
  }

  test.each<[string, (file: Buffer) => Uint8Array]>([
    ['its first byte changed', flipped(() => 0)],
    ['its last line of the header changed', (file) => flipped(() => file.indexOf('\n--- ') + 9)(file)],
    ['its nonce changed', (file) => flipped(() => file.indexOf('\n', file.indexOf('\n--- ') + 1) + 3)(file)],
    ['one bit of the middle changed', flipped((length) => Math.floor(length / 2))],
    ['its last byte changed', flipped((length) => length - 1)],
    ['nothing in it', () => new Uint8Array()],
    ['only text in it', () => Buffer.from('-- PostgreSQL database dump\n')],
    ['no end of its header', (file) => file.subarray(0, file.indexOf('\n--- '))],
    ['only its header', (file) => file.subarray(0, file.indexOf('\n', file.indexOf('\n--- ') + 1) + 1)],
    ['its end cut off', (file) => file.subarray(0, -1)],
    ['its last piece cut off', (file) => file.subarray(0, file.length - 500 - 16)],
    ['something behind it', (file) => Buffer.concat([file, Buffer.from('x')])],
    ['two pieces changed places', (file) => {
      const start = file.length - 500 - 16 - 2 * (PIECE + 16)
      const pieces = [0, 1].map((n) => file.subarray(start + n * (PIECE + 16), start + (n + 1) * (PIECE + 16)))
      return Buffer.concat([file.subarray(0, start), pieces[1]!, pieces[0]!, file.subarray(-516)])
    }],
  ])('%s: found, and nothing false is given out', async (_, damage) => {
    const { given, fault } = await open(damage)
    expect(fault).toMatchObject({ code: 'backup-corrupt' })
    expect(given.equals(content.subarray(0, given.length))).toBe(true)
    expect(given.length).toBeLessThan(content.length)
  })
})

test('a reader that stops early stops the source', async () => {
  const { recipient } = await age.key()
  let closed = false
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield randomBytes(1000)
    } finally {
      closed = true
    }
  }
  let seen = 0
  for await (const chunk of age.encrypt(endless(), [recipient])) if ((seen += chunk.length) > 3 * PIECE) break
  expect(closed).toBe(true)
})

test('a fault of the source is not covered up', async () => {
  const { recipient } = await age.key()
  const broken = async function* (): AsyncGenerator<Uint8Array> {
    yield randomBytes(10)
    throw new Error('the dump failed')
  }
  expect(await failure(collected(age.encrypt(broken(), [recipient])))).toMatchObject({ message: 'the dump failed' })
})

test('memory stays flat', async () => {
  const { identity, recipient } = await age.key()
  const PIECES = 8000
  const chunk = randomBytes(PIECE)
  const many = async function* (): AsyncGenerator<Uint8Array> {
    for (let n = 0; n < PIECES; n += 1) yield chunk
  }
  const before = process.memoryUsage().rss
  let most = 0
  let count = 0
  for await (const piece of age.decrypt(age.encrypt(many(), [recipient]), [identity])) {
    count += piece.length
    most = Math.max(most, process.memoryUsage().rss)
  }
  expect(count).toBe(PIECES * PIECE)
  // Of the 520 MB that went through. The collector of a busy machine lags by some tens of MB, however much it is.
  expect(most - before).toBeLessThan(150e6)
})

withEngines(['age'], 'beside the program `age`', (pathOf) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-age-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const hash = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

  test.each([0, 1, PIECE, 2 * PIECE + 17])('it opens what we encrypt, and we open what it encrypts: %d bytes', async (size) => {
    const content = randomBytes(size)
    const made = spawnSync(`${pathOf('age')}-keygen`, [], { encoding: 'utf8' })
    const [identity = ''] = /AGE-SECRET-KEY-1\S+/.exec(made.stdout) ?? []
    const [recipient = ''] = /age1\S+/.exec(made.stdout) ?? []
    const [keyFile, file] = [path.join(folder, `key-${size}`), path.join(folder, `file-${size}`)]
    writeFileSync(keyFile, made.stdout, { mode: 0o600 })
    writeFileSync(file, await collected(age.encrypt(bytes(content), [(await age.key()).recipient, recipient])))
    const opened = spawnSync(pathOf('age'), ['-d', '-i', keyFile, file])
    expect([opened.status, hash(opened.stdout)]).toEqual([0, hash(content)])

    const theirs = spawnSync(pathOf('age'), ['-r', recipient], { input: content })
    expect(hash(await collected(age.decrypt(bytes(theirs.stdout), [identity])))).toBe(hash(content))
  })
})
