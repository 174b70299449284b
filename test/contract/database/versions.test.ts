import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { compareFingerprints, compareOutlines } from '../../../core/domain/fingerprint.js'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { openScratchHost } from '../../../core/drivers/databases/postgres/proof/index.js'
import { backupAmbient, bytes, collected } from '../../support/backup-ambient.js'
import { addressOf, databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { postgresBench } from './bench.js'
import { databaseContract } from './suite.js'

/** Servers, and clients of the same major or a newer one. */
const pairs = [
  ['postgres-16', 16, 'pg-clients-17'],
  ['postgres-17', 17, 'pg-clients-17'],
  ['postgres-18', 18, 'pg-clients-18'],
] as const

for (const [server, major, clients] of pairs) {
  withEngines(['pg-clients', 'zstd', server, clients], `PostgreSQL ${major} with ${clients}`, (pathOf) => {
    databaseContract('keeps the promises of the port', () => databaseLab({ major, clients: pathOf(clients) }).then(postgresBench))
  })
}

withEngines(['postgres', 'pg-clients', 'zstd', 'postgres-18', 'pg-clients-18'], 'majors beside each other', (pathOf) => {
  let old: DatabaseLab
  let young: DatabaseLab
  beforeAll(async () => {
    [old, young] = await Promise.all([databaseLab({ clients: pathOf('pg-clients-18') }), databaseLab({ major: 18, clients: pathOf('pg-clients-18') })])
  })
  afterAll(() => Promise.all([old.close(), young.close()]))
  const failure = (work: Promise<unknown>): Promise<unknown> => work.then(() => 'it did not fail', (fault: unknown) => fault)

  test('the clients of the server\'s own major are taken where there are newer ones, too', async () => {
    const { ambient } = old
    const only = { ...ambient, files: { ...ambient.files, list: async (folder: string) => (folder === '/usr/lib/postgresql' ? ambient.files.list(folder) : []) } }
    const [about, newest] = [await postgresDatabase({ url: old.server.url }, only).about(), await postgresDatabase({ url: young.server.url }, only).about()]
    expect([about.serverVersion, newest.serverVersion, newest.clientVersion].map((version) => Number.parseInt(version, 10))).toEqual([15, 18, 18])
    expect(Number.parseInt(about.clientVersion, 10)).toBeLessThan(18)
  })

  test('a client older than its server says both versions and the ways out', async () => {
    const ambient = backupAmbient({ work: old.work })
    const found = async (docker: boolean): Promise<unknown> => failure(postgresDatabase({ url: young.server.url }, {
      ...ambient, process: { ...ambient.process, which: async (name) => (name === 'docker' ? (docker ? '/usr/bin/docker' : undefined) : ambient.process.which(name)) },
    }).about())
    expect(await found(true)).toMatchObject({ code: 'client-too-old', message: expect.stringMatching(/1[567]\.\d+, the server is 18\./), fix: expect.stringMatching(/postgresql-client-18.*backup\.through: \{ image: postgres:18 \}/) })
    expect(await found(false)).toMatchObject({ code: 'client-too-old', fix: expect.not.stringContaining('through') })
  })

  test('a backup is proven in a newer major, and refused by an older one', async () => {
    const bench = postgresBench(old)
    const { database } = await bench.rich()
    const { name } = await database.about()
    const host = await openScratchHost({ database: addressOf(old.server, { database: name }), proveIn: { kind: 'server', url: young.server.url } }, old.ambient)
    const dump = await database.dump()
    const content = await collected(dump.content)
    const { fingerprint, outline } = await dump.taken()
    await dump.close()
    const scratch = await host.scratch(await database.traits())
    await scratch.restore(bytes(content))
    expect([compareOutlines(outline, await scratch.outline()), compareFingerprints(fingerprint, await scratch.fingerprint())]).toEqual([[], []])
    await scratch.drop()
    const back = await openScratchHost({ database: young.server.url, proveIn: { kind: 'server', url: old.server.url } }, young.ambient)
    expect(await failure(back.scratch(await database.traits()))).toMatchObject({ family: 'input', message: expect.stringMatching(/PostgreSQL 18\..* can not be proven in .* PostgreSQL 15\./), fix: expect.stringContaining('verify-in') })
    expect([...old.databases(), ...young.databases()].filter((one) => one.startsWith('ecluse_'))).toEqual([])
  })
})
