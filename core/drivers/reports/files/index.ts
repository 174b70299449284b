import path from 'node:path'
import { FileError, messageOf } from '../../../errors/families.js'
import type { Ambient } from '../../../ports/ambient.js'
import type { ReadReport, ReportContent, ReportFault, Reports } from '../../../ports/reports.js'
import { contentOf } from './contents.js'
import { decoded } from './decoding.js'
import { matching, TooWide } from './matching.js'

/** XML takes some ten times its size in memory. */
const MOST_BYTES = 48 * 1024 * 1024
const MOST_FILES = 5000
/** Some disks know only whole seconds. */
const COARSE_MS = 2000

/** Reports as files of this machine. */
export function fileReports(masked: (text: string) => string, { files, paths }: Pick<Ambient, 'files' | 'paths'>): Reports {
  const shown = (file: string): string => masked(path.relative(paths.work, file))

  const one = async (file: string, report: Parameters<Reports['read']>[0], since: number | undefined): Promise<ReportContent | ReportFault> => {
    const fault = (kind: ReportFault['kind'], detail: string): ReportFault => ({ kind, file: shown(file), detail })
    const info = await files.info(file)
    if (info === undefined) return fault('missing', 'there is no such file')
    if (info.kind !== 'file') return fault('unreadable', `it is a ${info.kind}, not a file`)
    if (since !== undefined && info.modifiedAt < since - COARSE_MS) return fault('stale', `it was last written at ${new Date(info.modifiedAt).toISOString()}, before the command began`)
    if (info.bytes > MOST_BYTES) return fault('unreadable', `it has ${Math.ceil(info.bytes / 1024 ** 2)} MiB, and ${MOST_BYTES / 1024 ** 2} MiB is the most that is read`)
    try {
      return await contentOf(report, decoded(await files.bytes(file)), masked)
    } catch (thrown) {
      if (!(thrown instanceof TypeError) && !(thrown instanceof FileError)) throw thrown
      return fault('unreadable', masked(messageOf(thrown)))
    }
  }

  return {
    async read(report, { folder, since }): Promise<ReadReport> {
      const only = (kind: ReportFault['kind'], detail: string): ReadReport => ({ contents: [], faults: [{ kind, file: masked(report.path), detail }] })
      let found: readonly string[]
      try {
        found = await matching(report.path, folder, files)
      } catch (thrown) {
        if (thrown instanceof TooWide) return only('unreadable', 'there are too many files to look through; name a folder')
        if (thrown instanceof FileError) return only('unreadable', masked(thrown.message))
        throw thrown
      }
      if (found.length === 0) return only('missing', 'there is no such file')
      if (found.length > MOST_FILES) return only('unreadable', `it means ${found.length} files, and ${MOST_FILES} is the most that is read`)
      const contents: ReportContent[] = []
      const faults: ReportFault[] = []
      // One after the other: each may be large.
      for (const file of found) {
        const read = await one(file, report, since)
        if ('file' in read) faults.push(read)
        else contents.push(read)
      }
      return { contents, faults }
    },
  }
}
