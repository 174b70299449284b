import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { startPostgres, withEngines } from '../support/engines/index.js'

withEngines(['postgres', 'pg-clients'], 'a started PostgreSQL', (pathOf) => {
  test('answers on its address, in UTF-8, and leaves nothing behind', async () => {
    const server = await startPostgres({ database: 'shop' })
    const question = 'select current_database(), pg_encoding_to_char(encoding) from pg_database where datname = current_database()'
    const answer = spawnSync(path.join(pathOf('pg-clients'), 'psql'), [server.url, '-Atc', question], { encoding: 'utf8' })
    await server.stop()
    expect(answer.stdout.trim()).toBe('shop|UTF8')
    expect(existsSync(path.dirname(server.dataDir))).toBe(false)
  })

  test('refuses a caller without the password', async () => {
    const server = await startPostgres()
    const stranger = server.url.replace(server.password, 'guess')
    const answer = spawnSync(path.join(pathOf('pg-clients'), 'psql'), [stranger, '-Atc', 'select 1'], { encoding: 'utf8' })
    await server.stop()
    expect(answer.stderr).toContain('password authentication failed')
  })

  test('says why it did not start when its port is taken', async () => {
    const server = await startPostgres()
    const second = startPostgres({ port: server.port })
    await expect(second).rejects.toThrow('Address already in use')
    await server.stop()
  })
})

withEngines(['node24'], 'Node 24', (pathOf) => {
  test('is Node 24', () => {
    expect(spawnSync(pathOf('node24'), ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^v24\./)
  })
})
