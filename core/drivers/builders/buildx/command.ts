import { CONTENT_KEY_LABEL } from '../../../domain/image-labels.js'
import type { EngineRequest } from '../../../ports/builder.js'
import type { Content } from './content-key.js'
import type { Draft } from './draft.js'
import type { Input } from './input.js'

/** Images that were pushed and not yet examined, where the engine can't push without a tag. */
export const UNCHECKED = 'unchecked'

export interface Machine {
  /** `docker`: the engine's own; `docker-container`, `kubernetes`, `remote`: a builder of its own. */
  readonly driver: string
}

/** What `docker` is called with. No secret is in it: `env` has them. */
export function buildCommand(input: Input, content: Content, draft: Draft, { driver }: Machine, cache: readonly string[]): { readonly argv: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const { request, engine } = input
  const many = (flag: string, pairs: Readonly<Record<string, string>>): readonly string[] => Object.entries(pairs).flatMap(([name, value]) => [flag, `${name}=${value}`])
  const secrets = Object.entries(engine.secrets).map(([id, value], index) => ({ id, value, variable: `ECLUSE_BUILD_SECRET_${index}` }))
  return {
    argv: [
      'buildx', 'build', '--progress', 'rawjson', '--file', draft.dockerfile, '--metadata-file', draft.metadata,
      ...(request.target === undefined || request.target === '' ? [] : ['--target', request.target]),
      '--platform', request.platforms.join(','),
      ...many('--build-arg', request.args),
      ...many('--label', { ...request.labels, ...(content.key === undefined ? {} : { [CONTENT_KEY_LABEL]: content.key }) }),
      ...many('--build-context', Object.fromEntries(Object.entries(content.pinned).map(([name, pinned]) => [name, `docker-image://${pinned}`]))),
      ...many('--build-context', pinnedContexts(engine, content)),
      ...secrets.flatMap(({ id, variable }) => ['--secret', `id=${id},env=${variable}`]),
      ...attestations(engine),
      ...cache,
      '--output', output(input.repository, driver),
      input.context,
    ],
    env: {
      SOURCE_DATE_EPOCH: String(request.sourceDate), BUILDX_METADATA_PROVENANCE: 'disabled', DOCKER_CLI_HINTS: 'false',
      ...Object.fromEntries(secrets.map(({ variable, value }) => [variable, value])),
    },
  }
}

function pinnedContexts({ contexts }: EngineRequest, { pinned }: Content): Readonly<Record<string, string>> {
  const scheme = 'docker-image://'
  return Object.fromEntries(Object.entries(contexts).map(([name, place]) => [name, place.startsWith(scheme) ? `${scheme}${pinned[place.slice(scheme.length)] ?? place.slice(scheme.length)}` : place]))
}

function attestations({ attestations: form, sbomGenerator }: EngineRequest): readonly string[] {
  if (form === 'none') return ['--provenance=false', '--sbom=false']
  const list = form === 'full' ? `--attest=type=sbom${sbomGenerator === undefined ? '' : `,generator=${sbomGenerator}`}` : '--sbom=false'
  return ['--provenance=mode=max', list]
}

/**
 * Straight to the registry, with every file dated alike. An image that the engine kept as well would be unpacked at once, which
 * rules the dating out. The engine's own builder can't push without a tag.
 */
function output(repository: string, driver: string): string {
  const named = driver === 'docker' ? `name=${repository}:${UNCHECKED}` : `name=${repository},push-by-digest=true,name-canonical=true`
  return `type=image,${named},push=true,store=false,rewrite-timestamp=true`
}
