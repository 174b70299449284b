/** The text of a file by its byte order mark or its XML declaration, else UTF-8. Throws a `TypeError` where its bytes are no such text. */
export function decoded(bytes: Uint8Array): string {
  const label = markOf(bytes) ?? declared(bytes) ?? 'utf-8'
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(label, { fatal: true })
  } catch {
    throw new TypeError(`its encoding "${label.slice(0, 40)}" is not known`)
  }
  try {
    return decoder.decode(bytes)
  } catch {
    throw new TypeError(`its bytes are not ${label}`)
  }
}

function markOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : undefined
}

function declared(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  return /^\s*<\?xml[^>]*\bencoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1]
}
