import type { RunInfo } from '../../../domain/history.js'
import { decodeText, number, object, text } from '../../../domain/local-control/decode.js'

/** Who made a scratch database; kept as its comment, so that a later run can tell whether its maker still lives. */
export interface Owner {
  readonly run: string
  readonly host: string
  readonly pid: number
  readonly started: string
  readonly at: number
}

const PREFIX = 'ecluse_scratch_'
const ABANDONED_AFTER_MS = 24 * 60 * 60_000
/** Longer than the server may take to make one: then nobody is left to write the comment. */
const UNCLAIMED_AFTER_MS = 10 * 60_000
/** PostgreSQL cuts longer names. */
export const LONGEST_NAME = 63

/** `ecluse_scratch_<run>_<time><random>`: the time is the only age a database without a comment has. */
export function scratchName(run: string, at: number, random: string): string {
  const tail = `_${at.toString(36)}${random}`
  const readable = run.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  return `${PREFIX}${readable.slice(0, LONGEST_NAME - PREFIX.length - tail.length)}${tail}`
}

export function isScratch(name: string): boolean {
  return name.startsWith(PREFIX)
}

export function ownerText(run: RunInfo, at: number): string {
  const owner: Owner = { run: run.id, host: run.host, pid: run.pid, started: run.started, at }
  return JSON.stringify(owner)
}

/** Whether a scratch database's maker is gone: known dead on this machine, or silent for a day on another. */
export function abandoned(scratch: { readonly name: string; readonly comment: string }, here: { readonly host: string; readonly now: number }, alive: (pid: number, started: string) => boolean): boolean {
  const owner = ownerOf(scratch.comment)
  // However long it takes: its process is seen here.
  if (owner?.host === here.host) return !alive(owner.pid, owner.started)
  const at = owner?.at ?? bornAt(scratch.name)
  return at !== undefined && here.now - at > (scratch.comment === '' ? UNCLAIMED_AFTER_MS : ABANDONED_AFTER_MS)
}

/** The name under which a replaced database is kept: that of a later second where another one has it already. */
export function keptName(name: string, now: number, taken: readonly string[] = []): string {
  const tail = `_before_${new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '').toLowerCase()}`
  let head = name
  while (Buffer.byteLength(head + tail) > LONGEST_NAME) head = head.slice(0, -1)
  return taken.includes(head + tail) ? keptName(name, now + 1000, taken) : head + tail
}

function ownerOf(comment: string): Owner | undefined {
  try {
    return decodeText(object<Owner>({ run: text, host: text, pid: number, started: text, at: number }), comment, 'comment')
  } catch {
    return undefined
  }
}

function bornAt(name: string): number | undefined {
  const time = /_([0-9a-z]{8})[0-9a-z]{8}$/.exec(name)?.[1]
  return time === undefined ? undefined : Number.parseInt(time, 36)
}
