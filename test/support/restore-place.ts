import type { Environment } from '../../core/domain/environment.js'

/** An environment of which a restore asks nothing but the database. */
export const production: Environment = {
  name: 'production', app: 'shop', state: '/state', settings: {}, degraded: 'warn', checks: [],
  rollout: { strategy: 'direct', weights: [100], onUndecided: 'hold', onNoData: 'hold', stepAtLeastMs: 1, stepAtMostMs: 1, decideWithinMs: 1, healthyWithinMs: 2000, returnAfterMs: 1 },
  judge: { checks: [], pollMs: 1, alpha: 0.01, beta: 0.05, minCandidateRequests: 1 },
  objectives: { rpoMs: 3_600_000, rtoMs: 3_600_000 },
}
