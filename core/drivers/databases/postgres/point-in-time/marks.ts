import { backrest, versionOf, type Backrest } from './program.js'

const KEY = 'ecluse'
const [MAJOR, MINOR] = [2, 41]
const LIMIT_MS = 60_000

/** What is said beside a backup; before 2.41 pgBackRest has no place for it. */
export async function marking(given: Backrest, mark: string | undefined): Promise<readonly string[]> {
  return mark === undefined || !(await canMark(given)) ? [] : [`--annotation=${KEY}=${mark}`]
}

/** An empty one is none. */
export async function unmark(given: Backrest, label: string): Promise<void> {
  if (!(await canMark(given))) return
  await backrest(given, { what: `take the note of backup ${label} out of`, command: 'annotate', args: [`--set=${label}`, `--annotation=${KEY}=`], timeoutMs: LIMIT_MS, code: 'store-refused' })
}

export function markIn(annotation: Readonly<Record<string, unknown>>): string | undefined {
  const found = annotation[KEY]
  return typeof found === 'string' && found !== '' ? found : undefined
}

async function canMark(given: Backrest): Promise<boolean> {
  const [major = 0, minor = 0] = (await versionOf(given)).split('.').map((part) => Number.parseInt(part, 10))
  return major > MAJOR || (major === MAJOR && minor >= MINOR)
}
