import type { Files } from '../../../../ports/files.js'

const KEY = /(?:^|\s)((?:ssh-|ecdsa-|sk-)\S+)\s+(AAAA[A-Za-z0-9+/]+={0,3})/

/** A file that `ssh` looks the host's key up in. */
export function knownHostsText(lines: readonly string[]): string {
  return lines.map((line) => `${line.trim()}\n`).join('')
}

/** `SHA256:…` of the key in a line, as `ssh-keygen -l` prints it. */
export function fingerprintOf(line: string, files: Files): string | undefined {
  const key = KEY.exec(line)?.[2]
  if (key === undefined) return undefined
  return `SHA256:${Buffer.from(files.sha256(Buffer.from(key, 'base64')), 'hex').toString('base64').replace(/=+$/, '')}`
}

/** `ED25519`, for the file on the host that holds its public key. */
export function kindOf(line: string): string {
  const kind = KEY.exec(line)?.[1] ?? ''
  return /ed25519|ecdsa|rsa/.exec(kind)?.[0] ?? 'ed25519'
}
