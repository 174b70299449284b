import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { postgresDatabase } from '../../../core/drivers/databases/postgres/index.js'
import type { DatabaseLab } from '../../support/database-lab.js'
import type { Bench } from './suite.js'

const richSchema = readFileSync(path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'support', 'rich-schema.sql'), 'utf8')

/** Databases of a lab's server, for the contract of the port. */
export function postgresBench(lab: DatabaseLab): Bench {
  const made = (fill: string): { url: string; name: string } => {
    const url = lab.database()
    const name = decodeURIComponent(new URL(url).pathname.slice(1))
    if (fill !== '') lab.sql(fill, name)
    return { url, name }
  }
  return {
    async rich() {
      const { url, name } = made(richSchema)
      return {
        database: postgresDatabase({ url }, lab.ambient),
        change: () => void lab.sql(`INSERT INTO customers (name, status) SELECT 'later ' || n, 'new' FROM generate_series(1, 10) n; DELETE FROM orders_2025; SELECT nextval('countdown')`, name),
        schemaChange: () => void lab.sql('ALTER TABLE customers ALTER COLUMN gone SET DEFAULT 5', name),
      }
    },
    empty: async () => postgresDatabase({ url: made('').url }, lab.ambient),
    wide: async (tables) => {
      const fill = `SELECT format('CREATE TABLE t%s (id serial PRIMARY KEY, a text, b integer UNIQUE)', n), format('INSERT INTO t%s (a) SELECT ''x'' FROM generate_series(1, %s)', n, n) FROM generate_series(1, ${tables}) n \\gexec`
      return postgresDatabase({ url: made(fill).url }, lab.ambient)
    },
    names: () => lab.databases(),
    close: () => lab.close(),
  }
}
