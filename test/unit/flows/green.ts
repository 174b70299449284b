/** The reasons that a step may be green with: what they name was observed. */
export const GREEN_REASONS: ReadonlySet<string> = new Set([
  'promoted', 'promoted-unsuspected', 'promoted-first', 'switched', 'already-live', 'planned', 'deployed', 'rolled-back', 'candidate-abandoned',
])
