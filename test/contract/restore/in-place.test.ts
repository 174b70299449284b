import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import { StateError } from '../../../core/errors/families.js'
import type { Database } from '../../../core/ports/database.js'
import { addressOf, clientProgram } from '../../support/database-lab.js'
import { withEngines } from '../../support/engines/index.js'
import { restoreLab, serves, type RestoreLab } from '../../support/restore-lab.js'

withEngines(['postgres', 'pg-clients'], 'a restore in place', () => {
  let lab: RestoreLab | undefined
  const inPlace = { target: 'in-place' as const, confirm: 'shop "one"', forward: true }
  const begun = async (): Promise<RestoreLab> => {
    await lab?.close()
    lab = await restoreLab()
    await lab.backUp('good', { takenAt: '2026-11-01T10:00:00.000Z' })
    lab.sql('DELETE FROM "Bestellung" WHERE id > 100', lab.name)
    return lab
  }
  afterAll(() => lab?.close())

  test('puts the backup in the place of the database, whoever is connected, and keeps what was there twice', async () => {
    const here = await begun()
    await serves(here, 'v7', 'good')
    const { host, port, user, password } = here.server
    const pool = spawn(clientProgram('psql'), ['-XqAt', '-h', host, '-p', String(port), '-U', user, '-d', here.name], { env: { ...process.env, PGPASSWORD: password }, stdio: ['pipe', 'pipe', 'ignore'] })
    pool.stdin.write('SELECT 1;\n')
    await new Promise((resolve) => { pool.stdout.once('data', resolve) })
    const { reason, outputs, summary, message } = await here.run({ request: inPlace })
    pool.kill()
    expect(reason).toBe('replaced')
    expect(here.rows()).toBe('500')
    expect(outputs.database).toBe(here.name)
    expect(here.rows(outputs.kept)).toBe('100')
    expect(message).toContain(`What was there before is kept as \`${outputs.kept}\`.`)
    expect(JSON.stringify(summary)).toContain(`DROP DATABASE \\"${outputs.kept.replaceAll('"', '\\"\\"')}\\";`)
    expect(Number(outputs['lost-seconds'])).toBeGreaterThan(1000)
    expect(here.facts()).toMatchObject([{ type: 'restoring', receipt: 'good', database: here.name }, { type: 'restored', ok: true, reason: 'replaced', kept: outputs.kept }])
    // The safety backup is one that can be restored, and never the one that is meant by itself.
    const again = await here.run({ request: { receipt: outputs['safety-receipt'], unverified: true, into: 'safety' } })
    expect([again.reason, here.rows('safety')]).toEqual(['restored', '100'])
    expect((await here.run({ request: { unverified: true, dryRun: true } })).outputs['receipt-id']).toBe('good')
    expect((await here.run({ request: { mode: 'list' } })).summary.parts.flatMap((part) => (part.kind === 'table' ? part.rows.flat() : []))).toEqual(expect.arrayContaining(['read, not restored', 'taken before a restore']))
  })

  test('then migrates forward, empties the caches and looks at what users see, in that order', async () => {
    const here = await begun()
    await serves(here, 'v7', 'good')
    const done: string[] = []
    const site = http.createServer((_, response) => {
      done.push('check')
      response.end('{"status":"ok"}')
    }).listen(0, '127.0.0.1')
    await once(site, 'listening')
    const log = path.join(here.work, 'commands')
    const place = {
      url: `http://127.0.0.1:${(site.address() as AddressInfo).port}`, checks: [{ name: 'GET /', method: 'GET' as const, path: '/', headers: {}, expect: { status: [], contains: [], json: {}, header: {}, health: false } }],
      migrate: { up: `echo "up for $ECLUSE_VERSION" >> '${log}'`, revision: `wc -l < '${log}' 2>/dev/null || echo 0`, in: 'runner' as const, backwardCompatible: true, withinMs: 60_000 }, flushCache: { redis: 'redis://cache/3' },
    }
    const cache = async (at: string): Promise<{ place: string; flush(): Promise<{ keys: number }> }> => ({ place: at, flush: async () => ({ keys: done.push('flush') }) })
    const outcome = await here.run({ request: { ...inPlace, safetyBackup: false }, place, ports: () => ({ cache }) })
    site.closeAllConnections()
    site.close()
    expect(outcome).toMatchObject({ reason: 'replaced', outputs: { 'safety-receipt': '' }, message: expect.stringContaining('The schema went from 0 to 1. The caches are empty. 1 check passed.') })
    expect(done).toEqual(['flush', 'check'])
    expect(JSON.stringify(outcome.summary)).toContain('No safety backup was taken')
    const steps = outcome.summary.parts.flatMap((part) => (part.kind === 'table' && part.title?.startsWith('Took') === true ? part.rows.map(([name]) => name) : []))
    expect(steps).toEqual(['choose', 'fetch', 'restore', 'compare', 'swap', 'migrate', 'flush', 'check'])
  })

  test('with another name typed, or none, nothing is touched', async () => {
    const here = await begun()
    for (const confirm of ['shop', undefined]) {
      const { confirm: _, ...request } = inPlace
      const outcome = await here.run({ request: { ...request, ...(confirm === undefined ? {} : { confirm }) } })
      expect(outcome).toMatchObject({ ok: false, reason: 'not-confirmed', outputs: { kept: '', 'safety-receipt': '' } })
    }
    expect([here.rows(), here.facts()]).toEqual(['100', []])
  })

  test('what a replacement needs and is not there is told before anything is copied', async () => {
    const here = await begun()
    here.sql(`CREATE ROLE plain LOGIN PASSWORD 'of-plain' CREATEDB; GRANT pg_read_all_data TO plain`)
    const outcome = await here.run({ request: inPlace, policy: { database: addressOf(here.server, { user: 'plain', password: 'of-plain', database: here.name }) } })
    expect(outcome).toMatchObject({
      ok: false, reason: 'restore-failed', outputs: { kept: '', 'safety-receipt': '' },
      message: expect.stringMatching(/it belongs to `postgres`, and `plain` is no member of that role.*GRANT "postgres" TO "plain".*The database `shop "one"` is as it was\.$/),
    })
    expect([here.facts(), here.databases().filter((name) => name.startsWith('ecluse_'))]).toEqual([[], []])
    expect(await here.run({ request: { ...inPlace, dryRun: true }, policy: { database: addressOf(here.server, { user: 'plain', password: 'of-plain', database: here.name }) } })).toMatchObject({ ok: false })
  })

  test('where nobody could look how the replacement ended, nobody is told that the old one serves', async () => {
    const here = await begun()
    const lost = new StateError('replacement-unknown', { message: 'Either it was replaced, or nothing changed.' })
    const database = async (): Promise<Database> => {
      const real = postgresDatabase({ url: here.url }, here.ambient)
      return { ...real, replaceWith: async () => { throw lost } }
    }
    const { reason, message } = await here.run({ request: inPlace, ports: () => ({ database }) })
    expect([reason, message]).toEqual(['swap-failed', `${lost.message} ${lost.fix}`])
  })

  test('an empty database in the place of a lost one is enough', async () => {
    const here = await begun()
    here.sql(`DROP DATABASE "${here.name.replaceAll('"', '""')}"`)
    here.database(here.name)
    expect(await here.run({ request: inPlace })).toMatchObject({ reason: 'replaced' })
    expect(here.rows()).toBe('500')
  })
})
