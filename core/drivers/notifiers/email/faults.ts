import { unaccepted, unreached, type Exchange } from '../../../errors/channel-faults.js'
import { messageOf, RemoteError } from '../../../errors/families.js'
import { Cut } from './send.js'

interface Told {
  readonly code: string
  /** Of the connection or of TLS, beneath the library's own. */
  readonly errno: string
  readonly responseCode?: number
  readonly command: string
  readonly message: string
}

const STRIPPED = 'Set `security: tls` with the port of TLS (465), or find out who takes STARTTLS out of the conversation. Nothing was sent.'
const UNTRUSTED = "Give the certificate of who signed the server's in `ca`, and name the server by the name that is in its own."
const LOGIN = 'Check `user` and `password` of the channel; some providers want a password made for applications.'
const ENVELOPE = 'Check `from` and `to` of the channel, and what the server lets this user send.'
const PORTS = 'Check `host`, `port` and `security` of the channel: `starttls` is at 587 as a rule, `tls` at 465.'
const TLS_FAULTS = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_|ERR_SSL_)/

/** Nothing of the password is in what comes out. */
export function mailFault(exchange: Exchange, thrown: unknown, limitMs: number): RemoteError {
  if (thrown instanceof Cut && thrown.why === 'abort') {
    return new RemoteError('aborted', { service: exchange.service, operation: exchange.operation, message: `Could not ${exchange.operation}: the run was cancelled.` })
  }
  if (thrown instanceof Cut) return unreached(exchange, { observed: `it did not take the message within ${limitMs / 1000} s`, fix: PORTS })
  const { code, errno, responseCode, command, message } = toldIn(thrown)
  const said = message.split('\n', 1)[0]!.replace(/^Error(?: \[\w+\])?: /, '').slice(0, 300)
  // The server was reached, and offers no encryption; or it was offered and broke off.
  if (command === 'STARTTLS' && errno === '') return unaccepted(exchange, { observed: `it offers no encryption (${said})`, fix: STRIPPED })
  if (errno === 'ERR_SSL_WRONG_VERSION_NUMBER') return unaccepted(exchange, { observed: 'it does not speak TLS there', fix: PORTS })
  if (TLS_FAULTS.test(errno) || code === 'ETLS') return unaccepted(exchange, { observed: `its certificate is not trusted, or the encryption failed (${said})`, fix: UNTRUSTED })
  if (responseCode === undefined) return unreached(exchange, { observed: `${said.replace(/\.$/, '')}${errno === '' || said.includes(errno) ? '' : ` (${errno})`}`, fix: PORTS })
  const seen = { status: responseCode, observed: `it answered "${said}"` }
  if (code === 'EAUTH' || responseCode === 530) return unaccepted(exchange, { ...seen, fix: LOGIN })
  return responseCode >= 500 ? unaccepted(exchange, { ...seen, fix: ENVELOPE }) : unreached(exchange, { ...seen, fix: 'Wait: the server may take it later.' })
}

function toldIn(thrown: unknown): Told {
  const text = (name: string): string => {
    const value: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined
    return typeof value === 'string' ? value : ''
  }
  const responseCode: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'responseCode') : undefined
  return { code: text('code'), errno: text('originalCode'), command: text('command'), message: messageOf(thrown), ...(typeof responseCode === 'number' ? { responseCode } : {}) }
}
