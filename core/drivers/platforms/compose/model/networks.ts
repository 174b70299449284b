import { fieldsOf, listOf, textOf, textsOf, type Fields } from './literal.js'
import type { StackNetwork, StackVolume } from './stack.js'

/** The networks of a service, by their real names. */
export function networksOf(definition: Fields, all: Fields, project: string): readonly StackNetwork[] {
  return Object.entries(fieldsOf(definition['networks'])).map(([key, entry]) => {
    const { aliases, ipv4_address: ipv4, ipv6_address: ipv6 } = fieldsOf(entry)
    const ip = textOf(ipv4)
    const ip6 = textOf(ipv6)
    return {
      key, ...real(all[key], `${project}_${key}`), aliases: textsOf(aliases),
      ...(ip === undefined ? {} : { ipv4: ip }),
      ...(ip6 === undefined ? {} : { ipv6: ip6 }),
    }
  })
}

/** The named volumes of a service, by their real names. */
export function volumesOf(definition: Fields, all: Fields, project: string): readonly StackVolume[] {
  const keys = listOf(definition['volumes']).map(fieldsOf).filter(({ type }) => type === 'volume').map(({ source }) => textOf(source) ?? '')
  // One without a name is made anew for each container.
  return [...new Set(keys)].filter((key) => key !== '').map((key) => ({ key, ...real(all[key], `${project}_${key}`) }))
}

function real(entry: Fields[string] | undefined, otherwise: string): { readonly name: string; readonly external: boolean } {
  const { name, external } = fieldsOf(entry)
  return { name: textOf(name) ?? otherwise, external: external === true }
}
