import { releaseNotes, type ReleaseNotes } from '../domain/release-notes.js'
import type { Comparison, Repository } from '../ports/repository.js'

export interface NotesOptions {
  /** Calls for pull requests. */
  readonly most: number
  readonly migrationPaths?: readonly string[] | undefined
}

export interface Notes {
  readonly notes: ReleaseNotes
  readonly relation: Comparison['relation']
  /** GitHub lists no more files than these: a migration may be missing. */
  readonly filesCut: boolean
}

/**
 * What lies between the release before and this one. Of a way back it is what is taken away, which GitHub tells only when it is asked
 * the other way round. `undefined` when a commit is not known, or not in the repository any more.
 */
export async function readNotes(repository: Pick<Repository, 'compare' | 'pullRequests'>, from: string, to: string, { most, migrationPaths }: NotesOptions): Promise<Notes | undefined> {
  if (from === '' || to === '') return undefined
  const ahead = await repository.compare(from, to)
  if (ahead === undefined) return undefined
  const backwards = ahead.relation === 'behind'
  const between = backwards ? await repository.compare(to, from) : ahead
  if (between === undefined) return undefined
  const pulls = between.commits.length === 0 || most <= 0 ? [] : await repository.pullRequests(between.commits, most)
  return { notes: releaseNotes(between, pulls, { backwards, migrationPaths }), relation: ahead.relation, filesCut: between.filesCut }
}
