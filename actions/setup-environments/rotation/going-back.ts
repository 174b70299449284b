import { messageOf } from '../../../core/errors/families.js'
import { probe } from './commands.js'
import { ended, quietly, type Progress, type SecretPorts, type Turn, type Turned } from './turn.js'

/** Enough for a few calls within the time that a runner leaves to a cancelled step. */
const SHIELDED_MS = 7000

/** The ports of a turn, or shielded ones when it was cancelled. */
export async function portsNow({ ports, ambient }: Turn): Promise<SecretPorts> {
  return ambient.signal.aborted ? ports.within(ambient.shielded(SHIELDED_MS)) : ports
}

/**
 * A value is stored that was not proven: the old one is put back where this job knows it. Where it does not, the mark
 * stays, so that the next run looks again.
 */
export async function goBack(turn: Turn, progress: Progress, why: string, old: string | undefined): Promise<Turned> {
  const { environment, name, ambient } = turn
  const cancelled = ambient.signal.aborted
  if (old === undefined) return notRestored(turn, why, 'this job does not know the old value')
  ambient.log.warn(`\`${name}\`: ${why}. Putting the old value back.`)
  let ports: SecretPorts
  try {
    ports = await portsNow(turn)
    if (!cancelled) await progress.to('restoring')
    await ports.secrets.set(environment, name, old)
  } catch (fault) {
    return notRestored(turn, why, `putting it back failed: ${messageOf(fault)}`)
  }
  await quietly(turn, () => progress.clear(ports))
  if (cancelled) return ended(turn, 'cancelled', `Cancelled before the new value of \`${name}\` was proven; the old value is back.`)
  return ended(turn, 'verify-failed-restored', `${capital(why)}; the old value of \`${name}\` is back${await oldWorks(turn, old)}.`)
}

function notRestored(turn: Turn, why: string, because: string): Turned {
  const { name, environment, ambient } = turn
  const rest = `A new value of \`${name}\` is stored in \`${environment}\` that was not proven to work, and the old one was NOT put back: ${because}. Set \`${name}\` by hand, or run this again with \`${name}\` in \`env:\`, which looks at it once more.`
  return ended(turn, ambient.signal.aborted ? 'cancelled' : 'verify-failed-not-restored', `${capital(why)}. ${rest}`)
}

async function oldWorks(turn: Turn, old: string): Promise<string> {
  try {
    const seen = await probe(turn, old, undefined)
    if (seen === 'unknown') return ''
    return seen === 'works' ? ' and passes `verify`' : ', but `verify` fails with it too'
  } catch (fault) {
    return ` (whether it works was not seen: ${messageOf(fault)})`
  }
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
