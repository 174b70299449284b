// The address and the user come from PGHOST, PGPORT, PGUSER, PGDATABASE; the password from the file that PGPASSFILE names.
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export const kind = 'PostgreSQL'

const PATIENCE_MS = 1500
const pool = new pg.Pool({ max: 4, connectionTimeoutMillis: 1500 })
// An idle connection that the server ended is replaced at the next question.
pool.on('error', () => undefined)

// 57P…: the server sent us away. 08…: the connection failed. 3D000: another database is just taking over the name.
// No code: it ended in the middle.
const isLost = ({ code }) => code === undefined || /^(57P|08|3D000|ECONN|EPIPE)/.test(code)

/** For questions only: asking twice changes nothing, so a database that is being replaced is waited for. */
const ask = async (text, values) => {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(50)) {
    try {
      return (await pool.query(text, values)).rows
    } catch (fault) {
      if (!isLost(fault) || Date.now() > end) throw fault
    }
  }
}

export const healthy = () => ask('SELECT 1').then(() => true, () => false)

export const newest = (count) => ask('SELECT id, customer, item, cents FROM orders ORDER BY id DESC LIMIT $1', [count])

export const place = async ({ customer, item, cents }) => {
  const { rows } = await pool.query('INSERT INTO orders (customer, item, cents) VALUES ($1, $2, $3) RETURNING id', [customer, item, cents])
  return rows[0].id
}

const FIRST_ORDERS = 2000

export const migrate = async () => {
  await pool.query(`CREATE TABLE IF NOT EXISTS orders (
    id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    customer integer NOT NULL,
    item text NOT NULL,
    cents integer NOT NULL CHECK (cents > 0),
    placed_at timestamptz NOT NULL DEFAULT now()
  )`)
  const { rowCount } = await pool.query(
    `INSERT INTO orders (customer, item, cents)
     SELECT n % 97, 'Lantern no. ' || n % 40, 900 + 50 * (n % 60) FROM generate_series(1, $1) n WHERE NOT EXISTS (SELECT FROM orders)`,
    [FIRST_ORDERS],
  )
  return rowCount === 0 ? 'The schema is up to date.' : `The schema is there, with the first ${rowCount} orders.`
}

export const close = () => pool.end()
