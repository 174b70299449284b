import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compareFingerprints } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { bytes, collected } from '../../support/backup-ambient.js'
import { databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'

/** Brings two places and says that a dump has only those which somebody added; as PostGIS does with its reference systems. */
const SCRIPT = `CREATE TABLE places (id int PRIMARY KEY, name text, brought bool DEFAULT false);
INSERT INTO places VALUES (1, 'here', true), (2, 'there', true);
CREATE TABLE rules (a int);
SELECT pg_extension_config_dump('places', 'WHERE NOT brought ORDER BY id');
SELECT pg_extension_config_dump('rules', '');`

withEngines(['postgres', 'pg-clients', 'postgres-18', 'pg-clients-18'], 'what a table of an extension holds', (pathOf) => {
  let lab: DatabaseLab
  let folder = ''
  beforeAll(async () => {
    lab = await databaseLab({ major: 18, clients: pathOf('pg-clients-18') })
    // The server's user must get in.
    folder = mkdtempSync(path.join(tmpdir(), 'ecluse-extension-'))
    chmodSync(folder, 0o711)
    const extension = path.join(folder, 'extension')
    mkdirSync(extension)
    writeFileSync(path.join(extension, 'atlas.control'), `default_version = '1'\n`)
    writeFileSync(path.join(extension, 'atlas--1.sql'), SCRIPT)
    lab.sql(`ALTER SYSTEM SET extension_control_path = '$system:${folder}'`)
    lab.sql('SELECT pg_reload_conf()')
  })
  afterAll(async () => {
    await lab.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('is compared by what a dump has of it: a brought row that was changed is as the extension brings it', async () => {
    const url = lab.database('maps')
    lab.sql(`CREATE EXTENSION atlas; INSERT INTO places VALUES (3, 'mine'); INSERT INTO rules VALUES (7); UPDATE places SET name = 'moved' WHERE id = 1; DELETE FROM places WHERE id = 2`, 'maps')
    const database = postgresDatabase({ url }, lab.ambient)
    const dump = await database.dump({ checksums: true })
    const content = await collected(dump.content)
    const { fingerprint } = await dump.taken()
    await dump.close()
    expect(fingerprint.rows).toEqual({ 'public.places (without what its extension brings)': 1, 'public.rules': 1 })
    const scratch = await database.scratch()
    await scratch.restore(bytes(content))
    const found = await scratch.fingerprint({ checksums: true })
    expect(compareFingerprints(fingerprint, found)).toEqual([])
    // A receipt of an older version counted all of them.
    const { rows: _, checksums: __, ...rest } = fingerprint
    expect(compareFingerprints({ ...rest, rows: { 'public.places': 3, 'public.rules': 1 } }, found)).toEqual([])
    lab.sql('DELETE FROM places WHERE id = 3', scratch.name)
    expect(compareFingerprints(fingerprint, await scratch.fingerprint({ checksums: true })).map(({ kind, name }) => [kind, name])).toEqual([
      ['rows', 'public.places (without what its extension brings)'], ['checksum', 'public.places (without what its extension brings)'],
    ])
    await scratch.drop()
  })
})
