import { describe, expect, test } from '@jest/globals'
import { readNotes } from '../../../core/delivery/notes.js'
import { migrationsAmong } from '../../../core/domain/migration-paths.js'
import { notesInShort } from '../../../core/domain/release-notes.js'
import type { Comparison, Repository } from '../../../core/ports/repository.js'

describe('a path that looks like a migration', () => {
  test.each([
    'prisma/migrations/20260101_add/migration.sql', 'db/migrate/20260101000000_add_users.rb', 'alembic/versions/9f2_add.py', 'shop/orders/migrations/0002_price.py', 'database/migrations/2026_01_01_create.php',
    'src/main/resources/db/migration/V2__price.sql', 'sql/V1_1__x.sql', 'sql/R__views.sql', 'sql/U2__price.sql', 'priv/repo/migrations/1_x.exs', 'supabase/migrations/1.sql', 'drizzle/0001_x.sql',
    'src/main/resources/db/changelog/db.changelog-2.yaml', 'db/changelog.xml', 'Migrations/20260101_Init.cs', 'api/migrations/001.up.sql',
  ])('%s', (path) => {
    expect(migrationsAmong([path])).toEqual([path])
  })

  test('and what does not', () => {
    expect(migrationsAmong(['CHANGELOG.md', 'changelog.json', 'src/migrate.ts', 'migrations', 'shop/migrations/__init__.py', 'src/emigration/x.ts', 'db/seeds.sql', 'docs/V2__notes.md', 'immigrations.sql'])).toEqual([])
  })

  test('is seen at once, whatever somebody calls a file', () => {
    const paths = ['.', '-', './', '-a.'].flatMap((part) => ['changelog', 'db/changelog', 'db.changelog'].map((start) => `${start}${part.repeat(22)}x`))
    const before = performance.now()
    expect(migrationsAmong(paths)).toEqual([])
    expect(performance.now() - before).toBeLessThan(3000)
  })

  test('also where the user says', () => {
    const paths = ['schema/1.sql', 'schema/old/2.sql', 'schemata/3.sql', 'src/a.ts', 'x/db.changes/4.txt', 'tables.sql']
    expect(migrationsAmong(paths, ['schema'])).toEqual(['schema/1.sql', 'schema/old/2.sql'])
    expect(migrationsAmong(paths, ['./schema/'])).toEqual(['schema/1.sql', 'schema/old/2.sql'])
    expect(migrationsAmong(paths, ['schema/*.sql', 'tables.sql'])).toEqual(['schema/1.sql', 'tables.sql'])
    expect(migrationsAmong(paths, ['**/*.sql'])).toEqual(['schema/1.sql', 'schema/old/2.sql', 'schemata/3.sql', 'tables.sql'])
    expect(migrationsAmong(paths, ['**/db.changes/**', 'schem?/1.sql'])).toEqual(['schema/1.sql', 'x/db.changes/4.txt'])
  })
})

describe('notes', () => {
  const commit = (sha: string): Comparison['commits'][number] => ({ sha, title: `Change ${sha}`, author: 'ada', at: 0, url: `https://github.com/acme/shop/commit/${sha}` })
  const comparison = (relation: Comparison['relation'], ...shas: readonly string[]): Comparison => ({
    url: `https://github.com/acme/shop/compare/${shas.join('-')}`, relation, commits: shas.map(commit), total: shas.length, files: [{ path: 'db/migrate/1.rb', change: 'added' }], filesCut: false,
  })
  const repositoryOf = (known: Readonly<Record<string, Comparison>>): Pick<Repository, 'compare' | 'pullRequests'> => ({
    compare: async (base, head) => known[`${base}...${head}`],
    pullRequests: async (commits) => commits.slice(0, 1).map(({ sha }) => ({ number: 12, title: `Add ${sha}`, author: 'bob', url: 'https://github.com/acme/shop/pull/12', labels: ['x'] })),
  })

  test('go forward, newest first', async () => {
    const found = await readNotes(repositoryOf({ 'a...c': comparison('ahead', 'b', 'c') }), 'a', 'c', { most: 5 })
    expect(found).toMatchObject({ relation: 'ahead', notes: { backwards: false, total: 2, commits: [{ sha: 'c' }, { sha: 'b' }], pullRequests: [{ number: 12, title: 'Add b', author: 'bob' }], migrations: ['db/migrate/1.rb'] } })
    expect(notesInShort(found!.notes)).toBe('2 commits, 1 pull request, 1 migration')
  })

  test('of a way back tell what is taken away', async () => {
    const found = await readNotes(repositoryOf({ 'c...a': { ...comparison('behind'), files: [] }, 'a...c': comparison('ahead', 'b', 'c') }), 'c', 'a', { most: 0 })
    expect(found).toMatchObject({ relation: 'behind', notes: { backwards: true, total: 2, pullRequests: [] } })
    expect(notesInShort(found!.notes)).toBe('2 commits, 1 migration taken back')
  })

  test('are not made up where a commit is not known', async () => {
    expect(await readNotes(repositoryOf({}), 'a', 'c', { most: 5 })).toBeUndefined()
    expect(await readNotes(repositoryOf({}), '', 'c', { most: 5 })).toBeUndefined()
  })

  test('between the same commit twice there is nothing', async () => {
    const found = await readNotes(repositoryOf({ 'a...a': { ...comparison('identical'), files: [] } }), 'a', 'a', { most: 5 })
    expect(notesInShort(found!.notes)).toBe('no commits')
  })
})
