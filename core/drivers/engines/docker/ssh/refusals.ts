import type { HostAddress } from '../../../../domain/host-address.js'
import { sshFault, type SshFault } from '../../../../domain/ssh-faults.js'
import { ProcessError } from '../../../../errors/families.js'
import type { Ambient } from '../../../../ports/ambient.js'
import { SSH_INHERITS, askingForKey } from './options.js'
import { fingerprintOf, kindOf } from './pins.js'

export interface Host {
  /** `ssh://deploy@shop.example` */
  readonly name: string
  readonly address: HostAddress
  readonly hostKeys: readonly string[]
  readonly sshKey?: string
}

const ASK_MS = 20_000

/** Why `ssh` did not connect. A key that is not pinned is asked for, to be shown to people; nothing is trusted by it. */
export async function refusalOf(host: Host, thrown: unknown, said: string, folder: string, ambient: Ambient): Promise<unknown> {
  if (!(thrown instanceof ProcessError) || (thrown.code !== 'program-failed' && thrown.code !== 'program-timeout')) return thrown
  const lines = [...said.split(/\r?\n/), ...thrown.tail].map((line) => line.trim()).filter((line) => line !== '')
  if (thrown.code === 'program-timeout' && lines.length === 0) return refusal(host, { code: 'ssh-failed', observed: 'logging in did not end in time' }, lines)
  const fault = sshFault(lines)
  if (fault.code === 'host-key-unknown') return unknownKey(host, folder, ambient)
  return refusal(host, fault.code === 'host-key-changed' ? changedKey(host, fault, ambient) : fault, lines)
}

/** No key of the host is pinned: the error has the line to add. */
export async function unknownKey(host: Host, folder: string, ambient: Ambient): Promise<ProcessError> {
  const file = `${folder}/shown`
  const why = host.hostKeys.length === 0 ? 'no key is pinned for it' : 'none of the pinned keys is of this host'
  const asked = await ambient.process.run({ what: `ask ${host.name} for its key`, argv: askingForKey(host.address, file), inherit: SSH_INHERITS, timeoutMs: ASK_MS, accept: [0, 255] })
    .catch((thrown: unknown) => thrown)
  if (asked instanceof ProcessError && asked.code !== 'program-timeout') throw asked
  const line = (await ambient.files.textIfThere(file))?.trim()
  await ambient.files.remove(file)
  if (line === undefined || line === '') {
    const lines = asked instanceof ProcessError ? asked.tail : asked instanceof Error ? [] : stderrOf(asked)
    const fault = sshFault(lines)
    return refusal(host, fault.code === 'ssh-failed' ? fault : { code: 'host-key-unknown', observed: why }, lines)
  }
  const fingerprint = fingerprintOf(line, ambient.files) ?? 'unknown'
  return refusal(host, {
    code: 'host-key-unknown',
    observed: `${why}. It shows ${fingerprint}, which is this line:\n${line}\n`,
    fix: `Run \`ssh-keygen -lf /etc/ssh/ssh_host_${kindOf(line)}_key.pub\` on the host itself. If it prints the same fingerprint, add to \`host-keys\`: "${line}"`,
  }, [])
}

function stderrOf(finished: unknown): readonly string[] {
  return typeof finished === 'object' && finished !== null && 'stderr' in finished ? String(finished.stderr).split(/\r?\n/) : []
}

function changedKey(host: Host, fault: SshFault, ambient: Ambient): SshFault {
  const pinned = host.hostKeys.map((line) => fingerprintOf(line, ambient.files)).filter((one) => one !== undefined)
  return {
    ...fault,
    observed: `the host shows the key ${fault.shown ?? '(unknown)'}, and ${pinned.length === 1 ? 'the pinned one is' : 'pinned are'} ${pinned.join(', ')}`,
    fix: 'Find out why before you trust it: a host that was set up anew, or somebody in between. Then replace its line in `host-keys`.',
  }
}

export function refusal({ name }: Pick<Host, 'name'>, { code, observed, fix }: Pick<SshFault, 'code' | 'observed' | 'fix'>, tail: readonly string[]): ProcessError {
  return new ProcessError(code, { message: `Could not connect to \`${name}\`: ${observed}${/[.\n]$/.test(observed) ? '' : '.'}`.trimEnd(), argv: ['ssh'], tail, ...(fix === undefined ? {} : { fix }) })
}
