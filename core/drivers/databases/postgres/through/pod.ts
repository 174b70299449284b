import type { Through } from '../../../../domain/backup.js'
import { InputError, ProcessError, RemoteError } from '../../../../errors/families.js'
import type { Command } from '../../../../ports/process.js'
import type { Address } from '../address.js'
import { programMissing } from './container.js'
import { AS_A_STEP, type Way } from './way.js'

/**
 * The one place where a shell is used: `kubectl exec` hands on no environment, and secrets may not be in its words, where any
 * user of the node can read them. The text is fixed and nothing is put into it: it reads `NAME=value` lines from standard
 * input up to an empty one, exports each, and becomes the program, which reads what follows.
 */
const READS_ENVIRONMENT = 'while IFS= read -r line && [ -n "$line" ]; do export "$line"; done; exec "$@"'

/** A pod, by `kubectl exec`. */
export function podWay(through: Extract<Through, { kind: 'kubernetes' }>, address: Address): Way {
  const { pod, namespace, container, context } = through
  const place = `pod \`${pod}\`${namespace === undefined ? '' : ` of namespace \`${namespace}\``}`
  if (Object.values(address.env).some((value) => value.includes('\n'))) {
    throw new InputError([{ code: 'input-invalid', message: 'The address of the database has a line break in it, which can not be handed on to a pod.', fix: 'Choose a password without one.' }])
  }
  const before = [...(context === undefined ? [] : ['--context', context]), ...(namespace === undefined ? [] : ['--namespace', namespace])]
  const inside = container === undefined ? [] : ['--container', container]
  const marks = new WeakMap<Command, string>()
  return {
    place,
    newer: (major) => `Use an image with the client programs of PostgreSQL ${major} or newer for ${place}.`,
    lead(command, mark) {
      marks.set(command, mark)
      const { env: _, ...rest } = command
      return { ...rest, inherit: AS_A_STEP, argv: ['kubectl', ...before, 'exec', '--stdin', '--quiet', pod, ...inside, '--', 'sh', '-c', READS_ENVIRONMENT, 'ecluse', ...command.argv] }
    },
    opening: (command) => [...Object.entries({ ...command.env, PGAPPNAME: marks.get(command) ?? 'ecluse' }).map(([name, value]) => `${name}=${value}`), '', ''].join('\n'),
    explain: (thrown, { what, argv }) => podsFault(thrown, { what, place, program: argv[0] }),
  }
}

interface Rule {
  readonly form: RegExp
  readonly told: (place: string, line: string) => string
  readonly fix: string
}

const RULES: readonly Rule[] = [
  { form: /^Error from server \(NotFound\): namespaces? /, told: (place) => `there is no such namespace for ${place}`, fix: 'Correct `backup.through.kubernetes.namespace`.' },
  { form: /^Error from server \(NotFound\): /, told: (place) => `there is no ${place}`, fix: 'Correct `backup.through.kubernetes`: `kubectl get pods` lists them.' },
  { form: /container \S+ is not valid for pod|container not found \(/, told: (place, line) => `${place} has no such container, or it does not run: "${line}"`, fix: 'Correct `backup.through.kubernetes.container`, or wait until it runs.' },
  { form: /cannot exec (?:into|in) a container in a completed pod|is not running|pod .* does not have a host assigned|PodInitializing|ContainerCreating/, told: (place) => `${place} does not run`, fix: 'Start it, or correct `backup.through.kubernetes`.' },
  { form: /context "[^"]*" does not exist|no context exists with the name/, told: () => 'there is no such context', fix: 'Correct `backup.through.kubernetes.context`: `kubectl config get-contexts` lists them.' },
  { form: /^Error from server \(Forbidden\)|^error: You must be logged in|Unauthorized/, told: (_, line) => `the cluster refused: "${line}"`, fix: 'Grant `create` on `pods/exec` and `get` on `pods` to the account that `kubectl` uses.' },
  { form: /The connection to the server .* was refused|Unable to connect to the server|couldn't get current server API group list/, told: (_, line) => `the cluster did not answer: "${line}"`, fix: 'Look whether `kubectl` reaches it: its configuration is the one of this step.' },
]

function podsFault(thrown: unknown, about: { readonly what: string; readonly place: string; readonly program: string }): unknown {
  if (!(thrown instanceof ProcessError) || thrown.code !== 'program-failed') return thrown
  // What `kubectl` adds to the words of the program says nothing more.
  const tail = thrown.tail.filter((line) => !/^command terminated with exit code \d+$/.test(line))
  const missing = tail.some((line) => /executable file not found|exec: .*not found|: not found$/.test(line))
  if (missing && (thrown.exitCode === 126 || thrown.exitCode === 127)) return programMissing(thrown, about)
  for (const { form, told, fix } of RULES) {
    const line = tail.find((one) => form.test(one))
    if (line === undefined) continue
    return new RemoteError('database-unreachable', { service: 'Kubernetes', operation: about.what, message: `Could not ${about.what}: ${told(about.place, line.slice(0, 200))}.`, fix, cause: thrown })
  }
  return new ProcessError(thrown.code, { message: thrown.message, fix: thrown.fix, argv: thrown.argv, tail, ...(thrown.exitCode === undefined ? {} : { exitCode: thrown.exitCode }) })
}
