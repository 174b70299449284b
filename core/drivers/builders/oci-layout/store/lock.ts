import { FileError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { stopIfAsked } from './blobs.js'

/** Held for milliseconds: a holder on another machine, which we can not ask, is gone after this. */
const GONE_AFTER_MS = 5 * 60_000
const LOOK_EVERY_MS = 15

/**
 * Lets one builder at a time write a layout's index. Locks are numbered files: whoever creates the number after the highest
 * one, once that is empty (released) or its holder is dead, holds the lock. No lock is ever taken away under its name, so two that
 * find the same dead holder can not both win; a number that was made late is seen to be lower than another and given up.
 */
export async function locked<T>(folder: string, ambient: Ambient, work: () => Promise<T>): Promise<T> {
  const mine = await acquire(folder, ambient)
  try {
    return await work()
  } finally {
    await ambient.files.write(`${folder}/${mine}`, '')
  }
}

async function acquire(folder: string, ambient: Ambient): Promise<number> {
  const { files, clock, signal, run } = ambient
  const own = new TextEncoder().encode([run.host, run.pid, run.started].join('\n'))
  for (;;) {
    stopIfAsked(signal)
    const highest = Math.max(0, ...(await numbers(folder, ambient)))
    if (highest > 0 && (await isHeld(`${folder}/${highest}`, ambient))) {
      await clock.sleep(LOOK_EVERY_MS, signal)
      continue
    }
    if (!(await created(`${folder}/${highest + 1}`, own, ambient))) continue
    const now = await numbers(folder, ambient)
    if (Math.max(...now) > highest + 1) {
      await files.remove(`${folder}/${highest + 1}`)
      continue
    }
    for (const older of now) if (older <= highest) await files.remove(`${folder}/${older}`)
    return highest + 1
  }
}

async function numbers(folder: string, { files }: Ambient): Promise<readonly number[]> {
  return (await files.list(folder)).filter(({ name }) => /^\d+$/.test(name)).map(({ name }) => Number(name))
}

async function created(path: string, content: Uint8Array, { files }: Ambient): Promise<boolean> {
  try {
    await files.create(path, once(content))
    return true
  } catch (thrown) {
    if (thrown instanceof FileError && thrown.code === 'file-exists') return false
    throw thrown
  }
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content
}

async function isHeld(path: string, { files, process, clock, run }: Ambient): Promise<boolean> {
  const text = await files.textIfThere(path)
  if (text === undefined || text === '') return false
  const [host, pid, started = ''] = text.split('\n')
  if (host === run.host) return process.alive(Number(pid), started)
  const info = await files.info(path)
  return info !== undefined && clock.now() - info.modifiedAt < GONE_AFTER_MS
}
