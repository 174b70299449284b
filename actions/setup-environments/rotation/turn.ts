import type { Phase, RotationMark } from '../../../core/domain/rotation.js'
import { previousName, type RotationRecipe } from '../../../core/domain/secret-policy.js'
import { messageOf } from '../../../core/errors/families.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import type { RotationMarks, Secrets } from '../../../core/ports/secrets.js'
import type { Reason } from '../outcome.js'

/** How one secret's turn ended. */
export type End = Extract<Reason,
  'rotated' | 'rotated-unverified' | 'in-progress' | 'shared-secret' | 'old-unknown' | 'make-failed' | 'verify-failed-restored' | 'verify-failed-not-restored' | 'revoke-failed' | 'interrupted' | 'cancelled'>

export interface Turned {
  readonly name: string
  readonly end: End
  readonly text: string
}

export interface SecretPorts {
  readonly secrets: Secrets
  readonly marks: RotationMarks
}

export interface RotationPorts extends SecretPorts {
  /** So many bytes that nobody can foretell. */
  random(bytes: number): Uint8Array
  /** The same ports in other surroundings: those of going back after a cancel. */
  within(ambient: Ambient): Promise<SecretPorts>
}

/** One secret that is to be rotated, and all that is needed for it. */
export interface Turn {
  readonly environment: string
  readonly name: string
  readonly recipe: RotationRecipe
  readonly shape?: string
  /** Values that this job was given, by name. */
  readonly values: Readonly<Record<string, string | undefined>>
  /** When this process began (epoch ms): what was set later is not what it was given. */
  readonly startedAt: number
  readonly ports: RotationPorts
  readonly ambient: Ambient
}

/** How far a turn is; written down before each change. */
export interface Progress {
  readonly mark: () => RotationMark
  to(phase: Phase, times?: Pick<RotationMark, 'was' | 'set'>): Promise<void>
  /** It has ended: nothing is left for a later run to do. */
  clear(ports?: SecretPorts): Promise<void>
}

/** A rotation of ours that is written down already. */
export function progressOf(turn: Turn, begun: RotationMark): Progress {
  const { environment, name, recipe, ports, ambient } = turn
  let mark = begun
  return {
    mark: () => mark,
    async to(phase, times = {}) {
      mark = { ...mark, ...times, phase, at: ambient.clock.now() }
      await ports.marks.advance(environment, name, mark)
    },
    async clear({ secrets, marks } = ports) {
      if (recipe.keepPrevious) await secrets.remove(environment, previousName(name))
      await marks.clear(environment, name)
    },
  }
}

/** A mark in the name of this run. */
export function ownMark({ ambient }: Turn, phase: Phase, times: Pick<RotationMark, 'was' | 'set'> = {}): RotationMark {
  const { id: run, attempt, job, host, pid, started } = ambient.run
  return { v: 1, phase, at: ambient.clock.now(), run, attempt, job, host, pid, started, ...times }
}

/** The value that is stored, where this job was given it and nobody has set another since. */
export function givenValue(turn: Turn, setAt: number | undefined, name = turn.name): string | undefined {
  const value = turn.values[name]
  return value === undefined || value === '' || setAt === undefined || setAt > turn.startedAt ? undefined : value
}

export function ended(turn: Turn, end: End, text: string): Turned {
  return { name: turn.name, end, text }
}

/** What was begun is over, whether or not that can be written down: a mark that stays is looked at by the next run. */
export async function quietly(turn: Turn, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (fault) {
    turn.ambient.log.warn(`The mark of the rotation of \`${turn.name}\` stays, and the next run looks at it: ${messageOf(fault)}`)
  }
}

/** A value that is known from now on is shown nowhere, nor is the password in it where it is an address. */
export function hide(value: string, ambient: Ambient): void {
  ambient.mask(value)
  if (!URL.canParse(value)) return
  const { password } = new URL(value)
  if (password === '') return
  ambient.mask(password)
  try {
    ambient.mask(decodeURIComponent(password))
  } catch {
    // It is what it is.
  }
}
