import { edgeContainer, edgePlaces } from '../../../../domain/edge-control/index.js'
import { ProcessError, StateError, messageOf } from '../../../../errors/families.js'
import { CHANGE_MS, LOOK_MS, named, type Site } from './site.js'

/**
 * Before an edge that serves is taken away for another: would the other one start? Its image, with our files in a folder of its own,
 * checks its configuration, while it holds the ports of the host that the present edge does not have. What fails here leaves all as it is.
 */
export async function rehearsed(site: Site, files: Readonly<Record<string, string>>): Promise<void> {
  const { engine, scope, options } = site
  const name = `${edgeContainer(scope)}-rehearsal`
  const what = named(site, 'try out the new edge')
  const ports = await newPorts(site)
  const mount = options.edge.certificate === undefined ? [] : ['--mount', `type=bind,source=${options.edge.certificate},target=/etc/ecluse/certificate.pem,readonly`]
  const argv = [
    'create', '--name', name, '--label', `ecluse.scope=${scope}`, '--label', 'ecluse.role=rehearsal', '--user', '0:0', '--volume', edgePlaces.folder, ...mount,
    ...ports.flatMap((port) => ['--publish', port]), '--entrypoint', 'haproxy', options.edge.image, '-c', '-f', edgePlaces.configuration,
  ]
  try {
    await gone(site, name)
    await engine.run({ what, argv, timeoutMs: CHANGE_MS })
    await engine.writeFiles(name, edgePlaces.folder, files)
    await engine.run({ what, argv: ['start', '--attach', name], timeoutMs: CHANGE_MS })
  } catch (fault) {
    if (!(fault instanceof ProcessError)) throw fault
    throw new StateError(fault.code === 'program-failed' ? 'edge-failed' : fault.code, {
      message: `${named(site, 'The edge')} has to be set up anew, and the new one would not start: ${messageOf(fault)} ${fault.tail.slice(-3).join(' | ')} The present one goes on as it is.`,
      fix: fault.fix, cause: fault,
    })
  } finally {
    await gone(site, name)
  }
}

async function gone(site: Site, name: string): Promise<void> {
  await site.engine.run({ what: named(site, 'take what was tried out away'), argv: ['rm', '--force', '--volumes', name], timeoutMs: CHANGE_MS, accept: [0, 1] })
}

/** Ports of the host that the present edge does not publish, as docker takes them. */
async function newPorts(site: Site): Promise<readonly string[]> {
  const { published, port } = await site.stack()
  const { stdout } = await site.engine.run({ what: named(site, 'look at the ports of the edge'), argv: ['port', edgeContainer(site.scope)], timeoutMs: LOOK_MS, accept: [0, 1] })
  const had = new Set([...stdout.matchAll(/:(\d+)$/gm)].map(([, number]) => Number(number)))
  return published.flatMap(({ address, port: wanted }) => {
    if (wanted === undefined || had.has(wanted)) return []
    const host = address === undefined ? '' : `${address.includes(':') ? `[${address}]` : address}:`
    return [`${host}${wanted}:${port}/tcp`]
  })
}
