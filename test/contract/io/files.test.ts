import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { FileError } from '../../../core/errors/families.js'
import { systemFiles } from '../../../core/io/files.js'

const files = systemFiles()
let folder: string
const at = (...names: string[]): string => path.join(folder, ...names)
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function gathered(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of content) all.push(chunk)
  return Buffer.concat(all)
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const thrown = await work.then(() => undefined, (error: unknown) => error)
  if (!(thrown instanceof FileError)) throw new Error(`not the expected failure: ${String(thrown)}`)
  expect(thrown.message).toContain(thrown.path)
  return thrown.code
}

describe('reading', () => {
  it('says with a code what is wrong, and with which path', async () => {
    await files.write(at('file'), 'x')
    expect(await codeOf(files.text(at('none')))).toBe('file-missing')
    expect(await codeOf(files.text(at('file', 'below')))).toBe('file-missing')
    expect(await codeOf(files.bytes(folder))).toBe('file-refused')
    expect(await codeOf(gathered(files.stream(at('none'))))).toBe('file-missing')
    expect(await codeOf(files.makeFolder(at('file')))).toBe('file-exists')
  })

  it('takes an absent file or folder for nothing where that is asked', async () => {
    expect(await files.textIfThere(at('none'))).toBeUndefined()
    expect(await files.info(at('none'))).toBeUndefined()
    expect(await files.list(at('none'))).toEqual([])
    await files.remove(at('none'))
  })

  it('lists sorted, with kinds', async () => {
    await files.write(at('b'), '')
    await files.makeFolder(at('c'))
    await files.link('b', at('a'))
    expect(await files.list(folder)).toEqual([{ name: 'a', kind: 'link' }, { name: 'b', kind: 'file' }, { name: 'c', kind: 'folder' }])
    expect(await files.readLink(at('a'))).toBe('b')
    expect(await files.info(at('a'))).toMatchObject({ kind: 'link' })
  })

  it('measures room also for a folder that is yet to come', async () => {
    expect(await files.room(at('not', 'yet', 'there'))).toBeGreaterThan(0)
  })
})

describe('write', () => {
  it('replaces whole, with the mode asked for, and leaves nothing else', async () => {
    await files.write(at('deep', 'file'), 'old')
    await files.write(at('deep', 'file'), 'new', { mode: 0o666 })
    expect(await files.text(at('deep', 'file'))).toBe('new')
    expect(await files.info(at('deep', 'file'))).toMatchObject({ kind: 'file', bytes: 3, mode: 0o666 })
    expect(readdirSync(at('deep'))).toEqual(['file'])
  })

  it('leaves nothing when it fails', async () => {
    await files.makeFolder(at('taken', 'x'))
    await codeOf(files.write(at('taken'), 'new'))
    expect(readdirSync(folder)).toEqual(['taken'])
  })
})

describe('create', () => {
  it('writes chunks of any size in their order, from memory that is used again', async () => {
    const MIB = 1024 * 1024
    const sizes = [MIB - 1, 2, 0, 3 * MIB, 5, MIB, MIB, 7]
    const all = randomBytes(sizes.reduce((sum, size) => sum + size, 0))
    const reused = Buffer.alloc(3 * MIB)
    async function* content(): AsyncGenerator<Uint8Array> {
      let from = 0
      for (const size of sizes) {
        all.copy(reused, 0, from, from + size)
        yield reused.subarray(0, size)
        from += size
      }
    }
    expect(await files.create(at('backup'), content())).toEqual({ bytes: all.length })
    expect(all.equals(await files.bytes(at('backup')))).toBe(true)
  })

  it('streams into place and counts', async () => {
    expect(await files.create(at('backup'), chunks('one', 'two'), { mode: 0o600 })).toEqual({ bytes: 6 })
    expect(await files.text(at('backup'))).toBe('onetwo')
    expect(await files.info(at('backup'))).toMatchObject({ mode: 0o600 })
    expect(readdirSync(folder)).toEqual(['backup'])
  })

  it('never overwrites, also what appeared while it streamed', async () => {
    await files.write(at('old'), 'kept')
    expect(await codeOf(files.create(at('old'), chunks('x')))).toBe('file-exists')
    const racing = (async function* () {
      yield Buffer.from('x')
      await files.write(at('raced'), 'kept')
    })()
    expect(await codeOf(files.create(at('raced'), racing))).toBe('file-exists')
    expect([await files.text(at('old')), await files.text(at('raced'))]).toEqual(['kept', 'kept'])
    expect(readdirSync(folder)).toEqual(['old', 'raced'])
  })

  it('leaves nothing when the stream breaks, and hands its fault on', async () => {
    const broken = (async function* () {
      yield Buffer.from('half')
      throw new Error('the dump broke')
    })()
    await expect(files.create(at('backup'), broken)).rejects.toThrow('the dump broke')
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('append', () => {
  it('makes a private file and adds to it', async () => {
    await files.append(at('ledger', 'lines'), 'one\n')
    await files.append(at('ledger', 'lines'), 'two\n')
    expect(await files.text(at('ledger', 'lines'))).toBe('one\ntwo\n')
    expect(await files.info(at('ledger', 'lines'))).toMatchObject({ mode: 0o600 })
  })

  it('never mixes the lines of many writers', async () => {
    const line = `${'x'.repeat(5000)}\n`
    await Promise.all(Array.from({ length: 40 }, () => files.append(at('lines'), line)))
    expect(await files.text(at('lines'))).toBe(line.repeat(40))
  })

  it('says that the disk is full', async () => {
    expect(await codeOf(files.append('/dev/full', 'x'))).toBe('disk-full')
  })
})

describe('the rest', () => {
  it('renames, changes modes, removes, and gives folders of our own', async () => {
    const own = await files.temporary('ecluse-test-')
    await files.write(path.join(own, 'a'), 'x')
    await files.rename(path.join(own, 'a'), path.join(own, 'b'))
    await files.chmod(path.join(own, 'b'), 0o755)
    expect(await files.info(path.join(own, 'b'))).toMatchObject({ mode: 0o755 })
    expect(await files.info(own)).toMatchObject({ mode: 0o700 })
    await files.remove(own)
    expect(await files.info(own)).toBeUndefined()
  })

  it('hashes at once and by parts', () => {
    const hasher = files.hasher()
    hasher.update(Buffer.from('a'))
    hasher.update(Buffer.from('b'))
    expect(hasher.hex()).toBe(files.sha256('ab'))
    expect(files.sha256('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  it('packs the same bytes the same way, and unpacks them', async () => {
    const packed = await gathered(files.gzip(chunks('hello ', 'world')))
    expect(packed).toEqual(await gathered(files.gzip(chunks('hello ', 'world'))))
    expect((await gathered(files.gunzip(chunks2(packed)))).toString()).toBe('hello world')
    await files.write(at('x.gz'), packed)
    await expect(promisify(execFile)('gzip', ['-dc', at('x.gz')])).resolves.toMatchObject({ stdout: 'hello world' })
  })

  it('hands on the fault of what it packs, and of what it can not unpack', async () => {
    const broken = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x')
      throw new Error('the source broke')
    })()
    await expect(gathered(files.gzip(broken))).rejects.toThrow('the source broke')
    await expect(gathered(files.gunzip(chunks('not gzip')))).rejects.toMatchObject({ code: 'Z_DATA_ERROR' })
  })
})

async function* chunks2(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
