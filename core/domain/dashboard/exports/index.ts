import type { DashboardModel } from '../model.js'
import { atomFeed } from './atom.js'
import { badgeSvg } from './badge.js'
import { deliveriesCsv } from './csv.js'
import { deliveriesJson } from './json.js'
import { prometheusText } from './prometheus.js'

export { pageWith } from '../page.js'

/** Every export by its file name. */
export function exportsOf(model: DashboardModel): Readonly<Record<string, string>> {
  return {
    'deliveries.json': deliveriesJson(model),
    'deliveries.csv': deliveriesCsv(model.deliveries),
    'metrics.prom': prometheusText(model),
    'feed.atom': atomFeed(model),
    ...Object.fromEntries(model.environments.map((panel) => [badgeName(panel.name), badgeSvg(panel)])),
  }
}

export function badgeName(environment: string): string {
  return `badge-${encodeURIComponent(environment)}.svg`
}
