import type SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { EmailOptions } from '../../../domain/channels.js'
import type { Ambient } from '../../../ports/ambient.js'

/** The run was cancelled, or the time was over, before the server had taken the message. */
export class Cut extends Error {
  readonly why: 'abort' | 'time-out'
  constructor(why: Cut['why']) {
    super(why)
    this.why = why
  }
}

export type Server = Pick<EmailOptions, 'host' | 'port' | 'security' | 'user' | 'password' | 'ca'>

export interface Envelope {
  readonly from: string
  readonly to: readonly string[]
}

/**
 * One message over one connection, which is gone afterwards, however it ended. Resolves with the recipients that the server did not take.
 * The connection itself is used, in the place of the library's transport: that one can't be stopped on its way.
 */
export async function send({ host, port, security, user, password, ca }: Server, envelope: Envelope, content: Buffer, ambient: Ambient, limitMs: number): Promise<readonly string[]> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection')
  const connection = new Connection({
    host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none',
    connectionTimeout: limitMs, greetingTimeout: limitMs, socketTimeout: limitMs, dnsTimeout: limitMs, socketCloseTimeout: 0,
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) },
    logger: false,
  })
  const over = AbortSignal.any([ambient.signal, AbortSignal.timeout(limitMs)])
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      over.removeEventListener('abort', onAbort)
      connection.close()
      settle()
    }
    const onAbort = (): void => end(() => reject(new Cut(ambient.signal.aborted ? 'abort' : 'time-out')))
    if (over.aborted) return onAbort()
    over.addEventListener('abort', onAbort, { once: true })
    // Also a second fault must find a listener.
    connection.on('error', (fault: unknown) => end(() => reject(fault)))
    conversation(connection, { user, password }, envelope, content).then((refused) => end(() => resolve(refused)), (fault: unknown) => end(() => reject(fault)))
  })
}

async function conversation(connection: SMTPConnection, { user, password }: { readonly user: string | undefined; readonly password: string | undefined }, { from, to }: Envelope, content: Buffer): Promise<readonly string[]> {
  await done((settle) => connection.connect(settle))
  if (user !== undefined) await done((settle) => connection.login({ user, pass: password ?? '', credentials: { user, pass: password ?? '' } }, settle))
  const { rejected } = await done<{ readonly rejected: readonly string[] }>((settle) => connection.send({ from, to: [...to] }, content, settle))
  return rejected
}

function done<T>(begin: (settle: (fault?: Error | null, result?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    begin((fault, result) => {
      if (fault) reject(fault)
      // What says that it is done without a result is awaited for nothing else.
      else resolve(result!)
    })
  })
}
