import { fieldsOf, textOf, type Fields } from './literal.js'
import { conditions, type Dependency } from './stack.js'

type Services = Readonly<Record<string, Fields>>

/** What a service waits for; what is optional and not there is left out. */
export function dependenciesOf(definition: Fields, services: Services): readonly Dependency[] {
  return Object.entries(fieldsOf(definition['depends_on'])).flatMap(([service, entry]) => {
    const { condition: written, required } = fieldsOf(entry)
    const condition = conditions.find((known) => known === textOf(written)) ?? 'service_started'
    const needed = required !== false
    return needed || services[service] !== undefined ? [{ service, condition, required: needed }] : []
  })
}

/** All that it depends on, and they in turn, without itself. */
export function neededBy(service: string, services: Services): readonly string[] {
  const found = new Set<string>()
  const visit = (name: string): void => {
    for (const { service: next } of dependenciesOf(fieldsOf(services[name]), services)) {
      if (found.has(next) || next === service) continue
      found.add(next)
      visit(next)
    }
  }
  visit(service)
  return [...found]
}

/** A one-off that runs the service's own image runs the one that the compose file names, not the release's. */
export function needWarnings(service: string, needed: readonly string[], services: Services): readonly string[] {
  const image = textOf(fieldsOf(services[service])['image'])
  const same = needed.filter((name) => image !== undefined && textOf(fieldsOf(services[name])['image']) === image)
  return same.map((name) => `Service \`${name}\`, which \`${service}\` depends on, has the same image; it runs the tag that the compose file names, not the release. For migrations use \`migrate: { in: release }\`.`)
}
