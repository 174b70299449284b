import type { Ambient } from '../../../ports/ambient.js'
import type { Calls } from './calls.js'
import { archived, isAbsence, lookingCall, noPlace, placeUnseen, readBy, readDirectly, readingCall, writeDirectly, writingCall } from './files.js'
import { archiveOf } from './tar.js'

/** What is at a place in a container, as an archive; `undefined`: there is no such container or place in it. */
export async function copiedOut(container: string, path: string, calls: Calls, { process }: Ambient): Promise<Uint8Array | undefined> {
  const found = await readDirectly(container, path, calls.directly)
  if (found !== undefined) return found === 'absent' ? undefined : found
  const call = readingCall(container, path)
  try {
    return (await calls.answered(call, async (reach) => ({ exitCode: 0, stderr: '', archive: await readBy(process, calls.command(call, reach)) }))).archive
  } catch (thrown) {
    if (isAbsence(thrown)) return undefined
    throw thrown
  }
}

/** Rejects with `file-missing` when there is no such container or folder. */
export async function copiedIn(container: string, path: string, files: Readonly<Record<string, string>>, calls: Calls, { process, clock }: Ambient): Promise<void> {
  const archive = archiveOf(files, clock.now())
  if (await writeDirectly(container, path, archive, calls.directly)) return
  const call = writingCall(container, path)
  try {
    await calls.answered(call, (reach) => process.run({ ...calls.command(call, reach), stdin: archived(archive) }), true)
  } catch (thrown) {
    if (!placeUnseen(thrown)) throw thrown
    const looking = lookingCall(container, path)
    const there = await calls.ran(looking).then(() => true, (fault: unknown) => {
      if (isAbsence(fault)) return false
      throw fault
    })
    throw noPlace(container, path, calls.way.where, there, thrown)
  }
}
