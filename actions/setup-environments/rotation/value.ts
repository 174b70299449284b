import { alphabetOf, randomValue } from '../../../core/domain/random-value.js'
import { fits } from '../../../core/domain/secret-policy.js'
import { valuesFor } from './commands.js'
import { hide, type Turn } from './turn.js'

type Made = { readonly value: string } | { readonly why: string }

const SHORTEST = 8
/** What GitHub takes. */
const LONGEST_BYTES = 48 * 1024

/** A new value, hidden everywhere from this moment on; or why there is none. */
export async function newValue(turn: Turn, old: string | undefined): Promise<Made> {
  const { make } = turn.recipe
  const made = make.kind === 'random' ? { value: randomValue(make.length, alphabetOf(make.alphabet) ?? [], (bytes) => turn.ports.random(bytes)) } : await commanded(turn, make.script, old)
  if ('why' in made) return made
  hide(made.value, turn.ambient)
  const why = unusable(made.value, turn, old)
  return why === undefined ? made : { why }
}

async function commanded(turn: Turn, script: string, old: string | undefined): Promise<Made> {
  const { ambient, name, recipe } = turn
  const what = `make a new value for \`${name}\``
  const { exitCode, timedOut, answer = '', lastLines } = await ambient.process.script({ what, script, env: valuesFor(turn, undefined, old), timeoutMs: recipe.withinMs, answers: true })
  const lines = answer.split('\n').map((line) => line.replace(/\r$/, '')).filter((line) => line.trim() !== '')
  const value = lines.at(-1) ?? ''
  // What it said is told only now that all it printed for us is known as secret: it may say the value too, also when it failed.
  for (const line of lines) hide(line.trim(), ambient)
  for (const line of lastLines) ambient.log.info(line)
  if (timedOut) return { why: `the command to ${what} did not end within its time limit` }
  if (exitCode !== 0) return { why: `the command to ${what} ended with exit code ${exitCode ?? 'none (a signal ended it)'}` }
  return { value: value.trim() }
}

/** Nothing of the value is in what is said. */
function unusable(value: string, { name, shape }: Turn, old: string | undefined): string | undefined {
  if (value === '') return `the command for \`${name}\` printed nothing on standard output`
  if (value.length < SHORTEST) return `the new value has fewer than ${SHORTEST} characters: too few to be hidden in logs`
  if (new TextEncoder().encode(value).length > LONGEST_BYTES) return 'the new value is longer than the 48 KB that GitHub takes'
  if (value === old) return 'the new value is the one that is stored already'
  if (shape !== undefined && !fits(shape, value)) return 'the new value does not match `shape`'
  return undefined
}
