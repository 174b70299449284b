import type { Environment } from '../domain/environment.js'
import type { GrafanaOptions } from '../domain/annotation.js'
import type { Ambient } from '../ports/ambient.js'
import type { Annotations } from '../ports/annotations.js'

const annotations = {
  grafana: async (options, ambient) => {
    const { grafanaAnnotations } = await import('./annotations/grafana/index.js')
    ambient.mask(options.token)
    return grafanaAnnotations(options, ambient)
  },
} satisfies Record<'grafana', (options: GrafanaOptions, ambient: Ambient) => Promise<Annotations>>

/** `undefined` where the environment names no charts to mark, or a variable for it is not set, which is told. */
export async function openAnnotations({ annotate, unmarked = [] }: Pick<Environment, 'annotate' | 'unmarked'>, ambient: Ambient): Promise<Annotations | undefined> {
  if (unmarked.length > 0) ambient.log.warn(`The delivery is not marked in charts: ${unmarked.map((name) => `\`${name}\``).join(', ')} ${unmarked.length === 1 ? 'is' : 'are'} not set here. The delivery is not touched by that.`)
  return annotate === undefined ? undefined : annotations[annotate.name](annotate, ambient)
}
