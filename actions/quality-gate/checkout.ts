import { messageOf, ProcessError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'

const WITHIN_MS = 60_000
const SHOWN = 5

/** What git says of the checkout. */
export interface Checkout {
  readonly commit: string
  /** Files of the commit that differ from it, and nothing of files that it does not know. */
  readonly changed: readonly string[]
}

/** The commit that is checked out, or why that can't be told. */
export async function lookAtCheckout(ambient: Ambient): Promise<Checkout | { readonly unknown: string }> {
  try {
    const commit = (await git('read the commit that is checked out', ['rev-parse', '--verify', 'HEAD^{commit}'], ambient)).trim()
    const status = await git('compare the checkout with its commit', ['status', '--porcelain=v1', '-z', '--untracked-files=no', '--ignore-submodules=none'], ambient)
    // A renamed file is followed by its old name, which has no state of its own.
    const changed = status.split('\0').filter((entry) => /^.. ./.test(entry)).map((entry) => entry.slice(3))
    return { commit, changed }
  } catch (fault) {
    if (!(fault instanceof ProcessError) || fault.code === 'aborted') throw fault
    return { unknown: messageOf(fault) }
  }
}

/** Commits before the one that is checked out, the nearest first; a shallow checkout knows only the parent's name. */
export async function ancestors(most: number, ambient: Ambient): Promise<readonly string[]> {
  const known = await git('list the commits before this one', ['rev-list', '--first-parent', '--skip=1', `--max-count=${most}`, 'HEAD'], ambient)
  const listed = known.split('\n').filter((line) => line !== '')
  if (listed.length > 0) return listed
  const raw = await git('read the parent of the commit', ['cat-file', 'commit', 'HEAD'], ambient)
  const parent = /^parent (?<id>[0-9a-f]+)$/m.exec(raw.split('\n\n')[0] ?? '')?.groups?.['id']
  return parent === undefined ? [] : [parent]
}

export function shownFiles(files: readonly string[]): string {
  const first = files.slice(0, SHOWN).map((file) => `\`${file}\``).join(', ')
  return files.length > SHOWN ? `${first} and ${files.length - SHOWN} more` : first
}

/** Without locks: the user's own commands may run git meanwhile. */
async function git(what: string, args: readonly string[], ambient: Ambient): Promise<string> {
  const { stdout } = await ambient.process.run({ what, argv: ['git', '--no-optional-locks', ...args], cwd: ambient.paths.work, timeoutMs: WITHIN_MS })
  return stdout
}
