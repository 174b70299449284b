import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { withEngines } from '../../support/engines/index.js'
import { recipeLab, type RecipeLab } from './lab.js'

const ADD = 'CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL); INSERT INTO customers (name) VALUES (\'Ada\');'
const RENAME = 'ALTER TABLE customers RENAME COLUMN name TO full_name;'
const BACK = 'ALTER TABLE customers RENAME COLUMN full_name TO name;'
const COLUMNS = `SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns WHERE table_name = 'customers'`

interface Told {
  readonly lab: () => RecipeLab
  /** Adds the n-th migration to the application, as a commit does. */
  readonly commit: (lab: RecipeLab, which: 1 | 2) => void
  readonly revisions: readonly [string, string]
}

function write(lab: RecipeLab, name: string, text: string): void {
  mkdirSync(path.dirname(path.join(lab.app, name)), { recursive: true })
  writeFileSync(path.join(lab.app, name), text)
}

/** Two deliveries with a migration each; then back, first refused and then with the schema. */
function story({ lab, commit, revisions: [first, second] }: Told): void {
  test('deliveries record the revision before and after', async () => {
    commit(lab(), 1)
    expect(await lab().deploy('1.0.0')).toMatchObject({ ok: true, reason: 'deployed' })
    expect(await lab().schema()).toEqual({ before: 'none', after: first })
    commit(lab(), 2)
    expect(await lab().deploy('2.0.0')).toMatchObject({ ok: true, reason: 'deployed' })
    expect(await lab().schema()).toEqual({ before: first, after: second })
    expect(lab().sql(COLUMNS)).toBe('id,full_name')
  })

  test('a delivery that changes nothing leaves the revision', async () => {
    expect(await lab().deploy('2.0.1')).toMatchObject({ ok: true })
    expect(await lab().schema()).toEqual({ before: second, after: second })
  })

  test('going back over it is refused, and goes with the way down', async () => {
    expect(await lab().rollback()).toMatchObject({ ok: true, outputs: { version: '2.0.0' } })
    const to = '1.0.0'
    const refused = await lab().rollback({ to })
    expect(refused).toMatchObject({ ok: false, reason: 'schema-incompatible' })
    expect(refused.message).toContain(`from revision ${second} back to revision ${first}`)
    expect(lab().sql(COLUMNS)).toBe('id,full_name')
    expect(await lab().rollback({ to, migrateDown: lab().down })).toMatchObject({ ok: true, reason: 'rolled-back', outputs: { version: to } })
    expect(await lab().schema()).toEqual({ before: second, after: first })
    expect(lab().sql(COLUMNS)).toBe('id,name')
    expect(lab().sql('SELECT name FROM customers')).toBe('Ada')
  })
}

withEngines(['postgres', 'pg-clients'], 'the recipe for plain SQL', () => {
  let lab: RecipeLab
  beforeAll(async () => {
    lab = await recipeLab('sql')
  })
  afterAll(() => lab.close())
  story({
    lab: () => lab, revisions: ['0001_customers', '0002_rename'],
    commit: (place, which) => {
      write(place, `migrations/${which === 1 ? '0001_customers' : '0002_rename'}.up.sql`, which === 1 ? ADD : RENAME)
      write(place, `migrations/${which === 1 ? '0001_customers' : '0002_rename'}.down.sql`, which === 1 ? 'DROP TABLE customers;' : BACK)
    },
  })

  test('a migration that fails is told, and nothing of it is left', async () => {
    write(lab, 'migrations/0003_broken.up.sql', 'CREATE TABLE half (a int); SELECT 1 / 0;')
    expect(await lab.deploy('3.0.0')).toMatchObject({ ok: false, reason: 'migrate-failed' })
    expect(lab.sql(`SELECT to_regclass('half') IS NULL AND (SELECT count(*) FROM schema_migrations) = 2`)).toBe('t')
    rmSync(path.join(lab.app, 'migrations/0003_broken.up.sql'))
  })
})

withEngines(['postgres', 'pg-clients', 'alembic'], 'the recipe for Alembic', (pathOf) => {
  let lab: RecipeLab
  beforeAll(async () => {
    lab = await recipeLab('alembic', () => ({ PYTHONPATH: pathOf('alembic'), PATH: `${pathOf('alembic')}/bin:${process.env['PATH']}`, PYTHONDONTWRITEBYTECODE: '1' }))
    write(lab, 'alembic.ini', '[alembic]\nscript_location = alembic\n[loggers]\nkeys = root\n[handlers]\nkeys = console\n[formatters]\nkeys =\n[logger_root]\nlevel = INFO\nhandlers = console\n[handler_console]\nclass = StreamHandler\nargs = (sys.stderr,)\n')
    write(lab, 'alembic/env.py', [
      'import os', 'from logging.config import fileConfig', 'from alembic import context', 'from sqlalchemy import create_engine', '', 'fileConfig(context.config.config_file_name)',
      'engine = create_engine(os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg2://", 1))',
      'with engine.connect() as connection:', '    context.configure(connection=connection)', '    with context.begin_transaction():', '        context.run_migrations()', '',
    ].join('\n'))
  })
  afterAll(() => lab.close())
  const version = (id: string, before: string, up: string, down: string): string =>
    `from alembic import op\nrevision = "${id}"\ndown_revision = ${before}\ndef upgrade():\n    op.execute("""${up}""")\ndef downgrade():\n    op.execute("""${down}""")\n`
  story({
    lab: () => lab, revisions: ['3fa91c', '7be204'],
    commit: (place, which) => which === 1
      ? write(place, 'alembic/versions/3fa91c_customers.py', version('3fa91c', 'None', ADD, 'DROP TABLE customers'))
      : write(place, 'alembic/versions/7be204_rename.py', version('7be204', '"3fa91c"', RENAME, BACK)),
  })
})

// The engine of migrations in WebAssembly, over a driver of Node: the other one is a program that is downloaded. It leaves a type of the catalogue to be named.
const CONFIG = `import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
const { handleRowDescription } = pg.Query.prototype
pg.Query.prototype.handleRowDescription = function (message) {
  for (const field of message.fields) if (field.dataTypeID === 18 || field.dataTypeID === 19) field.dataTypeID = 25
  return handleRowDescription.call(this, message)
}
export default { experimental: { adapter: true }, engine: 'js', schema: 'prisma/schema.prisma', adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL }) }
`
const OFFLINE = { PRISMA_QUERY_ENGINE_LIBRARY: process.execPath, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1' }

withEngines(['postgres', 'pg-clients', 'prisma'], 'the recipe for Prisma', (pathOf) => {
  let lab: RecipeLab
  beforeAll(async () => {
    lab = await recipeLab('prisma', () => OFFLINE)
    symlinkSync(path.join(pathOf('prisma'), 'node_modules'), path.join(lab.app, 'node_modules'))
    write(lab, 'package.json', '{ "private": true }\n')
    write(lab, 'prisma.config.mjs', CONFIG)
    write(lab, 'prisma/schema.prisma', 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n')
    write(lab, 'prisma/migrations/migration_lock.toml', 'provider = "postgresql"\n')
  })
  afterAll(() => lab.close())
  story({
    lab: () => lab, revisions: ['20261101120000_customers', '20261115090000_rename'],
    commit: (place, which) => {
      const folder = `prisma/migrations/${which === 1 ? '20261101120000_customers' : '20261115090000_rename'}`
      write(place, `${folder}/migration.sql`, which === 1 ? ADD : RENAME)
      write(place, `${folder}/down.sql`, which === 1 ? 'DROP TABLE customers;' : BACK)
    },
  })
})
