import type { ErrorCode } from '../../../../errors/catalogue.js'
import { ProcessError, RemoteError } from '../../../../errors/families.js'
import { programMissing } from './container.js'

interface About {
  readonly what: string
  readonly place: string
  readonly program: string
  /** Exit codes from here on are the program's own, so much higher. */
  readonly own: number
}

interface Rule {
  readonly form: RegExp
  readonly told: (place: string, line: string) => string
  readonly fix: string
}

const RULES: readonly Rule[] = [
  { form: /^Error from server \(NotFound\): /, told: (place) => `there is no ${place}`, fix: 'Correct `backup.through.kubernetes`: `kubectl get pods` lists them.' },
  { form: /container \S+ is not valid for pod/, told: (place, line) => `${place} has no such container: "${line}"`, fix: 'Correct `backup.through.kubernetes.container`.' },
  { form: /container not found \(/, told: (place) => `the container in ${place} does not run`, fix: 'Look why: `kubectl describe pod` says it.' },
  {
    form: /cannot exec into a container in a completed pod|does not have a host assigned|timed out waiting for the condition|pod does not exist$/,
    told: (place) => `${place} does not run`, fix: 'Look why, `kubectl describe pod` says it, or correct `backup.through.kubernetes`.',
  },
  { form: /context "[^"]*" does not exist|no context exists with the name/, told: () => 'there is no such context', fix: 'Correct `backup.through.kubernetes.context`: `kubectl config get-contexts` lists them.' },
  {
    form: /^Error from server \(Forbidden\)|^error: You must be logged in|unable to upgrade connection: (?:Forbidden$|Unauthorized$|.* is forbidden: )/,
    told: (_, line) => `the cluster refused: "${line}"`, fix: 'Grant `create` on `pods/exec` and `get` on `pods` to the account that `kubectl` uses, and see that its token is still good.',
  },
  { form: /error dialing backend|error sending request: Post/, told: (place, line) => `the node of ${place} did not answer: "${line}"`, fix: 'Look at the node: `kubectl get nodes`.' },
  { form: /^The connection to the server .* was refused|^Unable to connect to the server/, told: (_, line) => `the cluster did not answer: "${line}"`, fix: 'Look whether `kubectl` reaches it: its configuration is the one of this step.' },
]

const CUT = /error reading from error stream|websocket: close |lost connection to pod|client connection lost/
const NO_SHELL = /exec: "sh": executable file not found|exec: "sh": .*no such file/

/** What `kubectl` itself says of its failure; the words of the program in the pod are left as they are. */
export function podsFault(thrown: unknown, about: About): unknown {
  if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') return thrown
  const { exitCode = 0 } = thrown
  // What `kubectl` adds to the words of the program says nothing more.
  const tail = thrown.tail.filter((line) => !/^command terminated with exit code \d+$/.test(line))
  if ((exitCode === 126 || exitCode === 127) && tail.some((line) => /not found$|permission denied$/i.test(line))) return programMissing(thrown, about)
  if (exitCode >= about.own) return ofProgram(thrown, tail, about)
  if (tail.some((line) => NO_SHELL.test(line))) return programMissing(thrown, { ...about, program: 'sh' })
  for (const { form, told, fix } of RULES) {
    // What it tried before the last is in other lines.
    const line = tail.findLast((one) => form.test(one))
    if (line !== undefined) return unserved('database-unreachable', about, { observed: told(about.place, line.slice(0, 300)), fix, cause: thrown })
  }
  if (!isBroken(thrown)) return thrown
  const said = tail.findLast((line) => CUT.test(line))
  return unserved('connection-lost', about, { observed: `the connection to ${about.place} broke before \`${about.program}\` had ended${said === undefined ? '' : `: "${said.slice(0, 300)}"`}`, cause: thrown })
}

/** Of a lead that was cut while its program was at work there. */
export function isBroken(thrown: unknown): boolean {
  return thrown instanceof ProcessError && thrown.code === 'program-failed' && (thrown.exitCode === 0 || (thrown.exitCode === 1 && thrown.tail.some((line) => CUT.test(line))))
}

function unserved(code: ErrorCode, { what }: About, { observed, ...rest }: { readonly observed: string; readonly fix?: string; readonly cause: unknown }): RemoteError {
  return new RemoteError(code, { service: 'Kubernetes', operation: what, message: `Could not ${what}: ${observed}.`, ...rest })
}

/** As if it had run here. */
function ofProgram({ fix, argv, exitCode = 0 }: ProcessError, tail: readonly string[], { what, place, program, own }: About): ProcessError {
  const code = exitCode > 125 ? exitCode : exitCode - own
  return new ProcessError('program-failed', { message: `Could not ${what}: \`${program}\` in ${place} ended with exit code ${code}: "${tail.slice(-3).join(' | ').slice(-240)}".`, fix, argv, tail, exitCode: code })
}
