/** What a person can see of a step. */
import type { ActionResult } from './runner.mjs'

/** The runner takes the commands that hide a value out. */
export function visible(result: Pick<ActionResult, 'stdout' | 'stderr' | 'summary' | 'outputs' | 'state'>): string {
  const shown = (text: string): string => text.split('\n').filter((line) => !line.startsWith('::add-mask::')).join('\n')
  return [shown(result.stdout), shown(result.stderr), result.summary, JSON.stringify(result.outputs), JSON.stringify(result.state)].join('\n')
}

/** The forms of secrets that a text shows. */
export function shownOf(secrets: readonly string[], text: string): readonly string[] {
  const forms = secrets.flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), Buffer.from(secret).toString('base64')])
  return [...new Set(forms)].filter((form) => text.includes(form))
}
