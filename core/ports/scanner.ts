import type { Scan } from '../domain/vulnerability.js'

export interface ScanTarget {
  /** The image by digest. */
  readonly image: string
  /** A file with the image as an archive (`docker save`), for scanners that read one. */
  readonly archive: string
}

/** A vulnerability scanner that is on this machine. */
export interface Scanner {
  readonly name: string
  /** Rejects with code `scanner-missing` when the program is not installed, and with `scan-failed` when its report can't be read. */
  scan(target: ScanTarget): Promise<Scan>
}
