import type { Through } from '../../../../domain/backup.js'
import { InputError } from '../../../../errors/families.js'
import type { Command } from '../../../../ports/process.js'
import type { Address } from '../address.js'
import { isBroken, podsFault } from './pod-faults.js'
import { AS_A_STEP, type Way } from './way.js'

/** A code from here on is the program's own. */
const OWN = 100

/**
 * The one place where a shell is used, by this text and the next: `kubectl exec` hands on no environment, and secrets may not be
 * in its words, where any user of the node can read them. The text is fixed and nothing is put into it: it reads `NAME=value` lines from standard
 * input up to an empty one, exports each, and runs the program, which reads what follows. Input that ends before that runs nothing.
 * `kubectl` ends well, too, when its connection is cut: so a program that ended has its code raised, and 0 is no code of any.
 *
 * With the connection the node kills this shell, and no other. What it leaves becomes a child of the container's first process, which often is
 * the server itself: that takes every child with a code other than 0 and 1 for one of its own that has crashed, ends all sessions and recovers.
 * So a second shell stays with the program, tells its code by a pipe, and always ends with 0 or 1.
 */
const RUNS_PROGRAM = `while IFS= read -r line; do if [ -z "$line" ]; then exec 3>&1; code=$("$@" >&3 3>&-; code=$?; trap '' PIPE; echo $code); code=\${code:-137}; [ $code -ge ${OWN} ] || code=$((code + ${OWN})); exit $code; fi; export "$line"; done; exit 1`

/**
 * A program whose reader is gone waits for ever to be read: the node keeps its pipe open. It is known by its name, `$1`, which is
 * in its environment and in nobody else's; it may be about to begin.
 */
const ENDS_PROGRAM = `for look in 1 2; do for of in /proc/[0-9]*/environ; do while IFS= read -r line || [ -n "$line" ]; do case $line in *"PGAPPNAME=$1"*) pid=\${of#/proc/}; kill -9 "\${pid%/environ}"; found=yes;; esac; done < "$of"; done 2> /dev/null; [ -z "$found" ] || exit 0; sleep 1; done`
const END_MS = 4000

// For a pod of a workload that has none now: less than any question may take.
const WAITING = '--pod-running-timeout=20s'

/** A pod, by `kubectl exec`. */
export function podWay(through: Extract<Through, { kind: 'kubernetes' }>, address: Address): Way {
  const { pod, namespace, container, context } = through
  const place = `pod \`${pod}\`${namespace === undefined ? '' : ` of namespace \`${namespace}\``}`
  if (Object.values(address.env).some((value) => value.includes('\n'))) {
    throw new InputError([{ code: 'input-invalid', message: 'The address of the database has a line break in it, which can not be handed on to a pod.', fix: 'Choose a password without one.' }])
  }
  const before = [...(context === undefined ? [] : ['--context', context]), ...(namespace === undefined ? [] : ['--namespace', namespace])]
  const inside = container === undefined ? [] : ['--container', container]
  const kubectl = (...how: readonly string[]) => ['kubectl', ...before, 'exec', ...how, '--quiet', WAITING, pod, ...inside, '--', 'sh', '-c'] as const
  const marks = new WeakMap<Command, string>()
  return {
    place,
    newer: (major) => `Use an image with the client programs of PostgreSQL ${major} or newer for ${place}.`,
    lead(command, mark) {
      marks.set(command, mark)
      const { env: _, accept = [0], ...rest } = command
      const argv = [...kubectl('--stdin'), RUNS_PROGRAM, 'ecluse', ...command.argv] as const
      return { ...rest, inherit: AS_A_STEP, accept: accept.map((code) => code + OWN), argv }
    },
    opening: (command) => [...Object.entries({ ...command.env, PGAPPNAME: marks.get(command) ?? 'ecluse' }).map(([name, value]) => `${name}=${value}`), '', ''].join('\n'),
    ended: (lead) => ({ ...lead, exitCode: lead.exitCode - OWN, stderr: lead.stderr.replace(/^command terminated with exit code \d+\n?/m, '') }),
    explain: (thrown, { what, argv }) => podsFault(thrown, { what, place, program: argv[0], own: OWN }),
    broke: isBroken,
    end: async (mark, around) => void (await around.process.run({ what: `end a program in ${place}`, argv: [...kubectl(), ENDS_PROGRAM, 'ecluse', mark], inherit: AS_A_STEP, timeoutMs: END_MS })),
  }
}
