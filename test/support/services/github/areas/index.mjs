import { checks } from './checks.mjs'
import { commits } from './commits.mjs'
import { contents } from './contents.mjs'
import { deploymentStatuses } from './deployment-statuses.mjs'
import { deployments } from './deployments.mjs'
import { dispatches } from './dispatches.mjs'
import { environments } from './environments.mjs'
import { issues } from './issues.mjs'
import { objects } from './objects.mjs'
import { protection } from './protection.mjs'
import { refs } from './refs.mjs'
import { releases } from './releases.mjs'
import { repository } from './repository.mjs'
import { runs } from './runs.mjs'
import { secrets } from './secrets.mjs'
import { variables } from './variables.mjs'

/** Operation of the description → what it does. */
export const areas = {
  ...checks, ...commits, ...contents, ...deploymentStatuses, ...deployments, ...dispatches, ...environments, ...issues, ...objects, ...protection, ...refs, ...releases, ...repository, ...runs, ...secrets, ...variables,
}
