import { backrest, type Backrest } from './program.js'

const KEY = 'ecluse'
const LIMIT_MS = 60_000

/** What is said beside a backup. */
export function marking(mark: string | undefined): readonly string[] {
  return mark === undefined ? [] : [`--annotation=${KEY}=${mark}`]
}

/** An empty one is none. */
export async function unmark(given: Backrest, label: string): Promise<void> {
  await backrest(given, { what: `take the note of backup ${label} out of`, command: 'annotate', args: [`--set=${label}`, `--annotation=${KEY}=`], timeoutMs: LIMIT_MS, code: 'store-refused' })
}

export function markIn(annotation: Readonly<Record<string, unknown>>): string | undefined {
  const found = annotation[KEY]
  return typeof found === 'string' && found !== '' ? found : undefined
}
