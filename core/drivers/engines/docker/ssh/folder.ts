import type { Ambient } from '../../../../ports/ambient.js'

const PREFIX = 'ecluse-ssh-'
const OWNER = 'owner'

/** A folder of our own for keys and sockets, that nobody else may look into; what killed runs left is removed on the way. */
export async function ownFolder({ files, run, process }: Ambient): Promise<string> {
  const folder = await files.temporary(PREFIX)
  await files.write(`${folder}/${OWNER}`, `${run.host}\n${run.pid}\n${run.started}`, { mode: 0o600 })
  const above = folder.slice(0, folder.lastIndexOf('/'))
  for (const { name, kind } of await files.list(above)) {
    if (kind !== 'folder' || !name.startsWith(PREFIX)) continue
    // Another user's are not ours to look into.
    const owner = await files.textIfThere(`${above}/${name}/${OWNER}`).catch(() => undefined)
    const [host, pid, started = ''] = owner?.split('\n') ?? []
    if (host === run.host && !process.alive(Number(pid), started)) await files.remove(`${above}/${name}`).catch(() => undefined)
  }
  return folder
}
