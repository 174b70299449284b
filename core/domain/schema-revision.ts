/** Of a database that no migration has touched. */
export const NO_REVISION = 'none'

/** What a command that tells the schema's revision has said: its last line; nothing stands for an empty database. */
export function revisionIn(lines: readonly string[]): string {
  return lines.findLast((line) => line.trim() !== '')?.trim() ?? NO_REVISION
}
