// What GitHub does by itself around deployments.

export function createDeployment({ store, now }, deployment) {
  if (store.head.get('environments', deployment.environment) === undefined) addEnvironment({ store, now }, { name: deployment.environment })
  const at = deployment.at ?? now()
  const { at: _at, statuses: _statuses, ...kept } = deployment
  const made = { id: store.nextId(), ...kept, createdAt: at, updatedAt: at }
  store.put('deployments', made)
  return made
}

export function addEnvironment({ store, now }, { name, ...settings }) {
  const known = store.head.get('environments', name)
  store.put('environments', {
    waitTimer: 0, preventSelfReview: false, reviewers: [], branchPolicy: null, ...settings,
    id: name, number: known?.number ?? store.nextId(), createdAt: known?.createdAt ?? now(), updatedAt: now(),
  })
}

/** With everything below it. */
export function dropEnvironment({ store }, name) {
  for (const table of ['branchPolicies', 'protectionRules', 'secrets', 'variables']) for (const { id } of store.head.by(table, 'environment', name)) store.remove(table, id)
  store.remove('environments', name)
}

export function latestStatus(view, deployment) {
  return view.by('deploymentStatuses', 'deployment', deployment).at(-1)
}

/** One that has no status yet counts as active, too: GitHub asks for a status that is no success before it deletes. */
export function isActive(view, deployment) {
  const last = latestStatus(view, deployment)
  return last === undefined || last.state === 'success'
}

export function createStatus({ store, now }, deployment, { autoInactive = true, at = now(), ...status }) {
  const made = {
    id: store.nextId(), deployment: deployment.id, description: '', logUrl: '', environmentUrl: '', environment: latestStatus(store.head, deployment.id)?.environment ?? deployment.environment, ...status, createdAt: at,
  }
  store.put('deploymentStatuses', made)
  store.change('deployments', deployment.id, { updatedAt: at })
  if (made.state === 'success' && autoInactive) retire({ store, now }, deployment, made)
  return made
}

/** Earlier successes of the same environment, unless they are transient or production. */
function retire({ store, now }, deployment, by) {
  for (const earlier of store.head.by('deployments', 'environment', deployment.environment)) {
    if (earlier.id >= deployment.id || earlier.transient || earlier.production) continue
    if (latestStatus(store.head, earlier.id)?.state !== 'success') continue
    createStatus({ store, now }, earlier, { state: 'inactive', creator: by.creator, at: by.createdAt })
  }
}
