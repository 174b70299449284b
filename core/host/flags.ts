import type { Problem } from '../errors/families.js'
import { closest } from '../domain/closest.js'
import type { Contract } from './contract.js'

export interface Flags {
  readonly help: boolean
  /** By input name; only what was given. */
  readonly given: Readonly<Record<string, string>>
  readonly problems: readonly Problem[]
}

/** The name under which a secret comes from the environment, so that it is in no list of processes. */
export function secretVariable(input: string): string {
  return `ECLUSE_${input.toUpperCase().replaceAll('-', '_')}`
}

/** A flag that needs no value: its default says that it is a switch. */
export function isSwitch(contract: Contract, name: string): boolean {
  return /^(?:true|false)$/.test(contract.inputs[name]?.default ?? '')
}

/** Reads `--name value`, `--name=value`, switches and `--help`. A flag given twice is a list, one a line. */
export function parseFlags(argv: readonly string[], contract: Contract, secret: (input: string) => boolean): Flags {
  const given: Record<string, string> = {}
  const problems: Problem[] = []
  const waiting = [...argv]
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    const match = /^--(?<name>[A-Za-z][\w-]*)(?:=(?<value>[^]*))?$/.exec(word)
    if (word === '-h' || word === '--help') return { help: true, given, problems }
    const name = match?.groups?.['name']
    const value = match?.groups?.['value']
    if (name === undefined) problems.push(notAFlag(problems.length))
    else if (!Object.hasOwn(contract.inputs, name)) {
      problems.push(unknown(name, contract))
      if (value === undefined && !/^--/.test(waiting[0] ?? '--')) waiting.shift()
    } else if (secret(name)) {
      problems.push(shown(name))
      if (value === undefined && !/^--/.test(waiting[0] ?? '--')) waiting.shift()
    } else {
      const found = value ?? valueOf(name, waiting, contract)
      if (found === undefined) problems.push(valueless(name))
      else given[name] = given[name] === undefined ? found : `${given[name]}\n${found}`
    }
  }
  return { help: false, given, problems }
}

function valueOf(name: string, waiting: string[], contract: Contract): string | undefined {
  if (isSwitch(contract, name)) return /^(?:true|false)$/.test(waiting[0] ?? '') ? waiting.shift() : 'true'
  return /^--/.test(waiting[0] ?? '--') ? undefined : waiting.shift()
}

/** The word itself is not repeated: it may be a secret that lost its flag. */
function notAFlag(index: number): Problem {
  return { code: 'input-unknown', message: `A word ${index === 0 ? '' : 'more '}on the command line belongs to no flag.`, fix: 'Write `--name value`; put quotes around a value with spaces.' }
}

function unknown(name: string, contract: Contract): Problem {
  const meant = closest(name, Object.keys(contract.inputs))
  return { code: 'input-unknown', message: `There is no flag \`--${name}\`.${meant === undefined ? '' : ` Did you mean \`--${meant}\`?`}` }
}

function shown(name: string): Problem {
  return {
    code: 'input-invalid',
    message: `The flag \`--${name}\` is a secret, and other users of this machine can read command lines.`,
    fix: `Leave it out and set the environment variable \`${secretVariable(name)}\`.`,
  }
}

function valueless(name: string): Problem {
  return { code: 'input-missing', message: `The flag \`--${name}\` has no value.`, fix: `Write \`--${name} value\` or \`--${name}=value\`.` }
}
