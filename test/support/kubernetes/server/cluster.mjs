// A Kubernetes of one node in a folder of its own, for who asked for it.
import { mkdir, writeFile } from 'node:fs/promises'
import { removeFolder } from '../../docker/server/remains.mjs'
import { startApi } from './api.mjs'
import { configuration, writeCertificates } from './certificates.mjs'
import { removeGroups } from './groups.mjs'
import { startNode } from './node.mjs'

// A port that was free may be taken before it is used.
const TRIES = 3

const attempt = async ({ folder, pause }) => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  writeCertificates(folder)
  const api = await startApi(folder)
  try {
    return { api, node: await startNode({ folder, pause, api }) }
  } catch (error) {
    await api.end()
    throw error
  }
}

const remains = async (folder) => {
  // The folder names the groups.
  await removeGroups(folder)
  await removeFolder(folder)
}

const started = async (given, tries = 1) => {
  try {
    return await attempt(given)
  } catch (error) {
    await remains(given.folder)
    if (tries < TRIES && /address already in use/.test(error.message)) return started(given, tries + 1)
    throw error
  }
}

/** `pause` is the image of what holds a pod together. `stop` and `start` are the API server's. */
export const startCluster = async ({ folder, pause }) => {
  const { api, node } = await started({ folder, pause })
  const config = `${folder}/admin.kubeconfig`
  await writeFile(config, configuration({ folder, server: api.server, user: 'admin' }), { mode: 0o600 })
  const endAll = async () => {
    await Promise.all([api.end(), node.end()])
    await remains(folder)
  }
  const state = { ended: undefined }
  const end = () => (state.ended ??= endAll())
  return { facts: () => ({ pid: node.pid, config }), start: api.start, stop: api.stop, end }
}
