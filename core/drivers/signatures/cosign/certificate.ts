import { X509Certificate } from 'node:crypto'
import type { Signatory } from '../../../domain/signature-evidence.js'

/** Sigstore's own extensions, `1.3.6.1.4.1.57264.1.<n>`, as they begin in DER. */
const ARC = [0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xbf, 0x30, 0x01]
const OCTETS = 0x04

const ISSUER = 1
const REPOSITORY = 5

/** Who a certificate names; nothing of it is proven. */
export function certificateSignatory(der: Uint8Array): Signatory {
  const certificate = new X509Certificate(der)
  return {
    kind: 'certificate',
    identity: nameIn(certificate.subjectAltName),
    issuer: extension(certificate.raw, ISSUER),
    repository: extension(certificate.raw, REPOSITORY),
  }
}

/** `URI:https://…`, `email:…`; a name with a comma in it is quoted. */
function nameIn(alternatives: string | undefined): string {
  const first = /^(?:URI|email|DNS):(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^,]*))/.exec(alternatives ?? '')?.groups
  return first?.['quoted'] ?? first?.['plain'] ?? ''
}

/** The text of an extension; `''` when it is not there. */
function extension(der: Buffer, number: number): string {
  const marker = Buffer.from([...ARC, number, OCTETS])
  const at = der.indexOf(marker)
  if (at < 0) return ''
  const start = at + marker.length
  const short = der[start] ?? 0
  // Longer than 127 bytes: the first byte says how many hold the length.
  const width = short < 0x80 ? 0 : short - 0x80
  const length = width === 0 ? short : der.subarray(start + 1, start + 1 + width).reduce((sum, byte) => sum * 256 + byte, 0)
  return der.subarray(start + 1 + width, start + 1 + width + length).toString('utf8')
}
