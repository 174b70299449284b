import { edgeContainer, edgePlaces, encodeWish } from '../../../../domain/edge-control/index.js'
import { decodeRelease, decodeText } from '../../../../domain/local-control/index.js'
import { StateError } from '../../../../errors/families.js'
import { instanceDocument } from '../model/index.js'
import { madeEdge } from './edge.js'
import { lookAt, type Seen } from './look.js'
import { armOf, withInstance, type Instance } from './record.js'
import { keepRecord, LOOK_MS, named, type Site } from './site.js'

/**
 * A look that finds its way when somebody took the edge away from under what runs: its container is made again, over the same
 * volume. When that is gone too, the containers themselves say which release they are. Nothing is started or stopped.
 */
export async function lookWhole(site: Site): Promise<Seen> {
  const seen = await lookAt(site)
  const forgotten = seen.record.instances.length === 0 && seen.containers.some(({ running }) => running)
  if (seen.edge === undefined ? seen.containers.length === 0 : !forgotten) return seen
  if (seen.edge === undefined) site.ambient.log.warn(`${named(site, 'The edge')} (container \`${edgeContainer(site.scope)}\`) was taken away; it is made again.`)
  const made = seen.edge === undefined ? await madeEdge(site, seen) : seen
  if (made.record.instances.length > 0) return made
  const [one, ...others] = await runningHere(site)
  if (one === undefined) return made
  if (others.length > 0) throw manyRun(site, [one, ...others])
  site.ambient.log.warn(`${named(site, 'What the edge knew')} was taken away with it: ${one.release.version} is the only release that runs, so it is stable. Earlier ones can't be brought back from here any more.`)
  // The wish before the record: who is killed between the two finds no record, and does this again.
  await site.engine.write(edgeContainer(site.scope), edgePlaces.wish, encodeWish({ revision: (made.wish?.revision ?? 0) + 1, stable: armOf(one), weight: 0 }))
  await keepRecord(site, withInstance(made.record, one))
  return lookAt(site)
}

function manyRun(site: Site, instances: readonly Instance[]): StateError {
  const told = instances.map(({ release, containers }) => `${release.version} (${containers.join(', ')})`).join(' and ')
  return new StateError('edge-failed', {
    message: `${named(site, 'What the edge knew')} was taken away, and several releases run: ${told}. Which of them is stable nobody can say.`,
    fix: 'Stop the containers of all but the one that shall serve (`docker stop …`), then start again.',
  })
}

const PARTS = ['.Label "ecluse.instance"', '.Names', '.Label "com.docker.compose.project"', '.Label "ecluse.release"'].map((part) => `{{${part}}}`).join('\t')

/** The launches that run, by their containers' labels. */
async function runningHere(site: Site): Promise<readonly Instance[]> {
  const { engine, scope, environment, secretSettings, ambient } = site
  const argv = ['ps', '--no-trunc', '--filter', `label=ecluse.scope=${scope}`, '--filter', 'label=ecluse.role=release', '--format', PARTS]
  const { stdout } = await engine.run({ what: named(site, 'read what the containers say of themselves'), argv, timeoutMs: LOOK_MS })
  const stack = await site.stack()
  const found = new Map<string, Instance>()
  for (const line of stdout.split('\n').filter(Boolean)) {
    const [id = '', name = '', project = '', told = ''] = line.split('\t')
    const release = decodeText(decodeRelease, told, `label ecluse.release of ${name}`)
    const document = instanceDocument({ stack, release, instance: id, scope, environment, secretSettings })
    const containers = [...(found.get(id)?.containers ?? []), name].toSorted()
    found.set(id, { id, release, project, document, containers, port: stack.port, servedAt: ambient.clock.now() })
  }
  return [...found.values()]
}
