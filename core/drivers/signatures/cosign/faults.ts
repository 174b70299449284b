import type { ErrorCode } from '../../../errors/catalogue.js'
import { ProcessError } from '../../../errors/families.js'

/** How cosign ended, whatever it said. */
export interface Ran {
  readonly argv: readonly string[]
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** It looked, and what it found did not fit the rule; everything else that fails is a fault. */
const VERDICT = /no valid bundles exist|no matching (?:signatures|attestations)|no signatures found|none of the attestations matched|no certificate found on signature/

/** cosign's own exit codes for an image whose signatures are not there or do not fit. */
const VERDICTS = [10, 12, 13]

export function isVerdict({ exitCode, stderr }: Ran): boolean {
  return VERDICTS.includes(exitCode) || (exitCode === 1 && VERDICT.test(stderr))
}

/** It had something before it, and says what of that does not fit. */
export function sawOne({ exitCode, stderr }: Ran): boolean {
  return exitCode !== 0 && /no matching (?:signatures|attestations): (?!no valid bundles)\S/.test(stderr)
}

/** Of that, the name or the key is another. */
export function ofOthers({ stderr }: Ran): boolean {
  return /CertificateIdentity|accepted signatures do not match threshold/.test(stderr)
}

export function nothingThere({ exitCode, stderr }: Ran): boolean {
  return exitCode === 1 && /no (?:signatures|attestations) associated|found no attestations|no matching attestations/.test(stderr)
}

interface Known {
  readonly form: RegExp
  readonly code: ErrorCode
  readonly fix?: string
}

const NET = 'connection refused|no such host|i/o timeout|network is unreachable|connection reset|deadline exceeded|TLS handshake|x509:'

/** The first that fits. Faults of a registry name the address that was asked, which has `/v2/` in it. */
const KNOWN: readonly Known[] = [
  { form: /MANIFEST_UNKNOWN|NAME_UNKNOWN|entity not found in registry|image tag not found|\/v2\/\S+\/manifests\/\S+ unexpected status code 404/, code: 'image-not-found' },
  { form: /UNAUTHORIZED|DENIED|\/v2\/.*(?:401 Unauthorized|403 Forbidden)/, code: 'registry-refused' },
  { form: new RegExp(`/v2/.*(?:${NET}|EOF|unexpected status code 5\\d\\d)`, 's'), code: 'registry-unreachable' },
  { form: /\bTUF\b|trusted root/i, code: 'signing-failed', fix: 'Let this machine reach the Sigstore trust root, or name a file with it: `trusted-root`.' },
  { form: /decrypt|invalid pem block|unsupported pem type|reading key|loading public key/i, code: 'signing-failed', fix: 'Check that the key is whole, with its first and last line, and that the password is its own.' },
]

/** What kept cosign from its work, as an error with a code. */
export function faultOf(what: string, ran: Ran): ProcessError {
  const lines = ran.stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !/^(?:WARNING|error during command execution):/.test(line))
  const tail = lines.slice(-20)
  const known = KNOWN.find(({ form }) => form.test(ran.stderr))
  return new ProcessError(known?.code ?? 'signing-failed', {
    message: `Could not ${what}: \`cosign\` ended with exit code ${ran.exitCode}: "${said(ran)}".`,
    ...(known?.fix === undefined ? {} : { fix: known.fix }),
    argv: ran.argv,
    exitCode: ran.exitCode,
    tail,
  })
}

/** Its own words, short. */
export function said({ stderr }: Ran): string {
  const line = stderr.split('\n').map((text) => text.trim()).findLast((text) => text.startsWith('Error: ')) ?? stderr.trim().split('\n').at(-1) ?? ''
  const text = line.replace(/^Error: /, '')
  return text.length > 400 ? `${text.slice(0, 399)}…` : text
}
