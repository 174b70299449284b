import { decodeText, number, object, optional, text } from '../../../../domain/local-control/decode.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { as, type Identity } from './identity.js'
import type { ServerPrograms } from './programs.js'

const PREFIX = 'ecluse-pit-'
const MOMENT_MS = 30_000
/** Longer than anybody waits for a restore of whom nothing is known but a folder. */
const UNCLAIMED_AFTER_MS = 24 * 60 * 60_000
const OWNER = 'owner.json'

/** A restored cluster's folder: who restored it, its data and its socket. */
export interface Place {
  readonly folder: string
  readonly data: string
  readonly sockets: string
  readonly tablespaces: string
}

interface Owner {
  readonly host: string
  readonly pid: number
  readonly started: string
  /** The folder that it is about, where that is elsewhere. */
  readonly holds?: string
}

/** The folder says whose it is before anything is in it. */
export async function makePlace(identity: Identity, ambient: Ambient): Promise<Place> {
  const folder = await ambient.files.temporary(PREFIX)
  await ambient.files.write(`${folder}/${OWNER}`, JSON.stringify(ownerNow(ambient)))
  const place: Place = placeIn(folder)
  await furnish(place, identity, ambient)
  if (identity.owner !== undefined) await ambient.files.chmod(folder, 0o711)
  return place
}

/** A folder that somebody named, told of where every run looks. `settle`: it is theirs, and nobody sweeps it any more. */
export async function claimPlace(folder: string, identity: Identity, ambient: Ambient): Promise<Place & { readonly settle: () => Promise<void> }> {
  const { files } = ambient
  const note = await files.temporary(PREFIX)
  const place = placeIn(folder)
  const settle = async (): Promise<void> => {
    await files.remove(`${folder}/${OWNER}`)
    await files.remove(note)
  }
  try {
    await files.write(`${note}/${OWNER}`, JSON.stringify({ ...ownerNow(ambient), holds: folder }))
    await files.makeFolder(folder, { mode: 0o700 })
    await files.chmod(folder, 0o700)
    // Of two that come at once, one has it.
    await files.create(`${folder}/${OWNER}`, contentOf(JSON.stringify(ownerNow(ambient))))
  } catch (thrown) {
    await files.remove(note)
    throw thrown
  }
  await furnish(place, identity, ambient, [folder])
  return { ...place, settle }
}

async function furnish({ data, sockets, tablespaces }: Place, { owner }: Identity, { files, process }: Ambient, more: readonly string[] = []): Promise<void> {
  for (const made of [data, sockets, tablespaces]) await files.makeFolder(made, { mode: 0o700 })
  if (owner !== undefined) await process.run({ what: 'give a folder to the owner of the cluster', argv: ['chown', owner, data, sockets, tablespaces, ...more], timeoutMs: MOMENT_MS })
}

function ownerNow({ run: { host, pid, started } }: Ambient): Owner {
  return { host, pid, started }
}

async function* contentOf(said: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(said)
}

/** Ends what runs in it, then removes it. */
export async function removePlace(folder: string, programs: Pick<ServerPrograms, 'control'> | undefined, identity: Identity, ambient: Ambient): Promise<void> {
  for (const { pid, signal } of await processesOf(folder, ambient)) {
    const control = programs?.control
    if (control === undefined) continue
    await ambient.process.run({ what: `end a program of the restored cluster in \`${folder}\``, argv: [...as(identity, control), 'kill', signal, pid], timeoutMs: MOMENT_MS, accept: [0, 1], inherit: ['LD_LIBRARY_PATH'] })
  }
  const end = ambient.clock.now() + MOMENT_MS
  while ((await processesOf(folder, ambient)).length > 0 && ambient.clock.now() < end) await ambient.clock.sleep(50)
  await ambient.files.remove(folder)
}

/** Folders of runs that are gone; a note about one is removed with it. */
export async function abandonedPlaces(ambient: Ambient): Promise<readonly { readonly folder: string; readonly note?: string }[]> {
  const { files, process, run, clock } = ambient
  const probe = await files.temporary(PREFIX)
  const room = probe.replace(/\/[^/]*$/, '')
  await files.remove(probe)
  const found: { folder: string; note?: string }[] = []
  for (const { name, kind } of await files.list(room)) {
    if (kind !== 'folder' || !name.startsWith(PREFIX)) continue
    const folder = `${room}/${name}`
    const owner = ownerOf(await files.textIfThere(`${folder}/${OWNER}`))
    const info = await files.info(folder)
    const old = info !== undefined && clock.now() - info.modifiedAt > UNCLAIMED_AFTER_MS
    if (owner === undefined ? old : owner.host === run.host && !process.alive(owner.pid, owner.started)) found.push(...(await meantBy(folder, owner, ambient)))
  }
  return found
}

/** A named folder goes only while the same run's word is in it: without that it was kept, or is another's. */
async function meantBy(note: string, owner: Owner | undefined, { files }: Ambient): Promise<readonly { readonly folder: string; readonly note?: string }[]> {
  if (owner?.holds === undefined) return [{ folder: note }]
  const there = ownerOf(await files.textIfThere(`${owner.holds}/${OWNER}`))
  if (there?.host === owner.host && there.pid === owner.pid && there.started === owner.started) return [{ folder: owner.holds, note }]
  await files.remove(note)
  return []
}

export function placeIn(folder: string): Place {
  return { folder, data: `${folder}/data`, sockets: `${folder}/s`, tablespaces: `${folder}/tablespaces` }
}

function ownerOf(written: string | undefined): Owner | undefined {
  try {
    return decodeText(object<Owner>({ host: text, pid: number, started: text, holds: optional(text) }), written ?? '', OWNER)
  } catch {
    return undefined
  }
}

/** By their command lines, which name the folder: a number alone may be another's by now. */
async function processesOf(folder: string, { files }: Ambient): Promise<readonly { readonly pid: string; readonly signal: 'QUIT' | 'TERM' }[]> {
  const found: { pid: string; signal: 'QUIT' | 'TERM' }[] = []
  for (const { name } of await files.list('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name)) continue
    const line = await files.text(`/proc/${name}/cmdline`).catch(() => '')
    if (!line.includes(`${folder}/`)) continue
    const program = line.split('\0').find((word) => /(?:^|\/)(?:postgres|pgbackrest)$/.test(word))
    if (program !== undefined) found.push({ pid: name, signal: program.endsWith('postgres') ? 'QUIT' : 'TERM' })
  }
  return found
}
