// A PostgreSQL with the database of a shop in it: numbers, times, text and JSON; visitors, browsers and goods that come again and again, though not at once.
import { startPostgres } from '../support/engines/postgres.mjs'
import { runTimed } from './programs.mjs'

/** Of so many rows as make about one MB, indexes included. */
const perMegabyte = { customers: 500, orders: 1750, events: 2500 }

const TABLES = `
CREATE TABLE customers (id bigint, name text NOT NULL, mail text NOT NULL, born date, document jsonb NOT NULL);
CREATE TABLE orders (id bigint, customer bigint NOT NULL, at timestamptz NOT NULL, status text NOT NULL, amount numeric(12,2) NOT NULL, note text);
CREATE TABLE events (id bigint, at timestamptz NOT NULL, kind int NOT NULL, seen boolean NOT NULL, value float8, body text NOT NULL);`

const fill = (first, last) => `
INSERT INTO customers SELECT n, 'Customer ' || n, substr(md5(n::text), 1, 9) || '@shop.example', date '1950-01-01' + abs(hashint8(n)) % 20000,
  jsonb_build_object('street', 'Street ' || abs(hashint8(n)) % 977, 'city', 'City ' || n % 313, 'points', abs(hashint8(n)) % 100003, 'tags', jsonb_build_array('a' || n % 7, 'b' || n % 11))
  FROM generate_series(${first * perMegabyte.customers} + 1, ${last * perMegabyte.customers}::bigint) n;
INSERT INTO orders SELECT n, 1 + abs(hashint8(n)) % ${last * perMegabyte.customers}, timestamptz '2025-01-01' + n * interval '17.3 s', (ARRAY['new','paid','sent','done'])[1 + abs(hashint8(n)) % 4],
  (abs(hashint8(-n)) % 1000000) / 100.0, 'goods ' || md5((abs(hashint8(n)) % 3001)::text) || md5((abs(hashint8(n)) % 3001 + 7)::text) || ', to be sent by post'
  FROM generate_series(${first * perMegabyte.orders} + 1, ${last * perMegabyte.orders}::bigint) n;
INSERT INTO events SELECT n, timestamptz '2025-01-01' + n * interval '5.1 s', n % 13, n % 2 = 0, hashint8(n) / 7.0, 'page=/shop/' || abs(hashint8(n)) % 499 || ' session=' || md5((n / 20000 * 1000 + abs(hashint8(n)) % 1000)::text) || ' agent=Mozilla/5.0 ' || md5((abs(hashint8(n)) % 607)::text)
  FROM generate_series(${first * perMegabyte.events} + 1, ${last * perMegabyte.events}::bigint) n;`

const INDEXES = `
ALTER TABLE customers ADD PRIMARY KEY (id); ALTER TABLE orders ADD PRIMARY KEY (id); ALTER TABLE events ADD PRIMARY KEY (id);
CREATE INDEX orders_customer ON orders (customer); CREATE INDEX orders_at ON orders (at); CREATE INDEX events_at ON events (at);
ALTER TABLE orders ADD FOREIGN KEY (customer) REFERENCES customers;`

/** `grow` makes it so many times as large, without indexes. `shell` runs a line as people type it, with `psql`'s environment set. */
export async function withDatabase(megabytes, use) {
  const server = await startPostgres({ database: 'shop' })
  const env = { PATH: process.env.PATH, PGHOST: server.host, PGPORT: String(server.port), PGUSER: server.user, PGPASSWORD: server.password, PGDATABASE: server.database }
  const shell = (line, cwd) => runTimed('sh', ['-ec', line], { env, cwd })
  const sql = (text) => shell(`psql -Xq -v ON_ERROR_STOP=1 <<'END'\n${text}\nEND`)
  const database = {
    url: server.url, shell, sql,
    async grow(times) {
      await sql('ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey; DROP INDEX orders_customer, orders_at, events_at; ALTER TABLE events DROP CONSTRAINT events_pkey; ALTER TABLE orders DROP CONSTRAINT orders_pkey;')
      for (let turn = 1; turn < times; turn += 1) await sql(fill(turn * megabytes, (turn + 1) * megabytes))
    },
  }
  try {
    await sql(`${TABLES}${fill(0, megabytes)}`)
    await sql(`${INDEXES}VACUUM ANALYZE;`)
    return await use(database)
  } finally {
    await server.stop()
  }
}
