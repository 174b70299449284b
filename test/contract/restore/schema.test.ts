import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { MigrateCommands } from '../../../core/domain/environment.js'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, type RestoreLab } from '../../support/restore-lab.js'

withEngines(['postgres', 'pg-clients'], 'the schema that a restore in place leaves', () => {
  let lab: RestoreLab
  beforeAll(async () => {
    lab = await restoreLab()
    await lab.backUp('good', { takenAt: '2026-11-01T10:00:00.000Z' })
    await lab.backUp('untold', { takenAt: '2026-10-01T10:00:00.000Z', schemaRevision: '' })
  })
  afterAll(() => lab.close())

  const commands: MigrateCommands = { up: 'true', revision: 'echo r9', in: 'runner', backwardCompatible: false, withinMs: 60_000 }
  test.each<[string, { readonly receipt?: string; readonly forward: boolean }, MigrateCommands | undefined, string | undefined]>([
    ['is where the migration ended', { forward: true }, commands, 'r9'],
    ['is that of the backup, where nothing migrated it', { forward: false }, commands, 'r1'],
    ['is not known after a migration of which no command tells', { forward: true }, { up: 'true', in: 'runner', backwardCompatible: false, withinMs: 60_000 }, undefined],
    ['is not known after a migration that failed', { forward: true }, { ...commands, up: 'exit 3' }, undefined],
    ['is not known of a backup that does not tell', { receipt: 'untold', forward: false }, commands, undefined],
  ])('%s', async (_, request, migrate, schema) => {
    await lab.run({ request: { ...request, target: 'in-place', confirm: lab.name, safetyBackup: false }, ...(migrate === undefined ? {} : { place: { migrate } }) })
    const last = lab.facts().at(-1)
    expect([last?.type, last?.type === 'restored' && last.kept !== '', last?.type === 'restored' ? last.schema : '']).toEqual(['restored', true, schema])
    expect(last?.type === 'restored' && Object.hasOwn(last, 'schema')).toBe(schema !== undefined)
  })
})
