import { InputError, ProcessError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { ImageRequest } from './request.js'

/** Where the sources come from, as the image will say it. */
export interface Origin {
  readonly version: string
  /** Full commit id, or `''` when it is not known. */
  readonly commit: string
  /** Address of the repository, or `''`. */
  readonly repository: string
  readonly sourceDate: number
  /** Files under version control were changed after the commit. */
  readonly dirty: boolean
}

interface Checkout {
  readonly commit: string
  readonly committedAt: number
  readonly dirty: boolean
  readonly repository: string
}

/** Of one length everywhere: git's own choice depends on how much of the history a clone has. */
export const SHORT = 12
const GIT_LIMIT_MS = 30_000

/** What was not given comes from the checkout. */
export async function originOf(request: ImageRequest, ambient: Ambient): Promise<Origin> {
  const checkout = await checkoutAt(request.settings.context, ambient)
  const known = typeof checkout === 'string' ? undefined : checkout
  if (typeof checkout === 'string' && (request.commit === undefined || request.sourceDate === undefined)) {
    ambient.log.warn(`The image names no commit or date of its own: git says "${checkout}" of \`${request.settings.context}\`. Set \`commit\` and \`source-date\` to change that.`)
  }
  const commit = request.commit ?? known?.commit ?? ''
  const version = request.version ?? versionOf(commit, known, ambient)
  if (version === undefined) {
    throw new InputError([{
      code: 'input-missing',
      message: `Input \`version\` is not given, and \`${request.settings.context}\` has no commit to name it after: ${typeof checkout === 'string' ? checkout : 'git names none'}.`,
      fix: 'Set `version`, or build from a git checkout.',
    }])
  }
  return { version, commit, repository: known?.repository ?? '', sourceDate: request.sourceDate ?? known?.committedAt ?? 0, dirty: known?.dirty === true && request.commit === undefined }
}

function versionOf(commit: string, checkout: Checkout | undefined, ambient: Ambient): string | undefined {
  if (commit === '') return undefined
  if (!checkout?.dirty) return commit.slice(0, SHORT)
  ambient.log.warn('Files under version control were changed after the commit: the version ends with `-dirty`.')
  return `${commit.slice(0, SHORT)}-dirty`
}

/** The checkout that holds a folder, or why there is none. */
async function checkoutAt(folder: string, ambient: Ambient): Promise<Checkout | string> {
  try {
    const commit = await git(folder, ['rev-parse', '--verify', 'HEAD'], ambient)
    const time = await git(folder, ['show', '--no-patch', '--no-show-signature', '--format=%ct', 'HEAD'], ambient)
    // As `git describe --dirty` has it: files that git does not follow say nothing.
    const changes = await git(folder, ['status', '--porcelain', '--untracked-files=no'], ambient)
    const remote = await git(folder, ['config', '--get', 'remote.origin.url'], ambient, [0, 1])
    return { commit, committedAt: Number(time), dirty: changes !== '', repository: webAddress(remote) }
  } catch (thrown) {
    if (!(thrown instanceof ProcessError) || thrown.code === 'aborted') throw thrown
    return thrown.code === 'program-missing' ? 'git is not installed' : (thrown.tail.at(-1) ?? thrown.message)
  }
}

async function git(folder: string, argv: readonly string[], ambient: Ambient, accept: readonly number[] = [0]): Promise<string> {
  const { stdout } = await ambient.process.run({ what: `ask git about \`${folder}\``, argv: ['git', '-C', folder, ...argv], timeoutMs: GIT_LIMIT_MS, accept })
  return stdout.trim()
}

const URL_REMOTE = /^(?:https?|ssh|git):\/\/(?:[^/]*@)?(?<host>[^/:@]+)(?::\d+)?\/(?<path>.+?)(?:\.git)?\/?$/
const SCP_REMOTE = /^[^@/:]+@(?<host>[^/:]+):(?<path>.+?)(?:\.git)?\/?$/

/** `git@github.com:o/r.git` and `https://user:token@github.com/o/r` → `https://github.com/o/r`; no secret gets into a label. */
export function webAddress(remote: string): string {
  const { host, path } = (URL_REMOTE.exec(remote) ?? SCP_REMOTE.exec(remote))?.groups ?? {}
  return host === undefined || path === undefined ? '' : `https://${host}/${path}`
}
