import type { Ambient } from '../../../ports/ambient.js'
import type { GitHub } from '../../../ports/github.js'
import type { Ledger } from '../../../ports/ledger.js'
import { deliveries } from './deliveries.js'
import { deployments, type Deployments } from './deployments.js'
import { leases } from './leases.js'
import { shelf } from './shelf.js'
import { toldPeople } from './told.js'

/**
 * The ledger in GitHub's deployments. It needs `deployments: write` and no more; with `actions: read` the lease of a dead
 * run is passed over at once. A deployment's payload holds the intent, its statuses tell what happened then.
 * `parting` opens what last words are said by: a cancel, which cuts all else, must leave neither a lease nor half an end behind.
 */
export function githubLedger(github: GitHub, ambient: Ambient, parting: () => Promise<GitHub> = () => Promise.resolve(github)): Ledger {
  const api = deployments(github, ambient)
  const uncut = async (): Promise<Deployments> => deployments(await parting(), ambient)
  const leasing = leases({ github, api, uncut }, ambient)
  const { take, renew, release } = leasing
  const delivered = deliveries({ github, api, uncut, shelf: shelf(api), leases: leasing }, ambient)
  const people = toldPeople(github, api, ambient)
  return {
    // An unchanged answer costs nothing of the rate limit; a rollback is noticed within two looks.
    pace: { lookEveryMs: 3000, unseenMs: 120_000 },
    take, renew, release,
    ...delivered,
    record: (environment, fact) => (fact.type === 'told' ? people.record(environment, fact.told, fact.at) : delivered.record(environment, fact)),
    told: (environment) => people.told(environment),
  }
}
