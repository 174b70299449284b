import { InputError } from '../../../../errors/families.js'

const FORM = /^(-----BEGIN [A-Z0-9 ]+-----)\s*([^]*?)\s*(-----END [A-Z0-9 ]+-----)$/

/** A private key as `ssh` reads it: secrets lose line ends on their way, or get those of another system. */
export function wholeKey(given: string): string {
  const lined = given.trim().includes('\n') ? given : given.replaceAll(String.raw`\n`, '\n')
  const text = lined.replaceAll('\r', '').trim()
  const [, first, body, last] = FORM.exec(text) ?? []
  if (first === undefined || body === undefined || last === undefined) return `${text}\n`
  // In one line, with blanks where its lines ended.
  const lines = body.includes('\n') ? body : body.replaceAll(/\s+/g, '\n')
  return `${first}\n${lines}\n${last}\n`
}

/** Nobody is there to type a passphrase, and `ssh` would only say that the host refused. */
export function refuseLocked(key: string): void {
  if (!isLocked(key)) return
  throw new InputError([{
    code: 'input-invalid', message: 'The private key for ssh (`ssh-key`) is locked with a passphrase, and nobody is there to type it.',
    fix: 'Make a key without one for this purpose: `ssh-keygen -t ed25519 -N "" -f deploy-key`.',
  }])
}

function isLocked(key: string): boolean {
  if (/^Proc-Type: 4,ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(key)) return true
  const body = /BEGIN OPENSSH PRIVATE KEY-----\s([^-]+)/.exec(key)?.[1]
  if (body === undefined) return false
  // "openssh-key-v1", a zero byte, then the length and name of the cipher.
  const bytes = Buffer.from(body, 'base64')
  const length = bytes.length > 19 ? bytes.readUInt32BE(15) : 0
  return length > 0 && length < 64 && bytes.toString('latin1', 19, 19 + length) !== 'none'
}
