import { OWN_ROWS, type Outline } from '../../../domain/fingerprint.js'
import type { Fingerprint } from '../../../domain/receipt.js'
import type { Taken } from '../../../ports/database.js'
import type { Files } from '../../../ports/files.js'
import { stableExpression } from './expression.js'
import { notOfExtension, OUTLINE_QUERIES, users } from './outline-sql.js'
import { literal, type Row, type Session } from './psql.js'

/** So many tables in one question: few round trips, and a plan the server makes in no time. */
const BATCH = 200

/** Of each large object; the server gives no more than twice that at once. */
const LARGE_BYTES = 2 ** 29

// Tables that hold rows themselves: partitions, not what they are part of. A materialized view's rows are not in a dump: a restore
// computes them anew. Columns by name, because inheritance may change their order. Of a table of an extension, what its condition
// leaves out comes with the extension and is in no dump.
const TABLES = `SELECT json_build_array(format('%I.%I', n.nspname, c.relname), coalesce((SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE "C")
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), ''),
    coalesce((SELECT e.extcondition[array_position(e.extconfig, c.oid)] FROM pg_extension e WHERE c.oid = ANY (e.extconfig) LIMIT 1), '')) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND ${users('n')} AND (${notOfExtension('pg_class', 'c.oid')} OR EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY (e.extconfig)))`

const SEQUENCES = `SELECT json_build_array(format('%I.%I', n.nspname, c.relname)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'S' AND ${users('n')} AND ${notOfExtension('pg_class', 'c.oid')}`

/** Bounds for one transaction: nothing waits for ever, and the server does not end it while a long dump reads its snapshot. */
const SETTINGS = [
  ['search_path', ''],
  // How values are written as text: the same on every server.
  ['DateStyle', 'ISO, MDY'],
  ['IntervalStyle', 'postgres'],
  ['TimeZone', 'UTC'],
  ['extra_float_digits', '3'],
  ['bytea_output', 'hex'],
  ['lc_monetary', 'C'],
  ['row_security', 'off'],
  ['lock_timeout', '60s'],
  ['statement_timeout', '0'],
  ['idle_in_transaction_session_timeout', '0'],
  ['transaction_timeout', '0'],
  ['tcp_keepalives_idle', '30'],
] as const

/** Begins a transaction that sees one moment of the database until the session is closed. */
export async function beginSnapshot(session: Session): Promise<void> {
  await session.ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  const values = SETTINGS.map(([name, value]) => `(${literal(name)}, ${literal(value)})`).join(', ')
  // By way of `pg_settings`, because no server knows all of them.
  await session.ask(`SELECT json_build_array(set_config(v.name, v.value, true)) FROM (VALUES ${values}) AS v(name, value) JOIN pg_settings s USING (name)`)
}

/** Of the server's lock table, for our locks: `pg_dump` holds the same ones, and others need theirs. */
const SHARE_OF_LOCKS = 0.5

/**
 * Keeps every table as it is until `letTables`: TRUNCATE and DROP obey no snapshot, and a count that outlasts the dump would see
 * them. After the snapshot was exported, which a savepoint forbids. More tables than the server has locks for are left alone.
 */
export async function holdTables(session: Session): Promise<void> {
  await session.ask('SAVEPOINT holding')
  const [room] = await session.ask(`SELECT json_build_array((current_setting('max_locks_per_transaction')::bigint * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint))::text)`)
  const tables = await session.ask(TABLES)
  if (tables.length > Number(room![0]) * SHARE_OF_LOCKS) return
  for (let start = 0; start < tables.length; start += BATCH) {
    await session.ask(`LOCK TABLE ${tables.slice(start, start + BATCH).map(([name]) => `ONLY ${name}`).join(', ')} IN ACCESS SHARE MODE`)
  }
}

/** Lets them go; what the transaction sees stays. */
export async function letTables(session: Session): Promise<void> {
  await session.ask('ROLLBACK TO SAVEPOINT holding')
}

export interface Wanted {
  /** Of every table's content. */
  readonly checksums: boolean
  /** Which obey no snapshot, read before. */
  readonly sequences?: Fingerprint['sequences']
}

/** What the session's snapshot holds. */
export async function takeFingerprint(session: Session, files: Pick<Files, 'sha256'>, wanted: Wanted = { checksums: false }): Promise<Taken> {
  const outline = await released(session, () => takeOutline(session, files))
  const tables = await session.ask(TABLES)
  const rows = await counted(session, tables, (table) => `count(*)::text) FROM ${dumpedOf(table)}`)
  const sequences = wanted.sequences ?? (await sequenceValues(session))
  const extensions = await session.ask(`SELECT json_build_array(extname, extversion) FROM pg_extension WHERE extname <> 'plpgsql'`)
  const [large] = await session.ask('SELECT json_build_array(count(*)::text) FROM pg_largeobject_metadata')
  const checksums = wanted.checksums ? await takeChecksums(session, tables) : undefined
  return {
    outline,
    fingerprint: {
      schema: files.sha256(JSON.stringify(Object.entries(outline))),
      rows: Object.fromEntries(rows.map(([name, count]) => [name, Number(count)])),
      sequences,
      extensions: Object.fromEntries(extensions.map(([name, version]) => [name!, version!] as const).toSorted(byName)),
      largeObjects: Number(large?.[0]),
      ...(checksums === undefined ? {} : { checksums }),
    },
  }
}

/** Sums over the rows, so that their order does not matter and a row that is there twice does; large objects by their number and content. */
async function takeChecksums(session: Session, tables: readonly Row[]): Promise<Readonly<Record<string, string>>> {
  const sums = await counted(session, tables, (table) => `${sumOf(`ROW(${table[1]})::text`)}) FROM ${dumpedOf(table)}`)
  const [large] = await session.ask(`SELECT json_build_array(${sumOf(`oid::text || ' ' || md5(lo_get(oid, 0, ${LARGE_BYTES}))`)}) FROM pg_largeobject_metadata`)
  return Object.fromEntries([...sums, ['pg_largeobject', large?.[0] ?? ''] as const].toSorted(byName))
}

/** `hashtextextended` is the same in all versions from 11 on. */
function sumOf(text: string): string {
  return `coalesce(sum(hashtextextended(${text}, 0)::numeric), 0)::text`
}

/** Sequences obey no snapshot: this is what they say now. */
export async function sequenceValues(session: Session): Promise<Fingerprint['sequences']> {
  const found = await session.ask(SEQUENCES)
  return Object.fromEntries(await counted(session, found, ([name]) => `last_value::text || CASE WHEN is_called THEN '' ELSE ' (unused)' END) FROM ${name}`))
}

async function takeOutline(session: Session, files: Pick<Files, 'sha256'>): Promise<Outline> {
  const entries: [string, string][] = []
  for (const query of OUTLINE_QUERIES) {
    for (const [kind, identity, plain, written] of await session.ask(query)) {
      entries.push([`${kind} ${identity}`, files.sha256(`${plain}\n${stableExpression(written!)}`).slice(0, 16)])
    }
  }
  return Object.fromEntries(entries.toSorted(byName))
}

/** One value for each of many tables, asked for in batches; sorted by name. */
async function counted(session: Session, tables: readonly Row[], select: (table: Row) => string): Promise<readonly (readonly [string, string])[]> {
  const found: [string, string][] = []
  for (let start = 0; start < tables.length; start += BATCH) {
    const queries = tables.slice(start, start + BATCH).map((table, index) => `SELECT json_build_array('${start + index}', ${select(table)}`)
    const rows = await released(session, () => session.ask(queries.join(' UNION ALL ')))
    for (const [index, value] of rows) found.push([keyOf(tables[Number(index)]!), value!])
  }
  return found.toSorted(byName)
}

/** The rows of a table that a dump has. */
function dumpedOf([name, , condition = '']: Row): string {
  return condition === '' ? `ONLY ${name}` : `(SELECT * FROM ONLY ${name} ${condition}) AS dumped`
}

function keyOf([name = '', , condition = '']: Row): string {
  return condition === '' ? name : `${name}${OWN_ROWS}`
}

/** Locks taken in between are let go: thousands of tables and their indexes are more than a server's lock table holds. */
async function released<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.ask('SAVEPOINT looking')
  const found = await work()
  await session.ask('ROLLBACK TO SAVEPOINT looking')
  return found
}

/** By code units: the same on every machine, whatever its locale. */
function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : Number(a > b)
}
