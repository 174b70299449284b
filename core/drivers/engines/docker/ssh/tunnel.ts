import { EcluseError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { dial, hangUp, type Line } from './dial.js'
import { ownFolder } from './folder.js'
import { refusal, type Host } from './refusals.js'

/** The one connection of a run to a host: made when it is first needed, and again when it was lost. */
export interface Tunnel {
  open(ambient: Ambient): Promise<Line>
  /** It was seen to be gone: the next call dials anew. */
  forget(line: Line): void
}

const DIALS = 3

/** By run, so that the way back after a cancel does not dial again. */
const tunnels = new WeakMap<Ambient['run'], Map<string, Tunnel>>()

export function tunnelTo(host: Host, ambient: Ambient): Tunnel {
  const ofRun = tunnels.get(ambient.run) ?? new Map<string, Tunnel>()
  tunnels.set(ambient.run, ofRun)
  const key = JSON.stringify([host.name, host.hostKeys, host.sshKey])
  const tunnel = ofRun.get(key) ?? newTunnel(host, ambient)
  ofRun.set(key, tunnel)
  return tunnel
}

function newTunnel(host: Host, owner: Ambient): Tunnel {
  let folder: string | undefined
  let number = 0
  let dialling: Promise<Line> | undefined
  let standing: Line | undefined
  const end = async (): Promise<void> => {
    await dialling?.catch(() => undefined)
    if (standing !== undefined) await hangUp(standing, owner)
    if (folder !== undefined) await owner.files.remove(folder)
    standing = undefined
    folder = undefined
  }
  const begin = async (ambient: Ambient): Promise<Line> => {
    if (folder === undefined) owner.atEnd?.(end)
    // Whoever tidies up old files may have taken it.
    if (folder === undefined || (await ambient.files.info(folder)) === undefined) folder = await ownFolder(ambient)
    number += 1
    return standing = await dial(host, folder, number, ambient)
  }
  const line = async (ambient: Ambient): Promise<Line | undefined> => {
    if (standing !== undefined) return standing
    const ours = dialling ??= begin(ambient).finally(() => dialling = undefined)
    return unlessCancelled(ours, ambient)
  }
  const forget = (gone: Line): void => {
    if (standing === gone) standing = undefined
  }
  return {
    forget,
    async open(ambient) {
      for (let tried = 0; tried <= DIALS; tried += 1) {
        const found = await line(ambient)
        if (found !== undefined && (await ambient.files.info(found.control)) !== undefined) return found
        if (found !== undefined) forget(found)
      }
      throw refusal(host, { code: 'ssh-failed', observed: 'the connection is lost again as soon as it stands', fix: 'Read the log of the ssh server on the host.' }, [])
    },
  }
}

/** `undefined` when it was dialled by somebody who was cancelled meanwhile, and we were not. */
async function unlessCancelled(dialling: Promise<Line>, { signal }: Ambient): Promise<Line | undefined> {
  try {
    return await dialling
  } catch (thrown) {
    if (thrown instanceof EcluseError && thrown.code === 'aborted' && !signal.aborted) return undefined
    throw thrown
  }
}
