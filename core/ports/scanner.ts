import type { Scan } from '../domain/vulnerability.js'

export interface ScanTarget {
  /** The image by digest. */
  readonly image: string
  /** A file with the image of one platform as an archive, of the form that `docker save` writes. */
  readonly archive: string
}

/** A vulnerability scanner that is on this machine. */
export interface Scanner {
  readonly name: string
  /** Rejects with `scanner-missing` when the program is not installed: asked before there is anything to scan. */
  present(): Promise<void>
  /** Rejects with code `scanner-missing` when the program is not installed, and with `scan-failed` when its report can't be read. */
  scan(target: ScanTarget): Promise<Scan>
}

/** An empty folder that a scanner runs in, so that no configuration of the sources decides what it reports. */
export interface ScanRoom {
  /** Path of a file in it. */
  file(name: string): string
}

export interface ScanCall {
  /** The image, for messages. */
  readonly image: string
  /** What follows the program. */
  readonly argv: (room: ScanRoom) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Variables of this process that it gets as well. */
  readonly inherit?: readonly string[]
  /** Files that are written into the room before: name → content. */
  readonly files?: Readonly<Record<string, string>>
  /** Files that it may have written, by their names. */
  readonly reports: readonly string[]
  /** Exit codes that are answers. */
  readonly accept: readonly number[]
}

export interface ScanAnswer {
  readonly exitCode: number
  /** Lines that are not empty. */
  readonly stderr: readonly string[]
  /** Name → content of each report that was written. */
  readonly reports: Readonly<Record<string, string>>
}

/** The program of a scanner. Rejects with `scanner-missing` and `scan-failed`, and as `Processes` does on time-out and abort. */
export interface ScannerProgram {
  present(): Promise<void>
  /** What it prints when it is asked for something, such as its version. */
  ask(argv: readonly string[], inherit?: readonly string[]): Promise<string>
  examine(call: ScanCall): Promise<ScanAnswer>
  /** Reads a report; what does not fit is a `scan-failed` that names the place. */
  read<T>(text: string | undefined, image: string, decode: (value: unknown) => T): T
}
