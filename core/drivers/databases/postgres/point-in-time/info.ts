import { decodeText, list, number, object, optional, record, text, type Decoder } from '../../../../domain/local-control/decode.js'
import { StateError } from '../../../../errors/families.js'
import type { ArchiveBackup } from '../../../../ports/point-in-time.js'
import { markIn } from './marks.js'

interface SaidBackup {
  readonly label: string
  readonly type: string
  readonly timestamp: Readonly<Record<string, number>>
  readonly size: number
  readonly stored: number
  readonly reference: readonly string[]
  readonly repo: number
  readonly damaged: boolean
  readonly identity: number
  readonly annotation: Readonly<Record<string, unknown>>
}

export interface StanzaInfo {
  /** 0 is well. */
  readonly status: { readonly code: number; readonly message: string }
  readonly encrypted: boolean
  readonly systemIdentifier: string
  /** Newest first; `damaged`: the server's own page checksums did not fit when it was taken. */
  readonly backups: readonly (ArchiveBackup & { readonly damaged: boolean })[]
}

const KINDS: Readonly<Record<string, ArchiveBackup['kind']>> = { full: 'full', diff: 'differential', incr: 'incremental' }

const nullable = <T>(item: Decoder<T>, otherwise: T): Decoder<T> => (value, at) => (value === null || value === undefined ? otherwise : item(value, at))
const anyOf: Decoder<unknown> = (value) => value

const decodeBackup: Decoder<SaidBackup> = (value, at) => {
  const said = object<{ label: string; type: string; timestamp: Readonly<Record<string, number>>; info: unknown; reference: readonly string[]; database: Readonly<Record<string, number>>; error: unknown; annotation: Readonly<Record<string, unknown>> }>({
    label: text, type: text, timestamp: record(number), info: anyOf, reference: nullable(list(text), []), database: record(number), error: optional(anyOf), annotation: nullable(record(anyOf), {}),
  })(value, at)
  const { size, repository } = object<{ size: number; repository: { readonly delta: number } }>({ size: number, repository: object<{ delta: number }>({ delta: number }) })(said.info, `${at}.info`)
  return { ...said, size, stored: repository.delta, repo: said.database['repo-key'] ?? 1, identity: said.database['id'] ?? 0, damaged: said.error === true }
}

const decodeInfo = list(object<{ name: string; status: { code: number; message: string }; cipher: string; backup: readonly SaidBackup[]; db: readonly Readonly<Record<string, unknown>>[] }>({
  name: text,
  status: object<{ code: number; message: string }>({ code: number, message: text }),
  cipher: nullable(text, 'none'),
  backup: list(decodeBackup),
  db: list(record(anyOf)),
}))

/** What `pgbackrest info --output=json` says of one stanza and one of its repositories. */
export function stanzaInfo(output: string, { stanza, repo = 1 }: { readonly stanza: string; readonly repo?: number }): StanzaInfo {
  const found = decodeText(decodeInfo, withWholeNumbers(output), 'info of pgBackRest').find(({ name }) => name === stanza)
  if (found === undefined) throw new StateError('archive-broken', { message: `pgBackRest knows no stanza \`${stanza}\`.`, fix: 'Name the stanza as its configuration does, and make it with `pgbackrest stanza-create`.' })
  const { status, cipher, backup, db } = found
  const encrypted = cipher !== 'none'
  return {
    status, encrypted,
    systemIdentifier: text(db.at(-1)?.['system-id'] ?? '', 'system-id'),
    backups: backup.filter((one) => one.repo === repo).map((one) => backupOf(one, encrypted)).toSorted((a, b) => b.endedAt - a.endedAt || (a.label < b.label ? 1 : -1)),
  }
}

function backupOf({ label, type, timestamp, size, stored, reference, damaged, annotation }: SaidBackup, encrypted: boolean): StanzaInfo['backups'][number] {
  const kind = KINDS[type]
  if (kind === undefined) throw new TypeError(`\`type\` of backup ${label} is "${type}"`)
  const seconds = (name: string): number => number(timestamp[name], `timestamp.${name} of backup ${label}`) * 1000
  const mark = markIn(annotation)
  return { label, kind, startedAt: seconds('start'), endedAt: seconds('stop'), bytes: stored, clusterBytes: size, encrypted, needs: reference, damaged, ...(mark === undefined ? {} : { mark }) }
}

/** The number of a cluster has 19 digits: more than a number of JavaScript keeps. */
function withWholeNumbers(output: string): string {
  return output.replaceAll(/("system-id":)(\d+)/g, '$1"$2"')
}
