import { hkdfSync, randomBytes } from 'node:crypto'
import { Decrypter, Encrypter } from 'age-encryption'
import { InputError, StateError } from '../../../errors/families.js'
import type { Cutting } from './cutting.js'

const FIRST_LINE = 'age-encryption.org/v1\n'
const LAST_LINE = '--- '
/** The nonce and one seal: what comes after the header of an empty file. */
const EMPTY_BYTES = 32
/** Thousands of recipients; a file that goes on longer without an end of its header is none of ours. */
const MOST_BYTES = 1 << 20
const UNFIT = 'no identity matched'

export const NONCE_BYTES = 16

/** A new file key, and the header that gives it to each recipient. */
export async function headerFor(recipients: readonly string[]): Promise<{ readonly header: Uint8Array; readonly fileKey: Uint8Array }> {
  const encrypter = new Encrypter()
  const unusable = recipients.filter((recipient) => !accepted(encrypter, recipient))
  if (recipients.length === 0 || unusable.length > 0) throw noRecipient(unusable)
  let fileKey: Uint8Array | undefined
  // One that takes note of the key and adds no line of its own.
  encrypter.addRecipient({ wrapFileKey: (key) => {
    fileKey = Uint8Array.from(key)
    return []
  } })
  const empty = await encrypter.encrypt(new Uint8Array())
  if (fileKey === undefined) throw new TypeError('the library made no key')
  return { header: empty.subarray(0, -EMPTY_BYTES), fileKey }
}

/** The key of the content. Without a nonce: of a new file. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array = randomBytes(NONCE_BYTES)): { readonly nonce: Uint8Array; readonly key: Uint8Array } {
  return { nonce, key: new Uint8Array(hkdfSync('sha256', fileKey, nonce, 'payload', 32)) }
}

/** Reads a header, and the file's key with one of the identities. */
export async function keyIn(source: Cutting, identities: readonly string[]): Promise<Uint8Array> {
  const decrypter = new Decrypter()
  for (const [index, identity] of identities.entries()) addIdentity(decrypter, identity, index)
  const header = await headerOf(source)
  try {
    return await decrypter.decryptHeader(header)
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.message.startsWith(UNFIT))) throw corrupt('Its first lines were changed.')
    const message = identities.length === 0
      ? 'A backup is encrypted, and no key was given.'
      : `A backup is encrypted for others: none of the keys at hand (${identities.length}) opens it.`
    throw new StateError('backup-locked', { message })
  }
}

async function headerOf(source: Cutting): Promise<Uint8Array> {
  const lines: Uint8Array[] = []
  let bytes = 0
  for (;;) {
    const line = await source.line(MOST_BYTES - bytes)
    if (line === undefined) throw corrupt(lines.length === 0 ? 'It does not begin as a file of age does.' : 'It ends in the middle of its first lines.')
    const text = Buffer.from(line).toString('latin1')
    if (lines.length === 0 && text !== FIRST_LINE) throw corrupt('It does not begin as a file of age does.')
    lines.push(line)
    bytes += line.length
    if (text.startsWith(LAST_LINE)) return Buffer.concat(lines)
  }
}

function accepted(encrypter: Encrypter, recipient: string): boolean {
  try {
    encrypter.addRecipient(recipient)
    return true
  } catch {
    return false
  }
}

/** Nothing of the key is in the fault, whatever the library says of it. */
function addIdentity(decrypter: Decrypter, identity: string, index: number): void {
  try {
    decrypter.addIdentity(identity)
  } catch {
    throw new InputError([{ code: 'input-invalid', message: `Key ${index + 1} of \`backup.identity\` is no key of age.`, fix: 'Give the line that begins with `AGE-SECRET-KEY-1`, as `age-keygen` prints it.' }])
  }
}

function noRecipient(unusable: readonly string[]): InputError {
  const [first = 'nobody', ...others] = unusable
  const fix = 'Give recipients as `age-keygen` prints them, `age1…`.'
  const problem = (recipient: string): { readonly code: 'input-invalid'; readonly message: string; readonly fix: string } => ({
    // Somebody may have put the secret key there.
    code: 'input-invalid', message: recipient.startsWith('age1') ? `"${recipient}" is no recipient of age.` : 'What is given as a recipient of backups is none of age.', fix,
  })
  return new InputError([problem(first), ...others.map(problem)])
}

function corrupt(why: string): StateError {
  return new StateError('backup-corrupt', { message: `An encrypted backup can not be opened. ${why}` })
}
