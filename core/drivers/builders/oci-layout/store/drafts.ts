import type { Ambient } from '../../../../ports/ambient.js'
import { clean } from '../../../../domain/dockerfile/paths.js'

/** Tells the builds of one process apart. */
let serial = 0

const LEFT_BEHIND_MS = 24 * 3_600_000

/** A folder for what this build has not finished, removed at the end; those of builds that died are removed now. */
export async function withDrafts<T>(layout: string, ambient: Ambient, work: (drafts: string) => Promise<T>): Promise<T> {
  const { files, run } = ambient
  const all = `${layout}/.drafts`
  await sweep(all, ambient)
  serial += 1
  const drafts = clean(`${all}/${[run.host, run.pid, run.started, serial].map((part) => encodeURIComponent(part).replaceAll('~', '%7E')).join('~')}`)
  try {
    return await work(drafts)
  } finally {
    await files.remove(drafts)
  }
}

async function sweep(all: string, { files, process, clock, run }: Ambient): Promise<void> {
  for (const { name } of await files.list(all)) {
    const [host, pid, started = ''] = name.split('~').map((part) => decodeURIComponent(part))
    const info = await files.info(`${all}/${name}`)
    const dead = host === run.host ? !process.alive(Number(pid), started) : info !== undefined && clock.now() - info.modifiedAt > LEFT_BEHIND_MS
    if (dead) await files.remove(`${all}/${name}`)
  }
}
