import { percent, sum } from '../../core/domain/quality/coverage.js'
import type { Measured } from '../../core/domain/quality/criteria.js'
import { countByLevel } from '../../core/domain/quality/findings.js'
import { testTotals } from '../../core/domain/quality/tests.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { CommitStatus, Repository } from '../../core/ports/repository.js'
import { ancestors } from './checkout.js'
import type { Reason } from './outcome.js'

/** GitHub takes no longer ones. */
const LONGEST = 140
/** Each costs a call. */
const MOST_ANCESTORS = 5

/** What a status says in a line: why, and the counts. It holds nothing but numbers and names of commands. */
export function description(reason: Reason, commands: { readonly all: number; readonly failed: readonly string[] }, measured: Measured): string {
  const counts = countsOf(commands.all, measured)
  for (let named = commands.failed.length; named >= 0; named -= 1) {
    const left = commands.failed.length - named
    const names = [...commands.failed.slice(0, named), ...(left === 0 ? [] : [`${left} ${named === 0 ? 'commands' : 'more'}`])]
    const text = [`${reason}${names.length === 0 ? '' : ` (${names.join(', ')})`}`, ...counts].join('; ')
    if (text.length <= LONGEST) return text
  }
  return [reason, ...counts].join('; ').slice(0, LONGEST)
}

function countsOf(commands: number, { tests, coverage, findings }: Measured): readonly string[] {
  const totals = tests === undefined ? undefined : testTotals(tests)
  const covered = coverage === undefined ? undefined : percent(sum(coverage.map(({ lines }) => lines)))
  const levels = findings === undefined ? undefined : countByLevel(findings)
  return [
    ...(covered === undefined ? [] : [`coverage ${cut(covered)} %`]),
    `${commands} ${commands === 1 ? 'command' : 'commands'}`,
    ...(totals === undefined ? [] : [`${totals.total} tests, ${totals.failed} failed`]),
    ...(levels === undefined ? [] : [`${levels.error} errors, ${levels.warning} warnings`]),
  ]
}

/** Two digits, never rounded up. */
export function cut(value: number): string {
  return (Math.floor(value * 100 + 1e-9) / 100).toFixed(2)
}

/** Coverage of lines as it is recorded for the nearest commit before this one, or why it is not known. */
export async function coverageBefore(repository: Pick<Repository, 'status'> | undefined, context: string, ambient: Ambient): Promise<Measured['before']> {
  if (repository === undefined) return { unknown: 'nothing is recorded without a repository on GitHub' }
  const commits = await ancestors(MOST_ANCESTORS, ambient)
  for (const commit of commits) {
    const status = await repository.status(commit, context)
    const found = /\bcoverage (?<value>\d{1,3}\.\d\d) %/.exec(status?.description ?? '')?.groups?.['value']
    if (found !== undefined) return Number(found)
  }
  return { unknown: commits.length === 0 ? 'there is no commit before this one' : `none of the ${commits.length} commits before has a recorded coverage` }
}

/** The commit's status, set while a run goes on. */
export class Recording {
  private readonly url: { readonly url?: string }

  constructor(private readonly repository: Pick<Repository, 'setStatus'>, private readonly commit: string, private readonly context: string, { run }: Pick<Ambient, 'run'>) {
    this.url = run.url === '' ? {} : { url: run.url }
  }

  async set(state: CommitStatus['state'], text: string): Promise<void> {
    await this.repository.setStatus(this.commit, { context: this.context, state, description: text.slice(0, LONGEST), ...this.url })
  }
}
