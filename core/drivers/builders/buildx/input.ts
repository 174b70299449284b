import { BadPattern } from '../../../domain/dockerfile/glob.js'
import { readIgnore, type Ignore } from '../../../domain/dockerfile/ignore.js'
import { originsOf, type Origins } from '../../../domain/dockerfile/images.js'
import { absolute } from '../../../domain/dockerfile/paths.js'
import { undeclaredArguments } from '../../../domain/dockerfile/platform.js'
import { isRepository, tagOf } from '../../../domain/image-name.js'
import { InputError, type Problem } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { BuildRequest, EngineRequest } from '../../../ports/builder.js'

/** A request that has been read and can be built, as far as that can be said without an engine. */
export interface Input {
  readonly request: BuildRequest
  readonly engine: EngineRequest
  /** Absolute. */
  readonly context: string
  readonly repository: string
  /** The Dockerfile's own name and text. */
  readonly name: string
  readonly text: string
  /** What the context leaves out, as text and as rules. */
  readonly ignoreText: string
  readonly ignore: Ignore
  readonly origins: Origins
}

/** A context that is fetched from elsewhere. */
export const REMOTE = /^[a-z-]+:\/\/|^git@/
const NO_ENGINE_REQUEST: EngineRequest = { contexts: {}, secrets: {}, attestations: 'none', reuse: true }
/** The engine knows these without an ARG. */
const KNOWN_ARGUMENT = /^BUILDKIT_|^SOURCE_DATE_EPOCH$/
const SECRET_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/

/** Rejects with everything that is wrong with the request, all at once. */
export async function readInput(request: BuildRequest, { files, paths }: Ambient): Promise<Input> {
  const engine = withPlaces(request.engine ?? NO_ENGINE_REQUEST, paths.work)
  const context = absolute(paths.work, request.context)
  const file = absolute(context, request.file)
  const problems: Problem[] = []
  if ((await files.info(`${context}/.`)) === undefined) problems.push({ code: 'file-missing', message: `Could not read the context \`${context}\`: there is no such folder.`, fix: 'Correct the input `context`.' })
  const text = await files.textIfThere(file)
  if (text === undefined) problems.push({ code: 'dockerfile-missing', message: `There is no Dockerfile at \`${file}\`.`, fix: 'Name it with the input `file`, relative to the context.' })
  const origins = originsOf(text ?? '', { args: request.args, platforms: request.platforms, contexts: Object.keys(engine.contexts), ...(request.target === undefined ? {} : { target: request.target }) })
  for (const [name, place] of Object.entries(engine.contexts)) {
    if (place.startsWith('/') && (await files.info(`${place}/.`)) === undefined) problems.push({ code: 'file-missing', message: `Could not read the context \`${name}\`, \`${place}\`: there is no such folder.`, fix: 'Correct the input `contexts`.' })
  }
  problems.push(...requestProblems(request, engine), ...(text === undefined ? [] : fileProblems(request, origins)))
  const ignoreText = await ignoreTextOf(request, context, file, { files, paths })
  const ignore = ignoreOf(ignoreText, problems)
  const [first, ...rest] = problems
  if (first !== undefined) throw new InputError([first, ...rest])
  return { request, engine, context, repository: request.destination, name: file.slice(file.lastIndexOf('/') + 1), text: text!, ignoreText, ignore, origins }
}

/** Folders are named from where the user works. */
function withPlaces(engine: EngineRequest, work: string): EngineRequest {
  return { ...engine, contexts: Object.fromEntries(Object.entries(engine.contexts).map(([name, place]) => [name, REMOTE.test(place) ? place : absolute(work, place)])) }
}

function requestProblems({ version, destination, sourceDate, platforms }: BuildRequest, { secrets }: EngineRequest): readonly Problem[] {
  const wrong = (message: string, fix: string): Problem => ({ code: 'input-invalid', message, fix })
  return [
    ...(tagOf(version) === undefined ? [wrong(`The version is "${version}", which can not be a tag.`, 'Use at most 128 letters, digits, `.`, `_`, `+` and `-`.')] : []),
    ...(isRepository(destination) ? [] : [wrong(`The repository is "${destination}".`, 'Set `build.repository` to a name such as `registry.example/team/shop`, in lower case, without tag.')]),
    ...(Number.isInteger(sourceDate) && sourceDate >= 0 ? [] : [wrong(`The source date is "${sourceDate}".`, 'Set it to whole seconds since the epoch.')]),
    ...(platforms.length === 0 ? [wrong('No platform is named to build for.', 'Name one, such as `linux/amd64`.')] : []),
    ...Object.keys(secrets).filter((id) => !SECRET_ID.test(id)).map((id) => wrong(`"${id}" is no id for a secret.`, 'Use letters, digits, `_`, `.` and `-`.')),
  ]
}

function fileProblems({ args, target }: BuildRequest, { declared, stages }: Origins): readonly Problem[] {
  const strangers = Object.keys(args).filter((name) => !declared.has(name) && !undeclaredArguments.includes(name) && !KNOWN_ARGUMENT.test(name))
  const foreign = target !== undefined && target !== '' && !stages.names.includes(target.toLowerCase()) && !(/^\d+$/.test(target) && Number(target) < stages.count)
  return [
    ...strangers.map((name): Problem => ({ code: 'input-invalid', message: `Build argument \`${name}\` is given, and no ARG of the Dockerfile declares it.`, fix: `Add \`ARG ${name}\`, or take it out of \`args\`.` })),
    ...(foreign ? [{ code: 'input-invalid', message: `The target is "${target}", and no stage is named so.`, fix: stages.names.length === 0 ? 'Name the stage with `FROM … AS <name>`.' : `Use one of ${stages.names.map((name) => `\`${name}\``).join(', ')}.` } satisfies Problem] : []),
  ]
}

/** The user's rules, and then our own folders: what Ecluse writes is no source. */
async function ignoreTextOf({ apart = [] }: BuildRequest, context: string, file: string, { files, paths }: Pick<Ambient, 'files' | 'paths'>): Promise<string> {
  const own = (await files.textIfThere(`${file}.dockerignore`)) ?? (await files.textIfThere(`${context}/.dockerignore`)) ?? ''
  const ours = apart.map((folder) => absolute(paths.work, folder)).flatMap((folder) => (folder.startsWith(`${context}/`) ? [folder.slice(context.length + 1)] : []))
  return [own.trimEnd(), ...ours.map((folder) => `/${folder.replaceAll(/[*?[\]\\]/g, '\\$&')}`), ''].join('\n')
}

function ignoreOf(text: string, problems: Problem[]): Ignore {
  try {
    return readIgnore(text)
  } catch (thrown) {
    if (!(thrown instanceof BadPattern)) throw thrown
    problems.push({ code: 'input-invalid', message: `\`.dockerignore\`: ${thrown.message}.`, fix: 'Correct the pattern; a backslash takes the next character as it is.' })
    return readIgnore('')
  }
}
