import { posix } from 'node:path'
import type { ComposeOptions } from '../../../../domain/environment.js'
import type { Problem } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { Engine } from '../../../../ports/engine.js'
import { dependenciesOf, neededBy, needWarnings } from './dependencies.js'
import { containersOf } from './document.js'
import { composeFiles, problem, refused, type ComposeFiles } from './files.js'
import { homeProblems } from './home.js'
import { fieldsOf, textOf, type Fields } from './literal.js'
import { networksOf, volumesOf } from './networks.js'
import { movedFiles, movedService, ownPaths, type Move } from './places.js'
import { portsOf } from './ports.js'
import { readStack, type Reading } from './read.js'
import { hasHealthcheck, replicasOf, serviceProblems, serviceWarnings } from './rules.js'
import type { Model, Stack } from './stack.js'
import { blankIn, type Blank } from './unset.js'

/** The user's compose files as one model. Rejects with `InputError` `compose-invalid`, all problems at once. */
export async function resolveStack(options: ComposeOptions, engine: Engine, ambient: Ambient): Promise<Stack> {
  const files = await composeFiles(options, ambient)
  const checkout = ambient.paths.work
  const reading = await readStack({ options, files, checkout }, engine)
  const distant = options.hosts.some(({ address }) => address !== undefined)
  const home = distant ? await homeProblems(reading, options.service, checkout, engine) : []
  return stackOf({ options, files, checkout, reading, distant, named: await isNamed(options, files, textOf(reading.resolved['name']) ?? '', ambient) }, home)
}

export interface Resolving {
  readonly options: ComposeOptions
  readonly files: ComposeFiles
  readonly checkout: string
  readonly reading: Reading
  /** A host is not this machine: nothing of the checkout is there. */
  readonly distant: boolean
  /** The project's name is written somewhere, and not only the folder's. */
  readonly named: boolean
}

export function stackOf(given: Resolving, found: readonly Problem[] = []): Stack {
  const { options, files, checkout, reading, distant, named } = given
  const { service } = options
  const { resolved } = reading
  const project = textOf(resolved['name']) ?? ''
  const services = Object.fromEntries(Object.entries(fieldsOf(resolved['services'])).map(([name, entry]) => [name, fieldsOf(entry)]))
  const written = services[service]
  if (written === undefined) throw refused([unknownService(service, Object.keys(services)), ...missingReloads(options, services)])
  const blank = blankIn(reading.template, reading.unset)
  const ports = portsOf(written, options)
  const problems = [...found, ...serviceProblems(service, written), ...ports.problems, ...missingReloads(options, services), ...blankProblems(service, blank), ...placeProblems(given, written)]
  if (problems.length > 0) throw refused(problems)
  const model = movedModel(given, services)
  const definition = model.services[service]!
  const dependencies = dependenciesOf(definition, model.services)
  const needed = neededBy(service, model.services)
  return {
    project, argv: reading.argv, checkout, projectFolder: files.folder, moved: options.folder !== undefined,
    service, definition, model, dependencies, needed,
    port: ports.port, published: ports.published, replicas: replicasOf(definition), healthcheck: hasHealthcheck(definition),
    networks: networksOf(definition, model.networks, project),
    volumes: volumesOf(definition, model.volumes, project),
    reload: options.edge.reload,
    unready: Object.fromEntries(needed.map((name) => [name, [...unsetIn(blank, name), ...(distant && options.folder === undefined ? awayFrom(given, fieldsOf(services[name])) : [])]])),
    warnings: [...ports.warnings, ...serviceWarnings(service, definition), ...needWarnings(service, needed, model.services), ...(named ? [] : [folderName(project)])],
    containersOf: (scope, instance) => containersOf(scope, instance, replicasOf(definition)),
  }
}

function unknownService(service: string, names: readonly string[]): Problem {
  return problem(`The compose files have no service \`${service}\`; they have ${names.map((name) => `\`${name}\``).join(', ') || 'none'}.`, 'Correct `service`.')
}

function missingReloads({ edge }: ComposeOptions, services: Readonly<Record<string, Fields>>): readonly Problem[] {
  return edge.reload.filter((name) => services[name] === undefined).map((name) => problem(`The compose files have no service \`${name}\`, which \`edge.reload\` names.`, 'Correct `edge.reload`.'))
}

/** Only what the service runs with: other services may have what this machine does not know. */
function blankProblems(service: string, { services, shared, elsewhere }: Blank): readonly Problem[] {
  const fix = 'Set it in the `env:` of the step, in `ECLUSE_ENV` or in `.env`, or give it a default in the compose file: `${NAME:-}`.'
  return [
    ...(services[service] ?? []).map((name) => problem(`Variable \`${name}\`, which service \`${service}\` uses, is not set; it would be blank.`, fix)),
    ...shared.filter((name) => !(services[service] ?? []).includes(name)).map((name) => problem(`Variable \`${name}\`, which the compose files use for networks, volumes or names, is not set.`, fix)),
    ...elsewhere.map((name) => problem(`Variable \`${name}\` is not set; a file that the compose files read (\`.env\`, \`env_file\`) uses it.`, 'Set it, or put a value that has a `$` of its own between single quotes.')),
  ]
}

function unsetIn({ services }: Blank, name: string): readonly string[] {
  return (services[name] ?? []).map((variable) => `variable \`${variable}\` is not set`)
}

function awayFrom({ checkout, reading }: Resolving, service: Fields): readonly string[] {
  const { resolved } = reading
  return ownPaths(service, fieldsOf(resolved['secrets']), fieldsOf(resolved['configs']), checkout).map((path) => `\`${path}\` is in the checkout, not on the host`)
}

function placeProblems(given: Resolving, service: Fields): readonly Problem[] {
  if (!given.distant || given.options.folder !== undefined) return []
  return awayFrom(given, service).map((why) => problem(`Service \`${given.options.service}\` uses a file by a relative path: ${why}.`, 'Set `folder` to the folder on the host that relative paths mean, or write the full path.'))
}

function movedModel({ options, files, checkout, reading }: Resolving, services: Readonly<Record<string, Fields>>): Model {
  const { resolved } = reading
  const plain = { services, networks: fieldsOf(resolved['networks']), volumes: fieldsOf(resolved['volumes']), secrets: fieldsOf(resolved['secrets']), configs: fieldsOf(resolved['configs']) }
  if (options.folder === undefined) return plain
  const move: Move = { checkout, projectFolder: files.folder, folder: options.folder }
  return {
    ...plain,
    services: Object.fromEntries(Object.entries(services).map(([name, service]) => [name, movedService(service, move)])),
    secrets: movedFiles(plain.secrets, move), configs: movedFiles(plain.configs, move),
  }
}

function folderName(project: string): string {
  return `The compose project is called \`${project}\` after the folder of its files here. If the stack on the host was started from another folder, it has another name: say it with \`name:\` in the compose file, or with \`project\`.`
}

/** By us, by `name:`, or by the environment: then it is another name than the folder's. */
async function isNamed({ project }: ComposeOptions, { paths, folder }: ComposeFiles, called: string, { files }: Ambient): Promise<boolean> {
  const plain = posix.basename(folder).toLowerCase().replaceAll(/[^a-z0-9_-]/g, '').replace(/^[_-]+/, '')
  if (project !== undefined || called !== plain) return true
  for (const path of paths) if (/^(?:name|"name")\s*:/m.test(await files.text(path))) return true
  return false
}
