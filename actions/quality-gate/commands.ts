import { readableDuration } from '../../core/domain/duration.js'
import type { QualityCommand } from '../../core/domain/quality/settings.js'
import { EcluseError } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'

/** How one command went. */
export interface Ran {
  readonly command: QualityCommand
  readonly ok: boolean
  /** `well`, or what was observed: for a table. */
  readonly ended: string
  /** Epoch ms: its reports can't be older. */
  readonly startedAt: number
  readonly elapsedMs: number
  readonly lastLines: readonly string[]
}

export interface Limits {
  readonly parallel: number
  readonly withinMs: number
  readonly commit: string
}

/** Runs all of them to their end, although one fails; after a cancel it waits until every one of them is stopped. */
export async function runSideBySide(commands: readonly QualityCommand[], limits: Limits, ambient: Ambient): Promise<readonly Ran[]> {
  const width = commands.reduce((most, { name }) => Math.max(most, name.length), 0)
  const results: Ran[] = []
  const queue = commands.entries()
  const work = async (): Promise<void> => {
    for (const [place, command] of queue) {
      if (ambient.signal.aborted) return
      results[place] = await runOne(command, limits, width, ambient)
    }
  }
  await Promise.all(Array.from({ length: Math.min(limits.parallel, commands.length) }, work))
  ambient.signal.throwIfAborted()
  return results
}

/** Its exit code is an answer, and so is that it could not be run: the others tell what they have to tell. */
export async function runOne(command: QualityCommand, { withinMs, commit }: Limits, width: number, ambient: Ambient): Promise<Ran> {
  const { name, script, folder, accept } = command
  const timeoutMs = command.withinMs ?? withinMs
  const startedAt = ambient.clock.now()
  const prefix = `${name.padEnd(width)} | `
  try {
    const { exitCode, timedOut, lastLines, elapsedMs } = await ambient.process.script({
      what: `run \`${name}\``, script, env: { ECLUSE_COMMIT: commit }, cwd: folderOf(command, ambient), timeoutMs, onLine: (line) => ambient.log.info(isRequestToHide(line) ? line : prefix + line),
    })
    const ok = !timedOut && exitCode !== undefined && accept.includes(exitCode)
    const ended = timedOut ? `not within ${readableDuration(timeoutMs)}: stopped` : exitCode === undefined ? 'by a signal' : `with exit code ${exitCode}`
    ambient.log.info(`${prefix}ended ${ended} after ${readableDuration(elapsedMs)}`)
    return { command, ok, ended, startedAt, elapsedMs, lastLines }
  } catch (fault) {
    if (!(fault instanceof EcluseError)) throw fault
    if (!ambient.signal.aborted) ambient.log.info(`${prefix}${fault.message}`)
    const where = folder === undefined ? '' : ` in \`${folder}\``
    return { command, ok: false, ended: `not run${where}: ${fault.message}`, startedAt, elapsedMs: ambient.clock.now() - startedAt, lastLines: [] }
  }
}

/** With anything before it, it would be a text that shows the very value. */
function isRequestToHide(line: string): boolean {
  return /^\s*::add-mask::/.test(line)
}

export function folderOf({ folder }: Pick<QualityCommand, 'folder'>, { paths }: Pick<Ambient, 'paths'>): string {
  return folder === undefined ? paths.work : folder.startsWith('/') ? folder : `${paths.work}/${folder}`
}
