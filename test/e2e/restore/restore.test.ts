/** db-backup and db-restore as a runner starts them: a night in four steps, on a real database, in a store on disk and its copy. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { clientProgram } from '../../support/database-lab.js'
import { startPostgres, withEngines, type RunningPostgres } from '../../support/engines/index.js'
import { redisLab, type RedisLab } from '../../support/redis-lab.js'
import { lab, type Lab } from '../lab.js'

const LIMIT_MS = 120_000

withEngines(['postgres', 'pg-clients', 'redis'], 'db-restore, as a step', (pathOf) => {
  let here: Lab
  let server: RunningPostgres
  let redis: RedisLab
  let env: Readonly<Record<string, string>>
  const sql = (text: string, database = 'shop'): string => {
    const url = server.url.replace(/\/[^/]*$/, `/${database}`)
    const { status, stdout, stderr } = spawnSync(clientProgram('psql'), ['-XqAt', '-v', 'ON_ERROR_STOP=1', url], { input: text, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const below = (folder: string): string => path.join(here.work, folder)

  beforeAll(async () => {
    server = await startPostgres({ database: 'shop' })
    redis = await redisLab(pathOf('redis'))
    here = await lab({ production: `    backup: { database: "\${env:DATABASE_URL}", store: { disk: { path: first } }, copy-to: { disk: { path: second } } }
    flush-cache: { redis: "\${env:REDIS_URL}" }
    migrate: { up: "psql -Xq \\"$DATABASE_URL\\" -c 'ALTER TABLE orders ADD IF NOT EXISTS paid bool'", revision: "psql -XAtq \\"$DATABASE_URL\\" -c 'SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema()'" }
` })
    env = { DATABASE_URL: server.url, REDIS_URL: redis.url(3), PATH: `${path.dirname(clientProgram('psql'))}:${process.env['PATH']}` }
    sql('CREATE TABLE orders (id int PRIMARY KEY, what text); INSERT INTO orders SELECT n, repeat(n::text, 9) FROM generate_series(1, 500) n')
  }, LIMIT_MS)
  afterAll(async () => {
    await here?.close()
    await redis?.stop()
    await server?.stop()
  }, LIMIT_MS)

  test('a backup, then all is deleted: the list has it, and a new database holds it', async () => {
    const taken = await here.run('db-backup', { revision: 'echo r1' }, env)
    expect(taken.outputs).toMatchObject({ reason: 'verified' })
    sql('DELETE FROM orders')
    const { DATABASE_URL: _, REDIS_URL: __, ...bare } = env
    const list = await here.run('db-restore', { mode: 'list' }, bare)
    expect(list.outputs).toMatchObject({ reason: 'listed', receipts: expect.stringContaining(taken.outputs['receipt-id']!) })
    const beside = await here.run('db-restore', { into: 'shop_then' }, env)
    expect(beside.outputs).toMatchObject({ reason: 'restored', database: 'shop_then', 'receipt-id': taken.outputs['receipt-id'] })
    expect([sql('SELECT count(*) FROM orders', 'shop_then'), sql('SELECT count(*) FROM orders')]).toEqual(['500', '0'])
  }, LIMIT_MS)

  test('in place only when the name is typed; then data, schema and cache are as they must be', async () => {
    redis.cli(3, 'SET', 'orders', '0')
    redis.cli(0, 'SET', 'theirs', '1')
    const wrong = await here.run('db-restore', { target: 'in-place', confirm: 'shop_then' }, env)
    expect([wrong.code, wrong.outputs.reason]).toEqual([1, 'not-confirmed'])
    const site = http.createServer((_, response) => void response.end('{"status":"ok"}')).listen(0, '127.0.0.1')
    await once(site, 'listening')
    const { code, outputs, post } = await here.run('db-restore', { target: 'in-place', confirm: 'shop', url: `http://127.0.0.1:${(site.address() as AddressInfo).port}` }, env)
    site.closeAllConnections()
    site.close()
    expect([code, outputs.reason, post?.code]).toEqual([0, 'replaced', 0])
    expect(sql('SELECT count(*), count(paid IS NULL) FROM orders')).toBe('500|500')
    expect(sql('SELECT count(*) FROM orders', outputs['kept'])).toBe('0')
    expect([redis.cli(3, 'DBSIZE'), redis.cli(0, 'DBSIZE')]).toEqual(['0', '1'])
    expect(outputs['rto-met']).toBe('true')
  }, LIMIT_MS)

  test('a damaged store does not matter while there is a copy, and matters when there is none', async () => {
    const damage = (folder: string): void => {
      for (const name of readdirSync(below(folder)).filter((file) => file.includes('.dump'))) if (!name.endsWith('.json')) {
        const bytes = readFileSync(below(`${folder}/${name}`))
        bytes[bytes.length >> 1]! ^= 0xff
        writeFileSync(below(`${folder}/${name}`), bytes)
      }
    }
    damage('first')
    const copied = await here.run('db-restore', { into: 'from_copy' }, env)
    expect(copied.outputs.reason).toBe('restored')
    expect(copied.stdout).toContain('second')
    damage('second')
    const lost = await here.run('db-restore', { target: 'in-place', confirm: 'shop', 'safety-backup': 'false' }, env)
    expect([lost.code, lost.outputs.reason, sql('SELECT count(*) FROM orders')]).toEqual([1, 'backup-corrupt', '500'])
    expect(sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'ecluse\\_scratch%'")).toBe('0')
  }, LIMIT_MS)

  test('no step shows a secret', async () => {
    rmSync(below('first'), { recursive: true, force: true })
    const step = await here.run('db-restore', { mode: 'list' }, env)
    const shown = [step.stdout, step.stderr, JSON.stringify(step.outputs), step.summary].join('\n')
    for (const secret of [server.password, redis.password, encodeURIComponent(redis.password)]) expect(shown.replaceAll(/::add-mask::.*/g, '')).not.toContain(secret)
  }, LIMIT_MS)
})
