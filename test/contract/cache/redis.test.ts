import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { redisCache } from '../../../core/drivers/caches/redis/index.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { backupAmbient } from '../../support/backup-ambient.js'
import { withEngines } from '../../support/engines/index.js'
import { unusedPort } from '../../support/local-lab.js'
import { redisLab, type RedisLab } from '../../support/redis-lab.js'

withEngines(['redis'], 'a cache in Redis', (pathOf) => {
  let redis: RedisLab
  const said: string[] = []
  const flush = (url: string, ambient: Ambient = backupAmbient({ work: os.tmpdir(), said })): Promise<{ readonly keys: number }> => redisCache({ url }, ambient).flush()

  beforeAll(async () => {
    redis = await redisLab(pathOf('redis'))
  })
  afterAll(() => redis.stop())
  beforeEach(() => {
    said.length = 0
    redis.cli(0, 'FLUSHALL')
    for (const database of [0, 3]) redis.cli(database, 'MSET', 'a', '1', 'b', '2')
  })

  test('empties the database that is named and no other', async () => {
    expect(await flush(redis.url(3))).toEqual({ keys: 2 })
    expect([redis.cli(3, 'DBSIZE'), redis.cli(0, 'DBSIZE')]).toEqual(['0', '2'])
    expect(await flush(redis.url(3))).toEqual({ keys: 0 })
    expect(said).toEqual([])
  })

  test('takes database 0 where none is named, and says so', async () => {
    expect(await flush(redis.url(''))).toEqual({ keys: 2 })
    expect([redis.cli(3, 'DBSIZE'), redis.cli(0, 'DBSIZE')]).toEqual(['2', '0'])
    expect(said).toEqual([`The address of the cache names no database, so it is database 0 of 127.0.0.1:${redis.port} that is emptied.`])
  })

  test('says which database of which server it is, without the password', () => {
    const masked: string[] = []
    const ambient = { ...backupAmbient({ work: os.tmpdir() }), mask: (secret: string) => void masked.push(secret) }
    expect(redisCache({ url: redis.url(3) }, ambient).place).toBe(`127.0.0.1:${redis.port}, database 3`)
    expect(masked).toEqual([redis.password, encodeURIComponent(redis.password)])
  })

  test.each([
    ['a wrong password', () => redis.url(3).replace('p%25ss', 'guess'), 'cache-refused', 'WRONGPASS'],
    ['no password', () => `redis://127.0.0.1:${redis.port}/3`, 'cache-refused', 'NOAUTH'],
    ['a database that is not there', () => redis.url(99), 'cache-refused', 'DB index is out of range'],
    ['no server', async () => `redis://127.0.0.1:${await unusedPort()}/0`, 'cache-unreachable', 'ECONNREFUSED'],
    ['TLS where there is none', () => redis.url(3).replace('redis:', 'rediss:'), 'cache-unreachable', ''],
  ])('%s: nothing is emptied, and nothing secret is said', async (_, url, code, told) => {
    const fault: unknown = await flush(await url()).catch((thrown: unknown) => thrown)
    expect(fault).toMatchObject({ family: 'remote', code, message: expect.stringContaining(told) })
    expect(JSON.stringify([fault, String(fault)])).not.toMatch(/p%ss|p%25ss|guess/)
    expect([redis.cli(3, 'DBSIZE'), redis.cli(0, 'DBSIZE')]).toEqual(['2', '2'])
  })

  test('a user who may not is told which right is missing', async () => {
    redis.cli(0, 'ACL', 'SETUSER', 'reader', 'on', '>p%ss w:rd', '~*', '+@read', '+dbsize', '+select', '+hello')
    await expect(flush(redis.url(3, 'reader'))).rejects.toMatchObject({ code: 'cache-refused', fix: expect.stringContaining('+flushdb') })
    expect(redis.cli(3, 'DBSIZE')).toBe('2')
  })

  test('a cancel ends the wait for a server that answers nothing', async () => {
    const other = await redisLab(pathOf('redis'))
    try {
      other.freeze()
      const cancel = new AbortController()
      const waiting = flush(other.url(0), backupAmbient({ work: os.tmpdir(), signal: cancel.signal }))
      cancel.abort()
      await expect(waiting).rejects.toMatchObject({ code: 'aborted' })
    } finally {
      await other.stop()
    }
  })

  test.each(['redis:///0', 'redis://cache:6379/zero', 'redis://cache/0?family=6', 'redis://:%zz@cache/0', 'http://cache/0', 'cache'])('%s is no address', (url) => {
    expect(() => redisCache({ url }, backupAmbient({ work: os.tmpdir() }))).toThrow(expect.objectContaining({ code: 'input-invalid', message: expect.not.stringContaining('zz') }))
  })
})

withEngines(['redis', 'openssl'], 'a cache in Redis behind TLS', (pathOf) => {
  test('is not spoken to when nobody vouches for its certificate', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-redis-'))
    const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
    const made = spawnSync(pathOf('openssl'), ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate])
    expect(made.status).toBe(0)
    const port = await unusedPort()
    const redis = await redisLab(pathOf('redis'), ['--tls-port', String(port), '--tls-cert-file', certificate, '--tls-key-file', key, '--tls-auth-clients', 'no'])
    try {
      redis.cli(0, 'SET', 'a', '1')
      const cache = redisCache({ url: `rediss://:${encodeURIComponent(redis.password)}@127.0.0.1:${port}/0` }, backupAmbient({ work: folder }))
      await expect(cache.flush()).rejects.toMatchObject({ code: 'cache-unreachable', message: expect.stringContaining('self-signed certificate') })
      expect(redis.cli(0, 'DBSIZE')).toBe('1')
    } finally {
      await redis.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
