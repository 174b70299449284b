// What stands on a commit: the newest status of each context, and its check runs.

export function statusesOn(view, sha) {
  const newest = new Map()
  for (const status of view.by('commitStatuses', 'sha', sha)) newest.set(status.context, status)
  return [...newest.values()]
}

export function contextsOf(view, sha) {
  const checks = view.by('checkRuns', 'sha', sha).map(({ name, status, conclusion }) => ({ context: name, state: checkState(status, conclusion) }))
  return [...statusesOn(view, sha).map(({ context, state }) => ({ context, state })), ...checks]
}

function checkState(status, conclusion) {
  if (status !== 'completed') return 'pending'
  return ['success', 'neutral', 'skipped'].includes(conclusion) ? 'success' : 'failure'
}
