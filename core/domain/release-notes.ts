import type { ReleaseNotes } from './dashboard/model.js'
import { migrationsAmong } from './migration-paths.js'

export type { ReleaseNotes } from './dashboard/model.js'

/** Two commits of a repository and what lies between them, oldest first. */
export interface Between {
  readonly url: string
  readonly commits: readonly { readonly sha: string; readonly title: string; readonly author: string; readonly url: string }[]
  readonly total: number
  readonly files: readonly { readonly path: string }[]
}

type Pull = ReleaseNotes['pullRequests'][number]

/** What changed between the release before and this one, newest first. */
export function releaseNotes(between: Between, pullRequests: readonly Pull[], options: { readonly backwards: boolean; readonly migrationPaths?: readonly string[] | undefined }): ReleaseNotes {
  return {
    compareUrl: between.url,
    commits: between.commits.map(({ sha, title, author, url }) => ({ sha, title, author, url })).toReversed(),
    total: between.total,
    pullRequests: pullRequests.map(({ number, title, author, url }) => ({ number, title, author, url })),
    migrations: migrationsAmong(between.files.map(({ path }) => path), options.migrationPaths),
    backwards: options.backwards,
  }
}

/** `12 commits, 3 pull requests, 1 migration`; of a way back, what is taken away. */
export function notesInShort({ total, pullRequests, migrations, backwards }: ReleaseNotes): string {
  if (total === 0) return 'no commits'
  const parts = [counted(total, 'commit'), ...(pullRequests.length === 0 ? [] : [counted(pullRequests.length, 'pull request')]), ...(migrations.length === 0 ? [] : [counted(migrations.length, 'migration')])]
  return `${parts.join(', ')}${backwards ? ' taken back' : ''}`
}

export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
