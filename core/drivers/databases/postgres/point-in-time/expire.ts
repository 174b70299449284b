import { WHOLE_DAY_MS } from '../psql.js'
import type { StanzaInfo } from './info.js'
import { backrest, type Backrest } from './program.js'

/** So many that its own rules take nothing away. */
const ALL = 9_999_999

/** One set after the other, those that need others first; then the changes before the oldest that stays. Its own retention has no say, and a backup that came in the meantime stays. */
export async function expire(given: Backrest, labels: readonly string[], info: () => Promise<StanzaInfo>): Promise<readonly string[]> {
  const { backups } = await info()
  const kept = closure(backups.map(({ label }) => label).filter((label) => !labels.includes(label)), backups)
  const doomed = backups.filter(({ label }) => !kept.has(label)).toSorted((a, b) => b.needs.length - a.needs.length)
  if (doomed.length === 0) return []
  const gone: string[] = []
  for (const { label } of doomed) {
    // What needed the last one may have taken it along.
    if (!(await info()).backups.some((one) => one.label === label)) continue
    await backrest(given, { what: `take backup ${label} out of`, command: 'expire', args: [`--set=${label}`, ...retention(given, ALL, ALL)], timeoutMs: WHOLE_DAY_MS, code: 'store-refused' })
    gone.push(label)
  }
  const fulls = (await info()).backups.filter(({ kind }) => kind === 'full').length
  if (fulls > 0) await backrest(given, { what: 'take old changes out of', command: 'expire', args: retention(given, ALL, fulls), timeoutMs: WHOLE_DAY_MS, code: 'store-refused' })
  return gone
}

/** What is kept keeps what it can't be restored without. */
function closure(keep: readonly string[], backups: StanzaInfo['backups']): ReadonlySet<string> {
  const kept = new Set(keep)
  for (const { label, needs } of backups) if (keep.includes(label)) for (const one of needs) kept.add(one)
  return kept
}

function retention({ options: { repo = 1 } }: Backrest, fulls: number, changes: number): readonly string[] {
  const of = (name: string, value: string | number): string => `--repo${repo}-retention-${name}=${value}`
  return [of('full', fulls), of('full-type', 'count'), of('diff', ALL), of('archive', changes), of('archive-type', 'full')]
}
