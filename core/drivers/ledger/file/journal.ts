import { ledgerLog, type LedgerLog, type LedgerRecord } from '../../../domain/ledger-log.js'
import type { Files } from '../../../ports/files.js'
import { framed, lineReader } from './lines.js'

/** Appends a record and reads back; whether it took effect. */
export type Write = (record: LedgerRecord) => Promise<boolean>

/** One environment's log, as this process has read it so far. */
export interface Journal {
  /** Reads on, then works with what the records amount to. One at a time, so that nobody reads past another's record. */
  use<T>(work: (log: LedgerLog, write: Write) => Promise<T> | T): Promise<T>
}

/** The journal of an environment. */
export type Journals = (environment: string) => Journal

export function journal(environment: string, path: string, files: Files): Journal {
  let log = ledgerLog(environment)
  let last: Promise<unknown> = Promise.resolve()
  const reader = lineReader(path, files, () => {
    log = ledgerLog(environment)
  })

  /** Applies what is new; whether the record with this id took effect. */
  const readOn = async (id?: string): Promise<boolean> => {
    let accepted = false
    for await (const record of reader.next()) {
      const effect = log.apply(record)
      if (record.id === id) accepted ||= effect
    }
    return accepted
  }
  const write: Write = async (record) => {
    await files.append(path, framed(record))
    return readOn(record.id)
  }
  return {
    use(work) {
      const turn = last.then(async () => {
        await readOn()
        return work(log, write)
      })
      last = turn.catch(() => undefined)
      return turn
    },
  }
}

/** A file name for any environment's name; a long one is cut and told apart by its hash. */
export function journalName(environment: string, files: Pick<Files, 'sha256'>): string {
  const safe = encodeURIComponent(environment)
  return safe.length <= 120 ? `${safe}.jsonl` : `${safe.slice(0, 80)}~${files.sha256(environment).slice(0, 16)}.jsonl`
}

export function newId(): string {
  return crypto.randomUUID()
}
