import type { Files } from '../../../ports/files.js'
import type { Version } from './dialect.js'

/**
 * When the oldest of the archives that were needed was written; `undefined` when one of them is not there. Version 1 has an
 * archive for `Debian:12`, version 2 one for `Debian`.
 */
export async function oldestDatabase(folder: string, ecosystems: readonly string[], { major }: Version, files: Pick<Files, 'info'>): Promise<number | undefined> {
  const names = new Set(ecosystems.map((ecosystem) => (major < 2 ? ecosystem : ecosystem.split(':')[0]!)))
  const times: number[] = []
  for (const name of names) {
    const info = await files.info(`${folder}/osv-scanner/${name}/all.zip`)
    if (info === undefined) return undefined
    times.push(info.modifiedAt)
  }
  return times.length === 0 ? undefined : Math.min(...times)
}
