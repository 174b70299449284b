// A lab that was killed could not tidy up. The next one does.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { removeGroups } from '../../kubernetes/server/groups.mjs'
import { lockOf } from '../place.mjs'
import { releaseNetwork } from './network.mjs'
import { removeFolder } from './remains.mjs'

const remainsIn = (folder) => (existsSync(folder) ? readdirSync(folder).filter((entry) => /^(engine|registry|ssh|cluster)-/.test(entry)) : [])

const removeRemains = async (folder) => {
  for (const name of remainsIn(folder)) {
    const numbered = path.join(folder, name, 'network')
    const number = existsSync(numbered) ? Number(readFileSync(numbered, 'utf8')) : undefined
    if (name.startsWith('cluster-')) await removeGroups(path.join(folder, name))
    await removeFolder(path.join(folder, name))
    if (number) releaseNetwork(number)
  }
}

// Labs of other versions of this code, or of other checkouts, that nobody runs any more.
const abandoned = (folder) => {
  const [parent, kind] = [path.dirname(folder), path.basename(folder).replace(/[0-9a-f]+$/, '')]
  return readdirSync(parent)
    .filter((name) => name.startsWith(kind) && name !== path.basename(folder))
    .map((name) => path.join(parent, name))
    .filter((other) => remainsIn(other).length > 0 && spawnSync('flock', ['-n', lockOf(other), 'true']).status === 0)
}

/** The caller has the lock of `folder`. */
export const tidyUp = async (folder) => {
  for (const one of [folder, ...abandoned(folder)]) await removeRemains(one)
}
