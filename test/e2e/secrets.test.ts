import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { commandLinesDuring } from '../support/command-lines.js'
import { withEngines } from '../support/engines/index.js'
import { startPostgres, type RunningPostgres } from '../support/engines/postgres.mjs'
import type { ActionResult } from '../support/runner.mjs'
import { shownOf, visible } from '../support/visible.js'
import { lab, type Lab } from './lab.js'

const planted = { word: 'planted-w0rd-1', password: 'planted-pa55-2', header: 'planted-t0ken-3', multi: 'planted-line-4' }
const ECLUSE_ENV = `API_KEY="${planted.word}"\nexport CERT="-----BEGIN-----\n${planted.multi}\n-----END-----"\n`

const PRODUCTION = `    rollout: { strategy: direct }
    migrate: { up: 'echo "the key is $API_KEY"; echo "$CERT"; echo "$DATABASE_URL" >&2', revision: echo 7 }
    backup: { database: "\${env:DATABASE_URL}" }
`

async function filesBelow(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const kept = names.filter((entry) => entry.isFile() && !entry.name.endsWith('.zst') && !entry.name.endsWith('.gz'))
  return (await Promise.all(kept.map(async (entry) => readFile(path.join(entry.parentPath, entry.name), 'latin1')))).join('\n')
}

function expectNone(text: string): void {
  expect(shownOf(Object.values(planted), text)).toEqual([])
}

withEngines(['postgres', 'pg-clients'], 'secrets that are planted appear nowhere', () => {
  let here: Lab
  let server: RunningPostgres
  let env: Record<string, string>

  beforeAll(async () => {
    here = await lab({ production: PRODUCTION })
    server = await startPostgres()
    const url = new URL(server.url)
    // A user of our own, so that the planted password is the one that is used.
    const { execFileSync } = await import('node:child_process')
    execFileSync('psql', [server.url, '-qc', `create role ada superuser login password '${planted.password}'`])
    url.username = 'ada'
    url.password = planted.password
    env = { ECLUSE_ENV, DATABASE_URL: url.href }
  })

  afterAll(async () => {
    await here.close()
    await server.stop()
  })

  const observed = async (action: string, inputs: Record<string, string>, extra: Record<string, string> = {}, program = ''): Promise<ActionResult> => {
    const { result, seen } = await commandLinesDuring(() => here.run(action, inputs, { ...env, ...extra }))
    // What was looked through was there.
    expect(seen).toContain(path.join('dist', action, 'index.js'))
    expect(seen).toContain(program)
    expectNone(seen)
    expectNone(visible(result))
    expectNone(await filesBelow(path.join(here.work, '.ecluse')))
    return result
  }

  test('in a backup, a delivery with a talkative migration, a smoke test and a rollback', async () => {
    const backup = await observed('db-backup', {}, {}, 'pg_dump ')
    expect(backup.outputs).toMatchObject({ reason: 'verified' })
    const receipt = backup.outputs['receipt-id'] ?? ''
    const first = await observed('canary-promote', { ...(await here.release({ version: '1' })), receipt })
    expect(first.outputs['reason']).toBe('promoted-first')
    expect(first.stdout).toContain('the key is ***')
    expect((await observed('canary-promote', { ...(await here.release({ version: '2' })), receipt })).outputs['reason']).toBe('switched')
    expect((await observed('smoke-test', { url: here.url, checks: 'GET /health', headers: `authorization: Bearer ${planted.header}` })).outputs['reason']).toBe('passed')
    expect((await observed('rollback', {})).outputs['reason']).toBe('rolled-back')
    // What was looked through held the full record of each.
    expect(await readdir(path.join(here.work, '.ecluse', 'records', 'production'))).toHaveLength(3)
  })

  test('when the database refuses, and when the address of it is nonsense', async () => {
    const wrong = new URL(env['DATABASE_URL']!)
    wrong.pathname = '/nowhere'
    expect((await observed('db-backup', {}, { DATABASE_URL: wrong.href })).outputs['reason']).toBe('database-unreachable')
    expect((await observed('db-backup', {}, { DATABASE_URL: `postgres://ada:${planted.password}@127.0.0.1:1/x?sslmode=nonsense` })).code).toBe(1)
    expect((await observed('db-backup', { database: `not an address ${planted.password}` })).code).toBe(1)
  })

  test('when inputs are wrong', async () => {
    const refused = await observed('smoke-test', { url: 'nonsense', headers: planted.header, checks: 'GET' })
    expect(refused.outputs['reason']).toBe('invalid-input')
    expect(refused.stdout.match(/^::error/gm)).toHaveLength(3)
  })
})
