import type { Ambient } from '../../../ports/ambient.js'
import { WHOLE_DAY_MS } from './psql.js'

export type Compression = 'zstd' | 'gzip'

// Level 3 on all cores is within a tenth of not compressing at all; higher levels cost three times as much for nothing.
const PACK = ['-3', '-T0', '-q', '-c'] as const

/**
 * The `zstd` program where it is installed: 0.3 of the time and 0.73 of the size of gzip. Otherwise gzip inside Node,
 * which every machine has, at the price of what `pg_dump | gzip` always took.
 */
export async function chooseCompression(ambient: Ambient): Promise<Compression> {
  return (await ambient.process.which('zstd')) === undefined ? 'gzip' : 'zstd'
}

export function packed(content: AsyncIterable<Uint8Array>, compression: Compression, ambient: Ambient): AsyncIterable<Uint8Array> {
  if (compression === 'gzip') return ambient.files.gzip(content)
  return ambient.process.stream({ what: 'compress the dump', argv: ['zstd', ...PACK], stdin: content, timeoutMs: WHOLE_DAY_MS }).stdout
}

/** Tells by its first bytes what a backup was compressed with. */
export async function* unpacked(content: AsyncIterable<Uint8Array>, ambient: Ambient): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peeked(content)
  if (head.startsWith('1f8b')) yield* ambient.files.gunzip(whole)
  else if (head === '28b52ffd') {
    yield* ambient.process.stream({ what: 'decompress the backup', argv: ['zstd', '-d', '-q', '-c'], stdin: whole, timeoutMs: WHOLE_DAY_MS }).stdout
  } else yield* whole
}

/** The first four bytes as hex, and all of the content. */
async function peeked(content: AsyncIterable<Uint8Array>): Promise<{ readonly head: string; readonly whole: AsyncIterable<Uint8Array> }> {
  const rest = content[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  let held = 0
  while (held < 4) {
    const { value, done } = await rest.next()
    if (done) break
    first.push(value)
    held += value.length
  }
  const head = Buffer.concat(first).subarray(0, 4).toString('hex')
  return { head, whole: joined(first, rest) }
}

async function* joined(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* first
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}
