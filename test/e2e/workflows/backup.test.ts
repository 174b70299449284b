import { spawnSync } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { startPostgres, withEngines, type RunningPostgres } from '../../support/engines/index.js'
import { keeping, kept, outputsOf } from '../../support/act/outputs.js'
import type { ActRun } from '../../support/act/runner.js'
import { failing, journey, reasons } from '../../support/act/story.js'
import { forAct, suiteRoot, workflows } from '../../support/act/suite.js'
import { world, type World } from '../../support/act/world.js'
import { tasks, told } from '../../support/github-record.js'
import { noFaults } from '../../support/no-faults.js'
import { startGitHub, type FakeGitHub } from '../../support/services/github/github.mjs'
import { shownOf } from '../../support/visible.js'

const LIMIT_MS = 120_000
const backup = ['backup/0: success', 'backup/backup: success', 'backup/post backup: success', 'backup: success']
const restore = ['restore/0: success', 'restore/restore: success', 'restore/post restore: success', 'restore: success']
const green = (run: ActRun, expected: readonly string[]): void => expect(journey(run, expected, 0)).toEqual({ ran: expected, code: 0, log: '' })
const red = (run: ActRun, expected: readonly string[]): void => expect(journey(run, expected, 1)).toEqual({ ran: expected, code: 1, log: '' })

/** The callers in the docs, with no more than they grant, and the record on GitHub. */
withEngines(['act', 'node24', 'git', 'postgres', 'pg-clients'], 'backup.yml and restore.yml, run', (pathOf) => {
  let here: World
  let github: FakeGitHub
  let server: RunningPostgres
  let version = ''
  let receipt = ''
  let maxAge = '1d'
  const runs: ActRun[] = []

  const sql = (text: string, database = 'shop'): string => {
    const url = server.url.replace(/\/[^/]*$/, `/${database}`)
    const { status, stdout, stderr } = spawnSync(path.join(pathOf('pg-clients'), 'psql'), ['-XqAt', '-v', 'ON_ERROR_STOP=1', url], { input: text, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const databases = (): string => sql("SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database WHERE NOT datistemplate")
  const run = async (workflow: string, inputs: Readonly<Record<string, string>> = {}, event: 'schedule' | 'workflow_dispatch' = 'workflow_dispatch'): Promise<ActRun> => {
    const ended = await (await here.start(event, workflow, inputs)).finished
    runs.push(ended)
    return ended
  }
  const push = (): Promise<string> => here.push({
    production: {
      backup: { database: '${env:DATABASE_URL}', store: { disk: { path: path.join(here.root, 'backups') } }, 'max-age': maxAge },
      migrate: { up: 'psql -Xq "$DATABASE_URL" -c "ALTER TABLE orders ADD IF NOT EXISTS paid bool"', revision: "psql -XAtq \"$DATABASE_URL\" -c \"SELECT count(*) FROM information_schema.columns WHERE table_name = 'orders'\"" },
      rollout: { strategy: 'direct' },
    },
  })
  /** The caller from the docs, with a job that keeps what was put out. */
  const keepOutputs = async (name: string, job: string): Promise<void> => {
    const text = await readFile(path.join(here.root, 'shop', workflows, name), 'utf8')
    await here.addWorkflow(name, `${text}${keeping(job)}`)
  }

  beforeAll(async () => {
    server = await startPostgres({ database: 'shop' })
    github = await startGitHub()
    here = await world({ act: pathOf('act'), node: pathOf('node24'), github, programs: [pathOf('pg-clients')], secrets: { DATABASE_URL: server.url } })
    await keepOutputs('backup.yml', 'backup')
    await keepOutputs('restore.yml', 'restore')
    await here.addWorkflow('deliver-only.yml', await here.callerWith('deliver.yml', { staging: '' }))
    sql('CREATE TABLE orders (id int PRIMARY KEY, what text); INSERT INTO orders SELECT n, repeat(n::text, 9) FROM generate_series(1, 250) n')
  }, LIMIT_MS)
  afterEach(() => noFaults(github))
  afterAll(async () => {
    await here?.close()
    await github?.close()
    await server?.stop()
  })

  test('on its schedule a backup is taken and restored for proof, and its caller has the receipt', async () => {
    version = await push()
    const night = await run('backup.yml', {}, 'schedule')
    green(night, [...backup, ...kept])
    const outputs = outputsOf(night)
    expect(outputs).toEqual({ reason: 'verified', 'receipt-id': expect.stringMatching(/^production-\d{8}T\d{6}Z-\w+$/), object: expect.stringMatching(/./), bytes: expect.stringMatching(/^\d+$/) })
    receipt = outputs['receipt-id']!
    expect((await stat(path.join(here.root, 'backups', outputs['object']!))).size).toBe(Number(outputs['bytes']))
    expect(told(github, tasks.fact, 'production').map(({ description }) => description)).toEqual([expect.stringContaining(receipt)])
    expect(databases()).toBe('postgres shop')
    green(await run('backup-age.yml', {}, 'schedule'), backup)
    expect(reasons(runs.at(-1)!)).toEqual({ 'backup/backup': 'recent' })
  }, LIMIT_MS)

  test('the list has it; beside the database it comes back as one of its own, and nothing is replaced', async () => {
    sql('DELETE FROM orders')
    const list = await run('restore.yml', { mode: 'list' })
    green(list, [...restore, ...kept])
    expect(outputsOf(list)).toEqual({ reason: 'listed', 'receipt-id': '', database: '', kept: '', 'safety-receipt': '', seconds: '', 'lost-seconds': '', 'rto-met': '', connection: '' })
    expect(list.summaries.join('\n')).toContain(receipt)
    expect(databases()).toBe('postgres shop')
    const beside = await run('restore.yml')
    green(beside, [...restore, ...kept])
    const outputs = outputsOf(beside)
    expect(outputs).toEqual({
      reason: 'restored', 'receipt-id': receipt, database: expect.stringMatching(/^shop_restored_/), kept: '', 'safety-receipt': '',
      seconds: expect.stringMatching(/^\d+\.\d{3}$/), 'lost-seconds': expect.stringMatching(/^\d+$/), 'rto-met': 'true', connection: '',
    })
    expect(databases()).toBe(`postgres shop ${outputs['database']}`)
    expect([sql('SELECT count(*) FROM orders', outputs['database']), sql('SELECT count(*) FROM orders')]).toEqual(['250', '0'])
  }, LIMIT_MS)

  test('with another name than its own the database is not replaced', async () => {
    const before = databases()
    for (const confirm of ['shop_then', '']) {
      const refused = await run('restore.yml', { target: 'in-place', confirm })
      red(refused, failing(restore, 'restore'))
      expect(reasons(refused)).toEqual({ 'restore/restore': 'not-confirmed' })
      expect(refused.jobs['restore']?.outputs['restore']).toMatchObject({ database: '', kept: '', 'safety-receipt': '' })
    }
    expect([databases(), sql('SELECT count(*) FROM orders')]).toEqual([before, '0'])
  }, LIMIT_MS)

  test('with its name it is replaced: backed up before, brought to the schema of the live release, and kept beside', async () => {
    const delivered = await run('deliver-only.yml')
    expect([delivered.code, reasons(delivered)]).toEqual([0, expect.objectContaining({ 'production/backup': 'verified', 'production/promote': 'promoted-first' })])
    const asked = { target: 'in-place', receipt, confirm: 'shop' }
    // As it is dispatched by itself, without a caller: then it says what it may.
    const copied = forAct(await readFile(path.join(suiteRoot, workflows, 'restore.yml'), 'utf8'))
    await here.addWorkflow('button.yml', `permissions: { contents: read, deployments: write }\n${copied}`)
    const before = databases()
    const dry = await run('button.yml', { ...asked, environment: 'production', 'dry-run': 'true' })
    green(dry, restore)
    expect([reasons(dry), databases()]).toEqual([{ 'restore/restore': 'planned' }, before])
    const replaced = await run('restore.yml', asked)
    green(replaced, [...restore, ...kept])
    const outputs = outputsOf(replaced)
    expect(outputs).toEqual({
      reason: 'replaced', 'receipt-id': receipt, database: 'shop', kept: expect.stringMatching(/^shop_before_/), 'safety-receipt': expect.stringMatching(/^production-/),
      seconds: expect.stringMatching(/^\d+\.\d{3}$/), 'lost-seconds': expect.stringMatching(/^\d+$/), 'rto-met': 'true', connection: '',
    })
    // The backup is older than the column.
    expect(sql('SELECT count(*), count(paid IS NULL) FROM orders')).toBe('250|250')
    expect(sql('SELECT count(*) FROM orders', outputs['kept'])).toBe('0')
    expect(told(github, tasks.lease)).toEqual([])
    expect(await here.served('production')).toEqual([version])
  }, LIMIT_MS)

  test('a backup that is too old or cannot be taken is red, and no secret is to be seen in any run', async () => {
    maxAge = '1s'
    await push()
    const old = await run('backup-age.yml', {}, 'schedule')
    red(old, failing(backup, 'backup'))
    expect(reasons(old)).toEqual({ 'backup/backup': 'too-old' })
    const facts = told(github, tasks.fact, 'production').length
    await server.stop()
    const missed = await run('backup.yml')
    red(missed, failing(backup, 'backup'))
    expect(reasons(missed)).toEqual({ 'backup/backup': 'database-unreachable' })
    expect(missed.jobs['backup']?.outputs['backup']).toMatchObject({ 'receipt-id': '', object: '', bytes: '' })
    expect(told(github, tasks.fact, 'production')).toHaveLength(facts)
    const shown = runs.map((one) => [one.shown, ...one.summaries].join('\n')).join('\n')
    expect(shown.length).toBeGreaterThan(10_000)
    expect(shownOf([server.password], shown)).toEqual([])
    expect(shown).not.toContain('ghs_of_run_')
  }, LIMIT_MS)
})
