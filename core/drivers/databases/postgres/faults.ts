import type { ErrorCode } from '../../../errors/catalogue.js'
import { ProcessError, RemoteError } from '../../../errors/families.js'
import { withoutSecrets, type Address } from './address.js'
import { connectionFix } from './connection-fix.js'

/** What libpq writes when it got no connection; a connection lost later reads differently. */
const NO_CONNECTION = /connection to server .*failed|could not connect to server|could not translate host name|invalid sslmode value|root certificate file/

const NO_LOGIN = /password authentication failed|no password supplied|authentication failed for user|role "[^"]*" does not exist|is not permitted to log in/
/** What libpq and the server write when one that was there went away. */
const LOST = /server closed the connection unexpectedly|terminating connection due to|connection to server was lost|SSL connection has been closed unexpectedly|could not receive data from server|database system is shutting down/
/** All that `pg_dump` says at times of a connection that is gone; of other failures the server's own words stand beside it. */
const UNTOLD = /PQgetCopyData\(\) failed/

export interface Doing {
  readonly address: Address
  /** As an infinitive: "count the rows of". */
  readonly what: string
  /** When the server was reached and the work failed. */
  readonly code: ErrorCode
  readonly fix?: string
}

/** What a client program's failure means: an address that can not be reached, or work that failed. */
export function databaseFault(thrown: unknown, doing: Doing): unknown {
  if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') return thrown
  const unreachable = thrown.tail.findLast((line) => NO_CONNECTION.test(line))
  const code = unreachable === undefined ? codeOf(thrown, doing) : (NO_LOGIN.test(unreachable) ? 'login-refused' : 'database-unreachable')
  const fix = unreachable === undefined ? doing.fix : connectionFix(thrown.tail.filter((line) => line.trim() !== '').join(' '))
  const observed = withoutSecrets(doing.address, shortened(unreachable ?? tellingLine(thrown.tail)))
  return new RemoteError(code, {
    service: 'PostgreSQL',
    operation: doing.what,
    message: `Could not ${doing.what} \`${doing.address.label}\`: ${observed === '' ? silent(thrown) : `"${observed}".`}`,
    ...(fix === undefined ? {} : { fix }),
  })
}

/** A dump that was cut off is worth another try, one that was refused is not. */
function codeOf({ tail }: ProcessError, { code }: Doing): ErrorCode {
  const lost = tail.some((line) => LOST.test(line)) || (tail.some((line) => UNTOLD.test(line)) && !tail.some((line) => /ERROR: /.test(line)))
  return code === 'dump-failed' && lost ? 'connection-lost' : code
}

/** Killed from outside, for want of memory perhaps: then it has no last words. */
function silent({ message }: ProcessError): string {
  const signal = /was ended by (SIG[A-Z]+)/.exec(message)?.[1]
  return signal === undefined ? 'the client ended without a word.' : `the client was ended by ${signal}.`
}

/** Runs the work and turns its failure into one of ours. */
export async function explained<T>(doing: Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw databaseFault(thrown, doing)
  }
}

/** The line that says why; what follows it is often the statement that was running. */
function tellingLine(tail: readonly string[]): string {
  return tail.findLast((line) => /(?:ERROR|FATAL|PANIC): /.test(line)) ?? tail.findLast((line) => /error: /.test(line)) ?? tail.at(-1) ?? ''
}

function shortened(line: string): string {
  const said = line.trim().replaceAll(/\s+/g, ' ')
  return said.length > 300 ? `${said.slice(0, 299)}…` : said
}
