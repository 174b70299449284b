// A registry of images on a free port of this machine.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { containersFolder } from '../../engines/containers.mjs'
import { unusedPort } from '../../ports.mjs'
import { halt, poll, start } from './children.mjs'

const settings = (folder, port) => ({
  version: 0.1,
  log: { level: 'warn', accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory: `${folder}/data` }, delete: { enabled: true } },
  http: { addr: `127.0.0.1:${port}` },
})

const answers = (address) => fetch(`http://${address}/v2/`).then(({ ok }) => ok, () => false)

const attempt = async (folder, port) => {
  await writeFile(`${folder}/config.yml`, JSON.stringify(settings(folder, port)))
  const child = start(`${containersFolder}/tools/docker-registry`, ['serve', `${folder}/config.yml`], { log: `${folder}/registry.log` })
  await poll(20_000, async () => child.gone() || answers(`127.0.0.1:${port}`))
  return child
}

export const startRegistry = async (folder) => {
  await mkdir(folder, { recursive: true })
  // A port that was free may be taken before the registry has it.
  for (let tries = 1; ; tries++) {
    const port = await unusedPort()
    const child = await attempt(folder, port)
    if (!child.gone()) {
      const end = async () => {
        await halt(child)
        await rm(folder, { recursive: true, force: true })
      }
      return { address: `127.0.0.1:${port}`, end }
    }
    if (tries === 3) throw new Error(`The registry did not start. It said:\n${child.last()}`)
  }
}
