import { fieldsOf, isFields, isList, type Fields, type Json } from './literal.js'

/** Where variables that are not set are used. */
export interface Blank {
  /** Service → variables. */
  readonly services: Readonly<Record<string, readonly string[]>>
  /** In networks, volumes, secrets, configs or the project's name: these concern everybody. */
  readonly shared: readonly string[]
  /** Nowhere in the compose files, so in a file that they read. */
  readonly elsewhere: readonly string[]
}

export function blankIn(template: Fields, unset: readonly string[]): Blank {
  const services = Object.fromEntries(Object.entries(fieldsOf(template['services'])).map(([name, service]) => [name, unset.filter((variable) => uses(service, variable))]))
  const rest = Object.fromEntries(Object.entries(template).filter(([key]) => key !== 'services' && !key.startsWith('x-')))
  const shared = unset.filter((variable) => uses(rest, variable))
  const known = new Set([...Object.values(services).flat(), ...shared, ...unset.filter((variable) => uses(template, variable))])
  return { services, shared, elsewhere: unset.filter((variable) => !known.has(variable)) }
}

/** `$X`, `${X}`, `${X:-…}`; in keys too. */
function uses(value: Json | undefined, variable: string): boolean {
  if (typeof value === 'string') return new RegExp(`\\$(?:${variable}(?!\\w)|\\{${variable}(?!\\w))`).test(value)
  if (isList(value)) return value.some((entry) => uses(entry, variable))
  return isFields(value) && Object.entries(value).some(([key, entry]) => uses(key, variable) || uses(entry, variable))
}
