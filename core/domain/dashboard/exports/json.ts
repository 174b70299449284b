import type { DashboardModel } from '../model.js'

/** What programs read; JSON Schema: `action-docs/deliveries.schema.json`. */
export type DeliveriesExport = Omit<DashboardModel, 'details'>

/** Everything but the details of single deliveries, which are in their own records. */
export function deliveriesJson(model: DashboardModel): string {
  const { details: _, ...rest } = model
  return `${JSON.stringify(rest satisfies DeliveriesExport)}\n`
}
