import { setTimeout as pause } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import { ProcessError } from '../../errors/families.js'
import type { Command, Finished } from '../../ports/process.js'
import type { Running } from './start.js'

/** A program whose standard output somebody is to read. */
export interface Source extends Running {
  readonly finished: Promise<Finished>
}

/** How long a program that has just ended may take to be noticed. */
const SETTLING_MS = 100

/** A pipe between two programs is a pair of sockets: a reader that goes may end as a signal, or as one of these. */
const UNHEARD = /Broken pipe|Connection reset by peer|EPIPE|ECONNRESET/

const unread = new WeakMap<object, Source>()

/** Makes it known that this content is a program's output, of which nothing has been read yet. */
export function offer(content: AsyncIterable<Uint8Array>, source: Source): void {
  unread.set(content, source)
}

/** Somebody begins to read it here: it can not be handed on any more. */
export function withdraw(content: object): void {
  unread.delete(content)
}

/**
 * The program whose output this content is, when another can read it without us: bytes then go from one to the other and never
 * through this process. `undefined` when some of it has been read already.
 */
export function claim(content: Command['stdin']): { readonly source: Source; readonly stdout: Readable } | undefined {
  if (typeof content !== 'object') return undefined
  const source = unread.get(content)
  const stdout = source?.child.stdout
  if (source === undefined || !stdout || source.child.pid === undefined || stdout.destroyed || stdout.readableDidRead || stdout.readableLength > 0) return undefined
  unread.delete(content)
  return { source, stdout }
}

/** What was wrong with the program that another reads; a reader that wants no more is its own affair. */
export async function faultOf(source: Source, dismissed: () => boolean): Promise<unknown> {
  const fault = await source.finished.then(() => undefined, (thrown: unknown) => thrown)
  if (fault === undefined || dismissed()) return undefined
  const { cause, signal } = await source.ended
  const unheard = cause === 'itself' && (signal === 'SIGPIPE' || (fault instanceof ProcessError && UNHEARD.test(fault.tail.at(-1) ?? '')))
  return unheard ? undefined : fault
}

/** Waits for a program that is about to end by itself, so that what it has to say is not lost. */
export async function settle(source: Source): Promise<boolean> {
  return Promise.race([source.ended.then(() => true), pause(SETTLING_MS, false, { ref: false })])
}
