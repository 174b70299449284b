/** A real SMTP server on loopback, with certificates of an authority that only it knows. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { SMTPServer } from 'smtp-server'

export interface Mail {
  readonly from: string
  readonly to: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  /** It came over an encrypted connection. */
  readonly encrypted: boolean
  readonly user: string
}

export interface MailServer {
  readonly host: string
  readonly port: number
  /** The authority's certificate. */
  readonly ca: string
  readonly user: string
  readonly password: string
  readonly mails: Mail[]
  /** All that came in before anything was encrypted. */
  readonly clear: readonly string[]
  stop(): Promise<void>
}

export interface MailOptions {
  readonly secure?: boolean
  /** Somebody in between takes the offer of encryption out. */
  readonly stripped?: boolean
  /** Of `RCPT TO`: what it answers in the place of taking it. */
  readonly refuse?: (address: string) => { readonly code: number; readonly text: string } | undefined
  readonly anybody?: boolean
}

interface Certificates {
  readonly ca: string
  readonly key: string
  readonly cert: string
}

const USER = 'deliveries@shop.example'
const PASSWORD = 'planted-mail-password-4711'

export function certificates(openssl: string): Certificates {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ecluse-mail-'))
  const run = (...argv: readonly string[]): void => void execFileSync(openssl, argv, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  run('req', '-x509', ...key, '-days', '2', '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  run('req', ...key, '-subj', '/CN=localhost', '-keyout', 'key.pem', '-out', 'csr.pem')
  writeFileSync(path.join(folder, 'names'), 'subjectAltName=DNS:localhost\n')
  run('x509', '-req', '-in', 'csr.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names', '-out', 'cert.pem')
  const text = (name: string): string => readFileSync(path.join(folder, name), 'utf8')
  const made = { ca: text('ca.pem'), key: text('key.pem'), cert: text('cert.pem') }
  rmSync(folder, { recursive: true, force: true })
  return made
}

export async function startMail({ ca, key, cert }: Certificates, { secure = false, stripped = false, refuse = () => undefined, anybody = false }: MailOptions = {}): Promise<MailServer> {
  const mails: Mail[] = []
  const clear: string[] = []
  const failing = (code: number, text: string): Error => Object.assign(new Error(text), { responseCode: code })
  const server = new SMTPServer({
    secure, key, cert, authOptional: anybody, disabledCommands: stripped ? ['STARTTLS'] : [], disableReverseLookup: true, allowInsecureAuth: true,
    // Servers tell what they did not like, and some repeat it.
    onAuth: ({ username, password }, _session, callback) => (username === USER && password === PASSWORD ? callback(null, { user: username }) : callback(failing(535, `5.7.8 Authentication failed for ${username} with ${password}`))),
    onRcptTo: ({ address }, _session, callback) => {
      const refused = refuse(address)
      callback(refused === undefined ? null : failing(refused.code, refused.text))
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({ from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address), encrypted: session.secure, user: String(session.user ?? ''), ...parsed(Buffer.concat(chunks)) })
        callback(null, 'taken')
      })
    },
  })
  server.server.on('connection', (socket: Socket) => socket.on('data', (chunk: Buffer) => void clear.push(chunk.toString('latin1'))))
  server.on('error', () => undefined)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.server.address()
  return {
    host: 'localhost', port: typeof address === 'object' && address !== null ? address.port : 0, ca, user: USER, password: PASSWORD, mails, clear,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve())
    }),
  }
}

/** Header lines as they were meant, and the text. */
function parsed(content: Buffer): Pick<Mail, 'headers' | 'text'> {
  const [head = '', ...body] = content.toString('utf8').split('\r\n\r\n')
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), words(line.slice(line.indexOf(':') + 1).trim())]))
  const raw = body.join('\r\n\r\n')
  const encoding = headers['content-transfer-encoding']
  const text = encoding === 'base64' ? Buffer.from(raw, 'base64').toString('utf8') : encoding === 'quoted-printable' ? quoted(raw) : raw
  return { headers, text: text.replaceAll('\r\n', '\n') }
}

function words(header: string): string {
  return header.replaceAll(/\?=\s+=\?/g, '?==?').replaceAll(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, kind: string, inside: string) => (kind.toLowerCase() === 'b' ? Buffer.from(inside, 'base64').toString('utf8') : quoted(inside.replaceAll('_', ' '))))
}

function quoted(text: string): string {
  return Buffer.from(text.replaceAll(/=\r?\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16))), 'latin1').toString('utf8')
}

/** What takes a connection and then says this; nothing: it stays silent. */
export async function startTalker(greeting: string | undefined): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    if (greeting !== undefined) socket.write(greeting)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
