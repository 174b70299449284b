import { spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startPostgres, withEngines, type RunningPostgres } from '../../support/engines/index.js'
import type { Change } from '../../support/act/caller.js'
import type { ActRun } from '../../support/act/runner.js'
import { brief, build, deeds, failing, journey, production, reasons, rollback, staging } from '../../support/act/story.js'
import { world, type World } from '../../support/act/world.js'

const LIMIT_MS = 120_000
const planted = { plain: 'planted-word-4c1', quoted: 'planted words, "quoted" 7e2', line: 'planted-line-9f3', unused: 'planted-unused-0aa' }
const ECLUSE_ENV = `API_TOKEN=${planted.plain}\nexport PHRASE='${planted.quoted}'\nCERT="-----BEGIN-----\n${planted.line}\n-----END-----" # theirs\nUNUSED=${planted.unused}\n`

/** A person's own command that tells everything it knows. */
const TALKATIVE = 'echo "token $API_TOKEN, $PHRASE"; echo "$CERT"; echo "database $DATABASE_URL"'

/** The caller from the docs, with what restoring the database asks for. */
const RESTORE = `on: { workflow_dispatch: { inputs: { receipt: { default: "" }, again: { default: "" } } } }
jobs:
  back:
    uses: ecluse-cd/ecluse/.github/workflows/rollback.yml@v1
    with: { restore-receipt: "\${{ inputs.receipt }}", confirm-restore-receipt: "\${{ inputs.again }}", because: orders are gone }
    permissions: { contents: read }
    secrets: inherit
`

/** Says what a workflow should never say, to prove that it would be seen; and what it was not told. */
const LEAK = `on: workflow_dispatch
jobs:
  leak:
    runs-on: ubuntu-latest
    steps:
      - id: untold
        run: env | sed 's/^/untold /'
      - id: told
        env: { TOLD: "\${{ secrets.ECLUSE_ENV }}" }
        run: echo "$TOLD"
`

withEngines(['act', 'node24', 'git', 'postgres', 'pg-clients'], 'deliver.yml with a database, run', (pathOf) => {
  let here: World
  let server: RunningPostgres
  let receipt = ''
  const versions: string[] = []
  const runs: ActRun[] = []

  const sql = (text: string): string => {
    const { status, stdout, stderr } = spawnSync(path.join(pathOf('pg-clients'), 'psql'), ['-XqAt', '-v', 'ON_ERROR_STOP=1', server.url], { input: text, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const change = (up: string): Change => ({
    production: {
      migrate: { up: `${TALKATIVE}; psql -Xq "$DATABASE_URL" -c "${up}"` },
      backup: { database: '${env:DATABASE_URL}', store: { disk: { path: path.join(here.root, 'backups') } } },
      integration: `${TALKATIVE} >&2`,
      rollout: { strategy: 'direct' },
    },
  })
  const deliver = async (up: string): Promise<ActRun> => {
    versions.push(await here.push(change(up)))
    const run = await here.deliver()
    runs.push(run)
    return run
  }

  beforeAll(async () => {
    server = await startPostgres({ database: 'shop' })
    here = await world({ act: pathOf('act'), node: pathOf('node24'), programs: [pathOf('pg-clients')], secrets: { DATABASE_URL: server.url, ECLUSE_ENV } })
    await here.addWorkflow('restore.yml', RESTORE)
    await here.addWorkflow('leak.yml', LEAK)
    sql('CREATE TABLE orders (id int PRIMARY KEY, what text); INSERT INTO orders SELECT n, repeat(n::text, 9) FROM generate_series(1, 250) n')
  })
  afterAll(async () => {
    await here?.close()
    await server?.stop()
  })

  test('production is changed when its backup was restored and compared, under the receipt of it', async () => {
    const run = await deliver('ALTER TABLE orders ADD paid bool')
    const expected = [...build, ...staging, ...brief, ...production]
    expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
    expect(reasons(run)).toMatchObject({ 'production/backup': 'verified', 'production/promote': 'promoted-first', 'production/smoke': 'passed' })
    receipt = run.jobs['production']?.outputs['backup']?.['receipt-id'] ?? ''
    expect(receipt).not.toBe('')
    const ledger = await here.ledger('production')
    const taken = ledger.findIndex(({ fact }) => fact?.type === 'receipt')
    const begun = ledger.findIndex(({ intent }) => intent !== undefined)
    expect(ledger[begun]?.intent).toEqual({ kind: 'promote', receipt })
    expect(taken).toBeGreaterThanOrEqual(0)
    expect(taken).toBeLessThan(begun)
    expect((await readdir(path.join(here.root, 'backups'), { recursive: true })).length).toBeGreaterThan(0)
    // What the migration did came after what was kept.
    expect(sql('SELECT count(paid IS NULL), count(*) FROM orders')).toBe('250|250')
  }, LIMIT_MS)

  test('going back restores the database only when the receipt is named twice', async () => {
    const lost = await deliver('DELETE FROM orders WHERE id % 3 = 0')
    expect(reasons(lost)).toMatchObject({ 'production/backup': 'verified', 'production/promote': 'switched' })
    expect(sql('SELECT count(*) FROM orders')).toBe('167')
    const once = await here.run('restore.yml', { receipt, again: '' })
    const red = failing(rollback, 'rollback')
    expect(journey(once, red, 1)).toEqual({ ran: red, code: 1, log: '' })
    expect(reasons(once)).toEqual({ 'rollback/rollback': 'invalid-input' })
    expect(await here.served('production')).toEqual([versions[1]])
    const twice = await here.run('restore.yml', { receipt, again: receipt })
    runs.push(once, twice)
    expect(journey(twice, rollback, 0)).toEqual({ ran: rollback, code: 0, log: '' })
    expect(twice.jobs['rollback']?.outputs['rollback']).toMatchObject({ reason: 'rolled-back', version: versions[0], database: expect.stringMatching(/./) })
    expect(sql('SELECT count(*) FROM orders')).toBe('250')
    expect(await here.served('production')).toEqual([versions[0]])
  }, LIMIT_MS)

  test('no backup, no change: a database that is not reached ends the job', async () => {
    const before = (await here.ledger('production')).length
    await server.stop()
    const run = await deliver('SELECT 1')
    const expected = [...build, ...staging, ...brief, ...failing(production, 'backup')]
    expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })
    expect(reasons(run)).toMatchObject({ 'production/backup': 'database-unreachable' })
    expect(deeds((await here.ledger('production')).slice(before))).toEqual([])
    expect(await here.served('production')).toEqual([versions[0]])
  }, LIMIT_MS)

  test('a secret that is shown would be seen, and a step has only those that it is given', async () => {
    const { shown } = await here.run('leak.yml')
    expect(shown).toContain(planted.plain)
    expect(shown).toMatch(/^untold PATH=/m)
    expect(shown).not.toMatch(/^untold (ECLUSE_ENV|DATABASE_URL)=/m)
  }, LIMIT_MS)

  test('secrets were used, and are nowhere to be seen', async () => {
    const shown = runs.map((run) => run.shown).join('\n')
    expect(shown).toContain('token ***, ***')
    expect(shown).toMatch(/database (\*\*\*|postgres:\/\/postgres:\*\*\*@)/)
    const kept = await textBelow(here.state)
    expect(kept.length).toBeGreaterThan(10_000)
    for (const secret of [...Object.values(planted), server.password]) {
      for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64')]) {
        for (const text of [shown, kept]) expect(text.includes(form)).toBe(false)
      }
    }
  })
})

async function textBelow(folder: string): Promise<string> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true })
  return (await Promise.all(found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'latin1')))).join('\n')
}
