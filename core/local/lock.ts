import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { decodeText } from '../domain/local-control/index.js'
import { number, object, text } from '../domain/local-control/decode.js'
import { errnoOf } from './errno.js'
import { lives, startOf } from './process-identity.js'

interface Holder {
  readonly pid: number
  readonly started: string
}

const decodeHolder = object<Holder>({ pid: number, started: text })

/** One server per environment. Resolves with the living server that has the lock already, or `undefined` when it is ours now. */
export async function takeLock(file: string): Promise<Holder | undefined> {
  const mine = `${file}.${process.pid}`
  // One of our number that was killed here may have left its file as a second name of the lock: written to, the lock would be ours unseen.
  await rm(mine, { force: true })
  await writeFile(mine, JSON.stringify({ pid: process.pid, started: startOf(process.pid) ?? '' }), { mode: 0o600 })
  try {
    for (;;) {
      if (await linked(mine, file)) return undefined
      const holder = await holderOf(file)
      if (holder !== undefined && lives(holder.pid, holder.started)) return holder
      await setAside(file, holder)
    }
  } finally {
    await rm(mine, { force: true })
  }
}

export async function releaseLock(file: string): Promise<void> {
  if ((await holderOf(file))?.pid === process.pid) await rm(file, { force: true })
}

async function linked(mine: string, file: string): Promise<boolean> {
  try {
    await link(mine, file)
    return true
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false
    throw thrown
  }
}

async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    return decodeText(decodeHolder, await readFile(file, 'utf8'), file)
  } catch {
    return undefined
  }
}

/** Two servers may find the same dead holder: the slower of them must not remove the faster one's lock, so it looks at what it moved. */
async function setAside(file: string, dead: Holder | undefined): Promise<void> {
  const aside = `${file}.dead.${process.pid}`
  try {
    await rename(file, aside)
  } catch {
    return
  }
  const moved = await holderOf(aside)
  if (moved !== undefined && moved.pid !== dead?.pid && lives(moved.pid, moved.started)) await linked(aside, file)
  await rm(aside, { force: true })
}
