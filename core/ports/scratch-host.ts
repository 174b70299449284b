import type { DatabaseTraits, Scratch } from './database.js'

/** Where copies are restored for proof: the same server, another one, or one that is there for this only. */
export interface ScratchHost {
  /** For people: "the same server", "a throw-away cluster". */
  readonly place: string
  /** A database with the same encoding and locale. */
  scratch(like: DatabaseTraits): Promise<Scratch>
  /** Drops scratch databases whose run is gone, and the named one whoever made it; ends servers that dead runs left. Returns their names. */
  sweep(named?: string): Promise<readonly string[]>
  /** Ends a server that was started for it. Goes through after a cancel. */
  close(): Promise<void>
}
