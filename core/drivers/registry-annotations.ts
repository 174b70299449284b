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

/** `undefined` where the environment names no charts to mark. */
export async function openAnnotations({ annotate }: Pick<Environment, 'annotate'>, ambient: Ambient): Promise<Annotations | undefined> {
  return annotate === undefined ? undefined : annotations[annotate.name](annotate, ambient)
}
