import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { definitionSchema } from '../../../core/config/layers/definition.js'
import { settingsDiffReport } from '../../../core/domain/settings/diff.js'
import { root } from '../../support/policy/files.js'
import { ECLUSE, loaded, overviewOf, problemsIn } from './lab.js'

const guide = readFileSync(path.join(root, 'action-docs/guides/settings.md'), 'utf8')
/** The files that the guide shows, each named by its first line. */
const files: Readonly<Record<string, string>> = {
  'ecluse.yml': ECLUSE,
  ...Object.fromEntries([...guide.matchAll(/^```\w+\n# (?<file>environments\/\S+|\.env\.example)\n(?<text>[^]*?)^```/gm)].map(({ groups }) => [groups!['file']!, `# ${groups!['file']}\n${groups!['text']}`])),
}

describe('the guide to settings', () => {
  test('shows files that hold together', async () => {
    expect(Object.keys(files)).toEqual(['ecluse.yml', 'environments/schema.yml', 'environments/base.yml', 'environments/staging.yml', 'environments/production.yml', '.env.example'])
    expect((await loaded(files)).settings).toEqual({ DATABASE_POOL_SIZE: '50', LOGGING_LEVEL: 'info', LOGGING_SLOW_QUERY: '500ms', FEATURES_NEW_CHECKOUT: 'false' })
  })

  test('shows the table that comes of them', async () => {
    const rows = settingsDiffReport((await overviewOf(files))!).flatMap((part) => (part.kind === 'table' ? part.rows : []))
    for (const row of rows) expect(guide).toContain(`| ${row.join(' | ')} |`.replace('|  |', '| |'))
  })

  test('quotes the message that a missing key gets', async () => {
    const said = await problemsIn({ ...files, 'environments/production.yml': '# environments/production.yml\nfeatures: { new-checkout: false }\n' })
    expect(said).toHaveLength(1)
    expect(guide).toContain(said[0]!.split(' Write ')[0])
  })

  test('explains every word of a definition', () => {
    const rows = [...guide.matchAll(/^\| (`[a-z]+`(?:, `[a-z]+`)*) \|/gm)].flatMap(([, cell]) => [...cell!.matchAll(/`([a-z]+)`/g)].map(([, word]) => word!))
    expect(rows).toEqual(expect.arrayContaining(Object.keys(definitionSchema.shape)))
  })
})
