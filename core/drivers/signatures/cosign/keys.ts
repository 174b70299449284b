import { createHash, createPublicKey } from 'node:crypto'
import path from 'node:path'
import { isKeyAddress } from '../../../domain/signature.js'
import { InputError } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import { ASK_MS, type Cosign } from './program.js'

/** Named so that nothing else gives it to cosign. */
const PRIVATE = 'ECLUSE_COSIGN_KEY'
const PUBLIC = 'ECLUSE_COSIGN_PUBLIC_KEY'

/** A key as cosign takes it: never on a command line, never in a file. */
export interface KeyFlags {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

export interface PublicKey extends KeyFlags {
  readonly pem: string
  /** SHA-256 (base64) of the key, which bundles name it by. */
  readonly hint: string
}

export function privateKey(key: string, password: string | undefined): KeyFlags {
  const env = password === undefined ? {} : { COSIGN_PASSWORD: password }
  return isKeyAddress(key) ? { argv: ['--key', key], env } : { argv: ['--key', `env://${PRIVATE}`], env: { ...env, [PRIVATE]: mended(key) } }
}

/** What can be asked of everybody: the public half of what we sign with. */
export async function publicHalf(key: KeyFlags, cosign: Cosign): Promise<PublicKey> {
  const { stdout } = await cosign.do({ what: 'read the public half of the signing key', argv: ['public-key', ...key.argv], env: key.env, timeoutMs: ASK_MS })
  return ofPem(stdout, 'the signing key')
}

/** The key of a rule: written there, in a file of the checkout, or in a key service. */
export async function publicKey(key: string, cosign: Cosign, ambient: Ambient): Promise<PublicKey> {
  if (isKeyAddress(key)) return publicHalf({ argv: ['--key', key], env: {} }, cosign)
  if (key.includes('-----BEGIN')) return ofPem(mended(key), 'the configuration')
  return ofPem(await ambient.files.text(path.resolve(ambient.paths.work, key)), `the file \`${key}\``)
}

function ofPem(text: string, where: string): PublicKey {
  const pem = `${text.trim()}\n`
  try {
    const hint = createHash('sha256').update(createPublicKey(pem).export({ type: 'spki', format: 'der' })).digest('base64')
    return { pem, hint, argv: ['--key', `env://${PUBLIC}`], env: { [PUBLIC]: pem } }
  } catch {
    throw new InputError([{ code: 'config-invalid', message: `What ${where} holds is no public key.`, fix: 'Name the `cosign.pub` that belongs to the key that signs.' }])
  }
}

/** Secrets pass through forms: Windows line ends, or `\n` written out. */
function mended(key: string): string {
  const lines = key.includes('\n') ? key : key.replaceAll('\\n', '\n')
  return `${lines.replaceAll('\r', '').trim()}\n`
}
