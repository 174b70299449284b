import { FileError, InputError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import type { BuildRequest } from '../../../../ports/builder.js'
import { readDockerfile, declaredArguments, stageNamed, type Dockerfile } from '../dockerfile/stages.js'
import { Findings } from '../findings.js'
import { BadPattern } from '../../../../domain/dockerfile/glob.js'
import { readIgnore, type Ignore } from '../../../../domain/dockerfile/ignore.js'
import { absolute } from '../../../../domain/dockerfile/paths.js'
import type { PlatformOf } from '../store/documents.js'
import { platformIn, undeclaredArguments } from '../../../../domain/dockerfile/platform.js'

/** A tar's time has 32 bits in the writer that we use. */
const LAST_DATE = 2 ** 31 - 1

/** A request with everything read that says what to build, but the context itself. */
export interface Input {
  readonly context: string
  readonly destination: string
  /** What we write ourselves, inside the context. */
  readonly apart: readonly string[]
  readonly text: string
  readonly dockerfile: Dockerfile
  readonly target: number
  readonly ignore: Ignore
  readonly platforms: readonly PlatformOf[]
  readonly created: string
  readonly findings: Findings
}

export async function readInput(request: BuildRequest, { files, paths }: Ambient): Promise<Input> {
  const context = absolute(paths.work, request.context)
  const destination = absolute(paths.work, request.destination)
  const file = absolute(context, request.file)
  const findings = new Findings(request.file)
  const text = await files.textIfThere(file)
  if (text === undefined) throw new InputError([{ code: 'dockerfile-missing', message: `There is no Dockerfile at \`${file}\`.`, fix: 'Name it with the input `file`, relative to the context.' }])
  if (destination === context) findings.request('The image layout would be written into the context itself.', 'Set `destination` to a folder of its own.')
  const dockerfile = readDockerfile(text, findings)
  checkRequest(request, dockerfile, findings)
  const ignoreFile = (await files.textIfThere(`${file}.dockerignore`)) ?? (await files.textIfThere(`${context}/.dockerignore`)) ?? ''
  return {
    context, destination, text, dockerfile, findings,
    apart: [destination, ...(request.apart ?? []).map((folder) => absolute(paths.work, folder))],
    target: targetOf(request, dockerfile, findings),
    ignore: ignoreOf(ignoreFile, findings),
    platforms: platformsOf(request, findings),
    created: new Date(request.sourceDate * 1000).toISOString().replace('.000Z', 'Z'),
  }
}

function checkRequest({ args, version, sourceDate }: BuildRequest, dockerfile: Dockerfile, findings: Findings): void {
  const declared = declaredArguments(dockerfile)
  for (const name of Object.keys(args)) {
    if (declared.has(name) || undeclaredArguments.includes(name)) continue
    findings.request(`Build argument \`${name}\` is given, and no ARG of the Dockerfile declares it.`, `Add \`ARG ${name}\`, or take it out of \`args\`.`)
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/.test(version)) findings.request(`The version is "${version}".`, 'Use at most 128 letters, digits, `.`, `_`, `+` and `-`.')
  if (!Number.isInteger(sourceDate) || sourceDate < 0 || sourceDate > LAST_DATE) {
    throw new InputError([{ code: 'input-invalid', message: `The source date is "${sourceDate}".`, fix: `Set it to whole seconds since the epoch, at most ${LAST_DATE}.` }])
  }
}

function targetOf({ target }: BuildRequest, dockerfile: Dockerfile, findings: Findings): number {
  const { stages } = dockerfile
  if (target === undefined || target === '') return stages.length - 1
  const index = stageNamed(dockerfile, target, stages.length)
  if (index !== undefined) return index
  const names = stages.flatMap(({ from }) => (from.name === undefined ? [] : [`\`${from.name}\``]))
  findings.request(`The target is "${target}", and no stage is named so.`, names.length === 0 ? 'Name the stage with `FROM … AS <name>`.' : `Use one of ${names.join(', ')}.`)
  return stages.length - 1
}

function platformsOf({ platforms }: BuildRequest, findings: Findings): readonly PlatformOf[] {
  if (platforms.length === 0) findings.request('No platform is named to build for.', 'Name one, such as `linux/amd64`.')
  return [...new Set(platforms)].flatMap((text) => {
    const platform = platformIn(text)
    if (platform === undefined) findings.request(`"${text}" is no platform.`, 'Write it as `linux/amd64` or `linux/arm/v7`.')
    return platform === undefined ? [] : [platform]
  })
}

function ignoreOf(text: string, findings: Findings): Ignore {
  try {
    return readIgnore(text)
  } catch (thrown) {
    if (!(thrown instanceof BadPattern)) throw thrown
    findings.request(`\`.dockerignore\`: ${thrown.message}.`, 'Correct the pattern; a backslash takes the next character as it is.')
    return readIgnore('')
  }
}

/** The folder that holds the context must be there; a file in its place is none. */
export async function requireContext(context: string, { files }: Ambient): Promise<void> {
  if ((await files.info(`${context}/.`)) !== undefined) return
  throw new FileError('file-missing', { message: `Could not read the context \`${context}\`: there is no such folder.`, fix: 'Correct the input `context`.', path: context })
}
