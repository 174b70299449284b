import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { Certificate } from '../../ports/http.js'
import { NoAnswer } from './faults.js'

/** Shakes hands only: what is presented is reported, trusted or not. */
export async function presented(url: URL, timeoutMs: number, signal: AbortSignal | undefined): Promise<Certificate> {
  if (signal?.aborted) throw new NoAnswer('abort')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve, reject) => {
    const socket = connect({
      host, port: Number(url.port || 443), rejectUnauthorized: false, ...(isIP(host) === 0 ? { servername: host } : {}),
    })
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      socket.destroy()
      settle()
    }
    const timer = setTimeout(() => end(() => reject(new NoAnswer('time-out'))), timeoutMs)
    const onAbort = (): void => end(() => reject(new NoAnswer('abort')))
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.on('error', (thrown) => end(() => reject(thrown)))
    socket.once('secureConnect', () => {
      const { subject, issuer, valid_to: validTo } = socket.getPeerCertificate()
      end(() => resolve({ subject: nameOf(subject), issuer: nameOf(issuer), validTo: Date.parse(validTo) }))
    })
  })
}

function nameOf(names: { CN?: string | string[]; O?: string | string[] } | undefined): string {
  return String(names?.CN ?? names?.O ?? '')
}
