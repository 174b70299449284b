import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from '@jest/globals'
import { mirrorsIn } from '../support/engines/debian.mjs'
import { type EngineName, startPostgres, withEngines } from '../support/engines/index.js'

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

const versions: readonly (readonly [EngineName, readonly string[], RegExp])[] = [
  ['docker', ['--version'], /^Docker version \d/],
  ['cosign', ['version'], /GitVersion:/],
  ['haproxy', ['-v'], /^HAProxy version 2\.6\./],
  ['registry', ['--version'], /registry.* v?2\./],
  ['minio', ['--version'], /^minio version /],
  ['versitygw', ['--version'], /^Version +:/],
  ['osv-scanner', ['--version'], /osv-scanner version: 1\.9\.2/],
]

for (const [name, argv, expected] of versions) {
  withEngines([name], `the engine \`${name}\``, (pathOf) => {
    test('runs', () => {
      const { stdout, stderr } = spawnSync(pathOf(name), argv, { encoding: 'utf8' })
      expect(stdout + stderr).toMatch(expected)
    })
  })
}

test('packages come from the mirror that the machine uses, whichever way it is written down', () => {
  const lines = 'deb [signed-by=/k.gpg] http://mirror.example/debian bookworm main\ndeb http://mirror.example/debian-security bookworm-security main\n'
  const paragraphs = 'Types: deb\nURIs: https://other.example/debian/\nSuites: bookworm\n\nTypes: deb\nURIs: https://safe.example/debian-security\n'
  expect(mirrorsIn(lines)).toEqual({ main: 'http://mirror.example/debian', security: 'http://mirror.example/debian-security' })
  expect(mirrorsIn(paragraphs)).toEqual({ main: 'https://other.example/debian', security: 'https://safe.example/debian-security' })
  expect(mirrorsIn('deb http://alone.example/debian bookworm main\n')).toEqual({ main: 'http://alone.example/debian', security: 'http://alone.example/debian-security' })
  expect(mirrorsIn('# deb http://mirror.example/debian bookworm main\ndeb https://tools.example/apt stable main\n')).toBeUndefined()
})
