/** The model as the page holds it. */
import type { DashboardModel } from '../domain/dashboard/model.js'

export type Reading = { readonly model: DashboardModel } | { readonly fault: string }

export function readModel(text: string): Reading {
  if (text.trim() === '' || text.startsWith('/*')) return { fault: 'This page holds no data yet. It is filled when a dashboard is published.' }
  try {
    const model: unknown = JSON.parse(text)
    return isModel(model) ? { model } : { fault: 'The data in this page is of another version than the page itself. Publish the dashboard again.' }
  } catch {
    return { fault: 'The data in this page is broken: it was cut short or changed on its way. Publish the dashboard again.' }
  }
}

/** Both were written by one version of one program: that is looked at, not each field. */
function isModel(value: unknown): value is DashboardModel {
  if (typeof value !== 'object' || value === null) return false
  return 'v' in value && value.v === 1 && 'deliveries' in value && Array.isArray(value.deliveries) && 'environments' in value && Array.isArray(value.environments)
}
