import type { ScanDatabase } from '../../../domain/vulnerability.js'

export interface Version {
  readonly major: number
  /** As it says it: `1.9.2`. */
  readonly text: string
}

interface Wanted {
  readonly archive: string
  readonly report: string
  /** An empty file: what is ignored is decided by us alone. */
  readonly config: string
  readonly database: ScanDatabase
}

/** Of `osv-scanner --version`; `undefined` for one that can not examine an archive. */
export function versionOf(said: string): Version | undefined {
  const [, text, major, minor] = /version:?\s*v?((\d+)\.(\d+)(?:\.[\w.+-]+)?)/i.exec(said) ?? []
  if (text === undefined) return undefined
  return Number(major) >= 2 || (Number(major) === 1 && Number(minor) >= 9) ? { major: Number(major), text } : undefined
}

/** What follows `osv-scanner`: the words changed with version 2. */
export function wordsFor({ major }: Version, { archive, report, config, database }: Wanted): readonly string[] {
  const experimental = major < 2 ? '--experimental-' : '--'
  const local = database.folder === undefined ? [] : [`${experimental}local-db-path`, database.folder]
  return [
    'scan', ...(major < 2 ? [] : ['image']),
    '--format', 'json', '--output', report, '--verbosity', 'error', '--config', config,
    `${experimental}all-packages`,
    ...(database.offline ? [`${experimental}offline`, ...local] : []),
    ...(major < 2 ? ['--experimental-oci-image', archive] : ['--archive', archive]),
  ]
}
