import { decodeText, number, object, text } from '../../core/domain/local-control/decode.js'
import { EcluseError, messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { ArchiveBackup } from '../../core/ports/point-in-time.js'
import type { ArchivePorts, ArchiveRequest } from './archive.js'

/** Longer than anybody waits for a proof, on a machine that nothing is known of. */
const ABANDONED_AFTER_MS = 24 * 60 * 60_000

/** Whose backup it is, until it is decided what becomes of it: the repository serves several machines, and several applications too. */
interface Mark {
  readonly app: string
  readonly environment: string
  readonly host: string
  readonly pid: number
  readonly started: string
}

type Whose = Pick<ArchiveRequest, 'app' | 'environment'>

const decode = object<Mark>({ app: text, environment: text, host: text, pid: number, started: text })

export function markOf({ app, environment }: Whose, { run: { host, pid, started } }: Pick<Ambient, 'run'>): string {
  return JSON.stringify({ app, environment, host, pid, started } satisfies Mark)
}

/** Takes backups out that a run of ours took and is gone before it had proven them. What has a receipt anywhere stays. */
export async function removeLeft(whose: Whose, { archive, store, copy }: Pick<ArchivePorts, 'archive' | 'store' | 'copy'>, place: string, ambient: Ambient): Promise<void> {
  const left = (await archive.backups()).filter((one) => isLeft(one, whose, ambient)).map(({ label }) => label)
  if (left.length === 0) return
  // Looked at last: a run that is gone writes no more of them.
  const proven = new Set<string>()
  for (const one of copy === undefined ? [store] : [store, copy]) for (const receipt of await one.receipts()) if (receipt.store === place) proven.add(receipt.object)
  const unproven = left.filter((label) => !proven.has(label))
  if (unproven.length === 0) return
  try {
    for (const label of await archive.expire(unproven)) ambient.log.info(`Removed backup ${label} from ${place}, which a run that is gone had left without a proof.`)
  } catch (fault) {
    if (!(fault instanceof EcluseError) || ambient.signal.aborted) throw fault
    ambient.log.warn(`A run that is gone left ${unproven.join(', ')} without a proof in ${place}, and the next run tries again to remove it: ${messageOf(fault)}`)
  }
}

function isLeft({ mark, endedAt }: ArchiveBackup, { app, environment }: Whose, { run, process, clock }: Ambient): boolean {
  const by = markIn(mark)
  if (by === undefined || by.app !== app || by.environment !== environment) return false
  return by.host === run.host ? !process.alive(by.pid, by.started) : clock.now() - endedAt > ABANDONED_AFTER_MS
}

function markIn(said: string | undefined): Mark | undefined {
  try {
    return said === undefined ? undefined : decodeText(decode, said, 'mark')
  } catch {
    return undefined
  }
}
