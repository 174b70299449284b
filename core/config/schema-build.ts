import { z } from 'zod'
import { attestationChoices, builderNames, cacheKinds, type BuildCache, type BuildSettings } from '../domain/environment.js'
import { isRepository, isTag } from '../domain/image-name.js'
import type { Accepted } from '../domain/vulnerability.js'
import type { Problem } from '../errors/families.js'
import { parseBytes } from '../inputs/values.js'
import type { Places } from './problems.js'
import { scanOf, scanSchema } from './schema-scan.js'
import { signOf, signSchema } from './schema-signatures.js'
import { choice, duration, formed, milliseconds, text, yesNo } from './words.js'

const NAMED = /^(?<name>[A-Za-z0-9][A-Za-z0-9_.:@/-]*)=(?<value>\S.*)$/
const SECRET = /^(?<id>[A-Za-z0-9][A-Za-z0-9_.-]*)=(?<variable>[A-Za-z_][A-Za-z0-9_]*)$/

const login = z.strictObject({
  username: text('Who pushes.', '${env:REGISTRY_USER}'),
  password: text('Password or access token, from a secret.', '${env:REGISTRY_TOKEN}'),
}, { error: 'a mapping with `username` and `password`' }).meta({ description: 'Login to the registry of `repository`, for this run alone. Default: what docker has already.', examples: [{ username: '${env:REGISTRY_USER}', password: '${env:REGISTRY_TOKEN}' }] })

export const buildSchema = z.strictObject({
  builder: choice('What builds: `buildx`, which pushes to `repository`, or `oci-layout`, which needs no engine and writes to a folder. Default: `buildx` where there is a `repository`.', builderNames).optional(),
  repository: z.string({ error: 'a text' }).refine(isRepository, { error: 'a repository without tag, such as `registry.example/acme/shop`' }).meta({ description: 'Where images are pushed to.', examples: ['registry.example/acme/shop'] }).optional(),
  login: login.optional(),
  context: text('Folder with the sources.', '.').optional(),
  file: text('The Dockerfile, relative to the context.', 'Dockerfile').optional(),
  contexts: z.array(formed(NAMED, '`name=folder` or `name=docker-image://…`', { description: 'Name and place.', examples: ['assets=../assets'] })).meta({ description: 'More contexts, under names that the Dockerfile takes from.', examples: [['assets=../assets']] }).optional(),
  secrets: z.array(formed(SECRET, '`id=VARIABLE`', { description: 'Id and variable.', examples: ['npm=NPM_TOKEN'] })).meta({ description: 'Secrets that steps of the Dockerfile mount: the id there, and the variable of the environment that holds the value. No part of the image.', examples: [['npm=NPM_TOKEN']] }).optional(),
  platforms: z.array(formed(/^[a-z0-9]+\/[a-z0-9]+(\/[a-z0-9.]+)?$/, 'a platform, such as `linux/amd64`', { description: 'System and architecture.', examples: ['linux/amd64'] })).min(1).meta({ description: 'Platforms to build for. Default: that of the machine.', examples: [['linux/amd64', 'linux/arm64']] }).optional(),
  cache: choice("Where layers are kept between runs: GitHub's cache, the registry, a folder, or nowhere.", [...cacheKinds, 'none'], 'none').optional(),
  'cache-place': text('Repository (`registry`; default: `repository`) or folder (`local`; default: `build-cache` in the state folder) of the cache.', 'registry.example/acme/shop-cache').optional(),
  'cache-within': duration('After so long without an answer of the cache, the build goes on without it.', '2m').optional(),
  attestations: choice('What is attached to the image: provenance and a list of its packages, provenance alone, or nothing, for what can read plain images only.', attestationChoices, 'full').optional(),
  'sbom-generator': text('Image that lists the packages. Default: the one that BuildKit fetches from Docker Hub.', 'registry.example/tools/syft-scanner@sha256:…').optional(),
  tags: z.array(z.string({ error: 'a tag' }).refine(isTag, { error: 'a tag of letters, digits, `.`, `_` and `-`' }).meta({ description: 'A tag.', examples: ['latest'] })).meta({ description: 'More tags beside the version, the commit and the content key.', examples: [['latest']] }).optional(),
  'environment-tags': yesNo('After a release is green in an environment, the tag of its name moves to the image.', false).optional(),
  'compare-with': text('The image that sizes are compared with: a tag of `repository`, or a whole reference.', 'production').optional(),
  'max-size': formed(/^(?=.*[1-9])\d+(\.\d+)?(B|KB|MB|GB|KiB|MiB|GiB)$/, 'a size, such as `300MB`', { description: 'A larger image fails the build.', examples: ['300MB'] }).optional(),
  scan: scanSchema.optional(),
  sign: signSchema.optional(),
}).meta({ description: 'How the image is made.' })

export type BuildFile = z.infer<typeof buildSchema>

/** Keys that only a builder with an engine can serve. */
const FOR_AN_ENGINE = ['repository', 'login', 'contexts', 'secrets', 'tags', 'environment-tags', 'sign'] as const
const USUAL_COMPARISON = 'production'

interface About {
  readonly app: string
  readonly state: string
}

interface Surroundings {
  readonly usualPlatform: string
  readonly accepted: readonly Accepted[]
  readonly env: Readonly<Record<string, string>>
}

export function settleBuild(file: BuildFile, about: About, { usualPlatform, accepted, env }: Surroundings): BuildSettings {
  const scan = scanOf(file.scan, accepted)
  const sign = signOf(file.sign)
  const cache = cacheOf(file, about)
  const maxBytes = file['max-size'] === undefined ? undefined : parseBytes(file['max-size'])
  return {
    ...about,
    builder: builderOf(file),
    context: file.context ?? '.',
    file: file.file ?? 'Dockerfile',
    contexts: Object.fromEntries((file.contexts ?? []).map((one) => pairOf(one))),
    secrets: Object.fromEntries((file.secrets ?? []).map((one) => pairOf(one)).map(([id, variable]) => [id, env[variable] ?? ''])),
    platforms: file.platforms ?? [usualPlatform],
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(file.repository === undefined ? {} : { repository: file.repository, compareWith: comparedWith(file.repository, file['compare-with']) }),
    ...(file.login === undefined ? {} : { login: file.login }),
    ...(cache === undefined ? {} : { cache }),
    attestations: file.attestations ?? 'full',
    ...(file['sbom-generator'] === undefined ? {} : { sbomGenerator: file['sbom-generator'] }),
    tags: file.tags ?? [],
    ...(scan === undefined ? {} : { scan }),
    ...(sign === undefined ? {} : { sign }),
  }
}

function builderOf(file: BuildFile): BuildSettings['builder'] {
  return file.builder ?? (file.repository === undefined ? 'oci-layout' : 'buildx')
}

function pairOf(one: string): readonly [string, string] {
  const at = one.indexOf('=')
  return [one.slice(0, at), one.slice(at + 1)]
}

function cacheOf(file: BuildFile, { state }: About): BuildCache | undefined {
  if (file.cache === undefined || file.cache === 'none') return undefined
  const place = file['cache-place'] ?? (file.cache === 'local' ? `${state}/build-cache` : file.repository)
  return { kind: file.cache, withinMs: milliseconds(file['cache-within'] ?? '2m'), ...(place === undefined || file.cache === 'gha' ? {} : { place }) }
}

function comparedWith(repository: string, given: string = USUAL_COMPARISON): string {
  return isTag(given) ? `${repository}:${given}` : given
}

/** What the shape can't say: keys that do not go together, secrets whose variable is not set. */
export function buildProblems(file: BuildFile | undefined, env: Readonly<Record<string, string>>, places: Places): readonly Problem[] {
  if (file === undefined) return []
  const problem = (key: string, message: string, fix: string): Problem => ({ code: 'config-invalid', message: `${places.at([key])}: \`${places.name([key])}\` ${message}.`, fix })
  const builder = builderOf(file)
  const asked = FOR_AN_ENGINE.filter((key) => file[key] !== undefined && file[key] !== false && !(Array.isArray(file[key]) && file[key].length === 0))
  const place = file['cache-place']
  const unset = (file.secrets ?? []).map((one) => pairOf(one)).filter(([, variable]) => (env[variable] ?? '') === '')
  return [
    ...(builder === 'buildx' && file.repository === undefined ? [problem('builder', 'is `buildx`, and there is no `repository` that it could push to', 'Add `build.repository`.')] : []),
    ...(builder === 'oci-layout' ? [...asked, ...(file.cache === undefined || file.cache === 'none' ? [] : ['cache'])].map((key) => problem(key, 'needs the builder `buildx`', 'Add `build.repository` and leave `builder` out, or take the key away.')) : []),
    ...(file.cache === 'registry' && place !== undefined && !isRepository(place) ? [problem('cache-place', 'is no repository', 'Name one without tag, such as `registry.example/acme/shop-cache`.')] : []),
    ...unset.map(([id, variable]): Problem => ({ code: 'environment-variable-missing', message: `${places.at(['secrets'])}: the secret \`${id}\` is to be in the variable \`${variable}\`, which is not set.`, fix: `Set \`${variable}\` in the \`env:\` of the step, or hand it over in \`ECLUSE_ENV\`.` })),
  ]
}
