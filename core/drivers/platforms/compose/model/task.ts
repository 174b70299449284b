import type { Task } from '../../../../domain/platform.js'
import { servingImage } from '../../../../domain/release.js'
import type { EngineCall } from '../../../../ports/engine.js'
import type { DocumentGiven } from './document.js'
import { ownEnvironment, ownNetworks, ownService, surroundingsOf } from './service.js'

type Call = Omit<EngineCall, 'what' | 'timeoutMs' | 'accept'>

export interface TaskCall {
  /** Fetches the image when the host does not have it. */
  readonly pull: Call
  /** Ends with the exit code of the command, or of compose when it could not start it: the container, which stays, tells. Its output is that of the command alone. */
  readonly run: Call
}

/** Names are the container's, so that it can be taken away by that name when its time is over. */
export type TaskGiven = DocumentGiven & { readonly task: Task; readonly name: string }

/**
 * A one-off command as `docker compose run --rm <service> <argv>` runs it, in the release's image: with the image's entrypoint, the
 * service's networks, volumes and variables; without its names, ports and healthcheck. Nothing it needs is in an argv but the
 * command itself.
 */
export function taskCall({ stack, release, task, name, scope, environment, secretSettings }: TaskGiven): TaskCall {
  const { definition } = stack
  const service = {
    ...ownService(definition, {
      image: servingImage(release),
      environment: ownEnvironment(definition, { release, secretSettings, own: { ECLUSE_VERSION: release.version, ECLUSE_ENVIRONMENT: environment, ...task.env } }),
      labels: { 'ecluse.scope': scope, 'ecluse.role': 'task', 'ecluse.version': release.version },
    }),
    networks: ownNetworks(definition, stack.networks),
    restart: 'no',
    healthcheck: { disable: true },
    pull_policy: 'missing',
  }
  const stdin = JSON.stringify({ services: { [stack.service]: service }, ...surroundingsOf(stack, definition, stack) })
  const compose = ['compose', '--project-name', name, '--file', '-']
  // A word of compose's own would be taken for the command's.
  const rest = { stdin, cwd: stack.projectFolder, userEnvironment: true, env: { COMPOSE_PROGRESS: 'quiet' } }
  return {
    pull: { ...rest, argv: [...compose, 'pull', '--quiet', stack.service] },
    run: { ...rest, argv: [...compose, 'run', '--no-deps', '--no-TTY', '--interactive=false', '--name', name, stack.service, ...task.argv] },
  }
}
