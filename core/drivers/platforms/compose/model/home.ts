import { EcluseError, type Problem } from '../../../../errors/families.js'
import type { Engine } from '../../../../ports/engine.js'
import { problem } from './files.js'
import { fieldsOf, listOf, literalOf, textOf } from './literal.js'
import type { Reading } from './read.js'

const READ_MS = 60_000

/**
 * Bind mounts from `~`, which compose resolves to the home of whoever runs it here, and which would be an empty folder on another
 * host. Compose can't always read files without resolving paths; then nothing is said.
 */
export async function homeProblems({ argv, resolved }: Reading, service: string, checkout: string, engine: Engine): Promise<readonly Problem[]> {
  const binds = listOf(fieldsOf(fieldsOf(resolved['services'])[service])['volumes']).map(fieldsOf).filter(({ type }) => type === 'bind')
  if (binds.length === 0) return []
  try {
    const { stdout } = await engine.run({
      what: 'read the paths of the compose files', argv: [...argv, 'config', '--format', 'json', '--no-path-resolution'],
      cwd: checkout, userEnvironment: true, timeoutMs: READ_MS,
    })
    const raw = fieldsOf(fieldsOf(fieldsOf(literalOf(JSON.parse(stdout)))['services'])[service])
    const sources = listOf(raw['volumes']).map((entry) => textOf(fieldsOf(entry)['source']) ?? '')
    return sources.filter((source) => source.startsWith('~')).map((source) => problem(
      `Service \`${service}\` mounts \`${source}\`, which means the home folder of this machine and not that of the host.`, 'Write the full path on the host.',
    ))
  } catch (thrown) {
    if (thrown instanceof SyntaxError || (thrown instanceof EcluseError && (thrown.code === 'program-failed' || thrown.code === 'compose-invalid'))) return []
    throw thrown
  }
}
