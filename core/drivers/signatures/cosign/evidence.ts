import { decodeText, list, object, optional, record, text, type Decoder } from '../../../domain/local-control/decode.js'
import type { Found, Signatory } from '../../../domain/signature-evidence.js'
import { certificateSignatory } from './certificate.js'

/** `null` is how an older cosign writes what is not there. */
const maybe = <T>(decode: Decoder<T>): Decoder<T | undefined> => (value, at) => (value === null ? undefined : optional(decode)(value, at))

interface Bundle {
  readonly verificationMaterial: {
    readonly publicKey?: { readonly hint?: string }
    readonly certificate?: { readonly rawBytes: string }
    readonly x509CertificateChain?: { readonly certificates: readonly { readonly rawBytes: string }[] }
  }
  readonly dsseEnvelope?: { readonly payload: string }
}

const raw = object<{ rawBytes: string }>({ rawBytes: text })
const bundle = object<Bundle>({
  verificationMaterial: object<Bundle['verificationMaterial']>({
    publicKey: maybe(object<{ readonly hint?: string }>({ hint: maybe(text) })),
    certificate: maybe(raw),
    x509CertificateChain: maybe(object<{ certificates: readonly { rawBytes: string }[] }>({ certificates: list(raw) })),
  }),
  dsseEnvelope: maybe(object<{ payload: string }>({ payload: text })),
})

interface Older {
  readonly Payload: string
  readonly Cert?: { readonly Raw: string }
}

const older = object<Older>({ Payload: text, Cert: maybe(object<{ Raw: string }>({ Raw: text })) })

interface Statement {
  readonly predicateType: string
  readonly subject: readonly { readonly digest: Readonly<Record<string, string>> }[]
}

const statement = object<Statement>({ predicateType: text, subject: list(object<{ digest: Readonly<Record<string, string>> }>({ digest: record(text) })) })
const payload = object<{ critical: { image: { 'docker-manifest-digest': string } } }>({
  critical: object<{ image: { 'docker-manifest-digest': string } }>({ image: object<{ 'docker-manifest-digest': string }>({ 'docker-manifest-digest': text }) }),
})
const envelope = object<{ payload: string }>({ payload: text })

/** What `cosign download signature` and `download attestation` print, one a line. What can't be read is evidence of nobody. */
export function evidenceIn(lines: string): readonly Found[] {
  return [...new Set(lines.split('\n').map((line) => line.trim()).filter((line) => line.startsWith('{')))].map((line) => {
    try {
      return foundIn(line)
    } catch {
      return { by: { kind: 'key' }, subjects: [] }
    }
  })
}

/** A bundle, a signature of the older form, or an attestation of the older form, which names nobody. */
function foundIn(line: string): Found {
  const keys = Object.keys(decodeText(record((value) => value), line, 'signature'))
  if (keys.includes('Payload')) return ofOlder(decodeText(older, line, 'signature'))
  if (keys.includes('payload')) return { by: { kind: 'key' }, ...spokenOf(decodeText(envelope, line, 'attestation').payload) }
  return ofBundle(decodeText(bundle, line, 'bundle'))
}

function ofBundle({ verificationMaterial: { publicKey, certificate, x509CertificateChain }, dsseEnvelope }: Bundle): Found {
  const der = certificate?.rawBytes ?? x509CertificateChain?.certificates[0]?.rawBytes
  const by: Signatory = der === undefined ? { kind: 'key', ...(publicKey?.hint === undefined ? {} : { hint: publicKey.hint }) } : certificateSignatory(Buffer.from(der, 'base64'))
  return { by, ...(dsseEnvelope === undefined ? { subjects: [] } : spokenOf(dsseEnvelope.payload)) }
}

/** What a statement is, and of which digests. */
function spokenOf(encoded: string): Pick<Found, 'subjects' | 'predicate'> {
  const { predicateType, subject } = decodeText(statement, plain(encoded), 'statement')
  return { predicate: predicateType, subjects: subject.flatMap(({ digest }) => Object.entries(digest).map(([algorithm, hex]) => `${algorithm}:${hex}`)) }
}

function ofOlder({ Payload, Cert }: Older): Found {
  const { critical } = decodeText(payload, plain(Payload), 'payload')
  return { by: Cert === undefined ? { kind: 'key' } : certificateSignatory(Buffer.from(Cert.Raw, 'base64')), subjects: [critical.image['docker-manifest-digest']] }
}

function plain(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8')
}
