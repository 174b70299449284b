import { createHash } from 'node:crypto'
import { createReadStream, type Dirent, type Stats } from 'node:fs'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { FileError } from '../errors/families.js'
import type { Entry, FileInfo, Files } from '../ports/files.js'
import { bytesOf } from './bytes.js'
import { appendWhole, createWhole, writeWhole } from './durable.js'
import { fileFault } from './faults.js'
import { gunzip, gzip } from './streams.js'

export function systemFiles(): Files {
  return { ...reading(), ...writing(), ...folders(), ...hashing() }
}

function reading(): Pick<Files, 'text' | 'textIfThere' | 'bytes' | 'stream' | 'info' | 'list' | 'readLink' | 'room'> {
  return {
    text: (file) => attempt('read', file, () => fs.readFile(file, 'utf8')),
    textIfThere: (file) => ifThere(attempt('read', file, () => fs.readFile(file, 'utf8'))),
    bytes: (file) => attempt('read', file, () => fs.readFile(file)),
    stream,
    info: (file) => ifThere(attempt('look at', file, async () => infoOf(await fs.lstat(file)))),
    async list(folder) {
      const entries = await ifThere(attempt('list', folder, () => fs.readdir(folder, { withFileTypes: true })))
      return (entries ?? []).map((entry) => ({ name: entry.name, kind: kindOf(entry) })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    },
    readLink: (file) => attempt('read the link', file, () => fs.readlink(file)),
    room: (file) => attempt('measure the disk of', file, async () => {
      const disk = await fs.statfs(await nearest(file))
      return disk.bavail * disk.bsize
    }),
  }
}

function writing(): Pick<Files, 'write' | 'create' | 'append' | 'rename' | 'chmod' | 'remove' | 'link'> {
  return {
    write: (file, content, options) => attempt('write', file, () => writeWhole(file, content, options?.mode ?? 0o644)),
    create: (file, content, options) => attempt('create', file, () => createWhole(file, content, options?.mode ?? 0o644)),
    append: (file, text) => attempt('append to', file, () => appendWhole(file, text)),
    rename: (from, to) => attempt(`rename to \`${to}\``, from, () => fs.rename(from, to)),
    chmod: (file, mode) => attempt('change the permissions of', file, () => fs.chmod(file, mode)),
    remove: (file) => attempt('remove', file, () => fs.rm(file, { recursive: true, force: true })),
    link: (target, file) => attempt(`link to \`${target}\``, file, () => fs.symlink(target, file)),
  }
}

function folders(): Pick<Files, 'makeFolder' | 'temporary'> {
  return {
    makeFolder: (folder, options) => attempt('make the folder', folder, async () => {
      await fs.mkdir(folder, { recursive: true, ...(options?.mode === undefined ? {} : { mode: options.mode }) })
    }),
    temporary: (prefix) => attempt('make a folder in', tmpdir(), () => fs.mkdtemp(path.join(tmpdir(), prefix))),
  }
}

function hashing(): Pick<Files, 'sha256' | 'hasher' | 'gzip' | 'gunzip'> {
  return {
    sha256: (content) => createHash('sha256').update(content).digest('hex'),
    hasher() {
      const hash = createHash('sha256')
      return { update: (bytes) => void hash.update(bytes), hex: () => hash.copy().digest('hex') }
    },
    gzip,
    gunzip,
  }
}

async function attempt<T>(doing: string, file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw fileFault(doing, file, thrown)
  }
}

/** The path itself, or the folder above it that is already there. */
async function nearest(file: string): Promise<string> {
  const above = path.dirname(path.resolve(file))
  const there = await fs.access(file).then(() => true, () => false)
  return there || above === path.resolve(file) ? file : nearest(above)
}

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (thrown) {
    if (thrown instanceof FileError && thrown.code === 'file-missing') return undefined
    throw thrown
  }
}

async function* stream(file: string, from = 0): AsyncGenerator<Uint8Array> {
  try {
    yield* bytesOf(createReadStream(file, { start: from, highWaterMark: 256 * 1024 }))
  } catch (thrown) {
    throw fileFault('read', file, thrown)
  }
}

function kindOf(entry: Dirent | Stats): Entry['kind'] {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'folder'
  return entry.isSymbolicLink() ? 'link' : 'other'
}

function infoOf(stats: Stats): FileInfo {
  return { kind: kindOf(stats), bytes: stats.size, mode: stats.mode & 0o7777, modifiedAt: stats.mtimeMs }
}
