import { InputError, type Problem } from '../errors/families.js'

/** The meaning of one input. `parse` gets a text that is not empty, and throws `BadValue` when it can't be used. */
export interface Field<T> {
  readonly parse: (raw: string) => T
  readonly secret?: boolean
  readonly required?: boolean
}

export type Fields = Readonly<Record<string, Field<unknown>>>

/** What an action is given: required inputs as they are, the others perhaps absent. */
export type Given<F extends Fields> = {
  readonly [Name in keyof F]: F[Name] extends { readonly required: true } ? Parsed<F[Name]> : Parsed<F[Name]> | undefined
}

type Parsed<F> = F extends Field<infer T> ? T : never

/** Why a value can't be used: `expected` completes "Set it to …". */
export class BadValue extends Error {
  override readonly name = 'BadValue'
  readonly details: readonly Detail[]

  constructor(...details: readonly [Detail, ...Detail[]]) {
    super(details.map(({ expected }) => expected).join('; '))
    this.details = details
  }
}

export interface Detail {
  readonly expected: string
  readonly code?: Problem['code']
  /** The part that is wrong, when it is not the whole value. */
  readonly found?: string
  /** Where in the value. */
  readonly at?: string
}

export function required<F extends Field<unknown>>(field: F): F & { readonly required: true } {
  return { ...field, required: true }
}

/** Reads every input; one `InputError` names all that can't be used. Absent and empty are the same, as on a runner. */
export function readInputs<F extends Fields>(fields: F, raw: Readonly<Record<string, string>>): Given<F> {
  const problems: Problem[] = []
  const given: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(fields)) {
    const value = raw[name]?.trim() ?? ''
    if (value === '') {
      if (field.required === true) problems.push({ code: 'input-missing', message: `Input \`${name}\` is not given.`, fix: `Give \`${name}\`.` })
      given[name] = undefined
      continue
    }
    try {
      given[name] = field.parse(value)
    } catch (thrown) {
      if (!(thrown instanceof BadValue)) throw thrown
      problems.push(...thrown.details.map((detail) => problemOf(name, value, field, detail)))
    }
  }
  const [first, ...rest] = problems
  if (first !== undefined) throw new InputError([first, ...rest])
  // Every field was parsed by its own `parse`, or is absent and may be.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return given as Given<F>
}

function problemOf(name: string, value: string, field: Field<unknown>, detail: Detail): Problem {
  const found = detail.found ?? value
  const shown = field.secret === true ? 'a value that is not shown' : `"${found.length > 80 ? `${found.slice(0, 77)}…` : found}"`
  const at = detail.at === undefined ? '' : ` (${detail.at})`
  return { code: detail.code ?? 'input-invalid', message: `Input \`${name}\` is ${shown}${at}.`, fix: `Set it to ${detail.expected}.` }
}
