const BLOCK = 512
/** Kinds of entries that only describe the next one: long names and extended attributes. */
const ABOUT_THE_NEXT = new Set(['x', 'g', 'L', 'K'])

/** Whether an archive has its end. Of a file that grows shorter while it is copied, the engine sends what it got, and calls that a success. */
export function isWhole(archive: Uint8Array): boolean {
  return archive.length >= 2 * BLOCK && archive.subarray(-2 * BLOCK).every((byte) => byte === 0)
}

/** The first regular file of a tar archive as `docker cp` writes it, as far as it goes; `undefined` when it holds something else. */
export function firstFile(archive: Uint8Array): string | undefined {
  for (const { kind, text } of entriesIn(archive)) return isFile(kind) ? text : undefined
  return undefined
}

/** Whether an archive begins with a link. */
export function leadsElsewhere(archive: Uint8Array): boolean {
  const [first] = entriesIn(archive)
  return first?.kind === '1' || first?.kind === '2'
}

/** The regular files right in the folder that an archive is of, by name. */
export function filesIn(archive: Uint8Array): Readonly<Record<string, string>> {
  const files: Record<string, string> = {}
  for (const { kind, name, text } of entriesIn(archive)) {
    const plain = name.replace(/^\.\//, '')
    if (isFile(kind) && !plain.includes('/')) files[plain] = text
  }
  return files
}

interface Entry {
  readonly kind: string
  readonly name: string
  /** As far as the archive goes. */
  readonly text: string
}

function* entriesIn(archive: Uint8Array): Generator<Entry> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength)
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const kind = String.fromCharCode(bytes[at + 156]!)
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 136), 8)
    if (Number.isNaN(size)) return
    const begin = at + BLOCK
    if (!ABOUT_THE_NEXT.has(kind)) yield { kind, name: bytes.toString('utf8', at, at + 100).replace(/\0.*$/s, ''), text: bytes.toString('utf8', begin, begin + size) }
    at = begin + Math.ceil(size / BLOCK) * BLOCK
  }
}

function isFile(kind: string): boolean {
  return kind === '0' || kind === '\0'
}

/** A tar archive with these files, which every user in the container may read; names have at most 100 bytes. */
export function archiveOf(files: Readonly<Record<string, string>>, modifiedAt: number): Uint8Array {
  return Buffer.concat([...Object.entries(files).map(([name, text]) => entryOf(name, text, modifiedAt)), Buffer.alloc(2 * BLOCK)])
}

function entryOf(name: string, text: string, modifiedAt: number): Uint8Array {
  const content = Buffer.from(text)
  const header = Buffer.alloc(BLOCK)
  const put = (at: number, value: string): void => void header.write(value, at, 'latin1')
  header.write(name, 0, 100, 'utf8')
  put(100, '0000644\0')
  put(108, '0000000\0')
  put(116, '0000000\0')
  put(124, `${content.length.toString(8).padStart(11, '0')}\0`)
  put(136, `${Math.floor(modifiedAt / 1000).toString(8).padStart(11, '0')}\0`)
  put(148, ' '.repeat(8))
  put(156, '0')
  put(257, 'ustar\u000000')
  put(148, `${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `)
  const filling = (BLOCK - (content.length % BLOCK)) % BLOCK
  return Buffer.concat([header, content, Buffer.alloc(filling)])
}
