import type { dashboardModel } from '../../../core/domain/dashboard/build.js'
import type { DashboardModel } from '../../../core/domain/dashboard/model.js'

export interface SampleOptions {
  /** Default 400. */
  readonly deliveries?: number
  /** The newest so many have all their particulars. Default 60. */
  readonly details?: number
  readonly hostile?: boolean
  readonly seed?: number
  readonly inFlight?: boolean
}

/** When the sample was made (epoch ms). */
export const UNTIL: number
export function sampleModel(build: typeof dashboardModel, options?: SampleOptions): DashboardModel
