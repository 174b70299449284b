import { databaseFault, explained, type Doing } from './faults.js'
import type { Address } from './address.js'
import type { Processes } from '../../../ports/process.js'

/** How questions reach the server: a `psql`, the address and the processes of whoever asks. */
export interface Asking {
  readonly psql: string
  readonly address: Address
  readonly process: Processes
}

/** One row: every column as text. Each query gives one `json_build_array` of texts per row, so that any name fits on one line. */
export type Row = readonly string[]

export interface Session {
  ask(sql: string): Promise<readonly Row[]>
  /** The server works at an answer. */
  busy(): boolean
  close(): Promise<void>
}

const FLAGS = ['-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1'] as const
const QUESTION_MS = 60_000
export const WHOLE_DAY_MS = 24 * 60 * 60_000
const END = 'ecluse-end-of-answer'
/** Whoever keeps writers away from a database that is to be replaced means others. As a statement: poolers take few options from a client. */
const WRITABLE = 'SET default_transaction_read_only = off;\n'

export interface Question extends Omit<Doing, 'address'> {
  readonly sql: string
  readonly database?: string
  readonly timeoutMs?: number
  /** It changes something on the server. */
  readonly writes?: true
}

/** Asks once, over a connection of its own. Statements are separated by `;`. */
export async function ask(asking: Asking, question: Question): Promise<readonly Row[]> {
  const { psql, address, process } = asking
  return explained({ address, ...question }, async () => {
    const { stdout } = await process.run({
      what: `${question.what} \`${address.label}\``,
      argv: [psql, ...FLAGS],
      env: environment(address, question.database),
      stdin: `${question.writes === true ? WRITABLE : ''}${question.sql}\n`,
      timeoutMs: question.timeoutMs ?? QUESTION_MS,
    })
    return stdout.split('\n').filter((line) => line !== '').map(rowOf)
  })
}

/** A connection that stays: what is asked one after the other sees the same transaction. */
export function openSession(asking: Asking, doing: Omit<Doing, 'address'> & { readonly database?: string; readonly stop?: AbortSignal }): Session {
  const { psql, address, process } = asking
  const conversation = process.converse({
    what: `${doing.what} \`${address.label}\``, argv: [psql, ...FLAGS], env: environment(address, doing.database), timeoutMs: WHOLE_DAY_MS,
    ...(doing.stop === undefined ? {} : { stop: doing.stop }),
  })
  const about: Doing = { address, ...doing }
  let asked = 0
  return {
    busy: () => asked > 0,
    ask: (sql) => explained(about, async () => {
      asked += 1
      await conversation.write(`${sql};\n\\echo ${END}`)
      const rows: Row[] = []
      for (let line = await conversation.read(); line !== END; line = await conversation.read()) {
        if (line === undefined) {
          await conversation.close()
          throw new TypeError('`psql` ended well in the middle of an answer')
        }
        if (line !== '') rows.push(rowOf(line))
      }
      asked -= 1
      return rows
    }),
    async close() {
      // Whatever ended it was told where it mattered: at the question that got no answer.
      await conversation.close().catch((thrown: unknown) => databaseFault(thrown, about))
    },
  }
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** Backslashes are taken as they are, whatever the server's `standard_conforming_strings`. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted}` : quoted
}

function environment(address: Address, database: string | undefined): Record<string, string> {
  return { ...address.env, PGCLIENTENCODING: 'UTF8', ...(database === undefined ? {} : { PGDATABASE: database }) }
}

function rowOf(line: string): Row {
  const row: unknown = JSON.parse(line)
  if (!Array.isArray(row)) throw new TypeError('a row of an answer is not a list')
  return row.map((column: unknown) => {
    if (typeof column !== 'string') throw new TypeError('a column of an answer is not a text')
    return column
  })
}
