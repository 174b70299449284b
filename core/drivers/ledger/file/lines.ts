import type { LedgerRecord } from '../../../domain/ledger-log.js'
import { messageOf, StateError } from '../../../errors/families.js'
import type { Files } from '../../../ports/files.js'
import { decodeRecord } from './decode.js'

const NEWLINE = 0x0a
const TAB = 0x09

/**
 * A record's line. The newline before it keeps it apart from a line that a killed writer left unfinished; the tab
 * after it says that it was written to its end: JSON allows one there and never holds one anywhere else.
 */
export function framed(record: LedgerRecord): string {
  return `\n${JSON.stringify(record)}\t\n`
}

/** Reads a file that only grows, from where it was left; a line that has no end yet is left for the next time. */
export interface LineReader {
  next(): AsyncIterable<LedgerRecord>
}

/** `restart` is called when the file is shorter than it was: somebody replaced it, and all of it is read again. */
export function lineReader(path: string, files: Files, restart: () => void): LineReader {
  let offset = 0
  let lines = 0
  return {
    async *next() {
      const bytes = (await files.info(path))?.bytes ?? 0
      if (bytes < offset) {
        offset = 0
        lines = 0
        restart()
      }
      if (bytes === offset) return
      let held = Buffer.alloc(0)
      for await (const chunk of files.stream(path, offset)) {
        held = Buffer.concat([held, chunk])
        let start = 0
        for (let end = held.indexOf(NEWLINE); end !== -1; end = held.indexOf(NEWLINE, start)) {
          const record = decoded(held.subarray(start, end), `${path}:${lines + 1}`)
          offset += end + 1 - start
          lines += 1
          start = end + 1
          if (record !== undefined) yield record
        }
        held = held.subarray(start)
      }
    },
  }
}

/** The record in a line; `undefined` for an empty one and for one that was never finished, and so never acknowledged. */
function decoded(line: Buffer, place: string): LedgerRecord | undefined {
  if (line.length === 0) return undefined
  let value: unknown
  try {
    value = JSON.parse(line.toString('utf8'))
  } catch {
    if (line.at(-1) !== TAB) return undefined
    throw corrupt(place, `it is not JSON: "${line.toString('utf8', 0, 60)}"`)
  }
  try {
    return decodeRecord(value)
  } catch (thrown) {
    throw corrupt(place, messageOf(thrown))
  }
}

function corrupt(place: string, fact: string): StateError {
  return new StateError('ledger-corrupt', {
    message: `Could not read the ledger at \`${place}\`: ${fact}.`,
    fix: 'Move the line out of the file, or use the version of Ecluse that wrote it; nothing was changed.',
  })
}
