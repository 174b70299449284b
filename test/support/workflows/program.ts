import { spawnSync } from 'node:child_process'

/** What a checker printed. Ending in another way than the ones listed means that it did not look. */
export const printed = (program: string, args: readonly string[], cwd: string, endings: readonly number[]): string => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 60_000, maxBuffer: 64 * 1024 * 1024 })
  if (status === null || !endings.includes(status)) {
    throw new Error(`\`${program}\` ended with ${status ?? error?.message ?? 'a signal'}.\n${stderr}`)
  }
  return stdout
}
