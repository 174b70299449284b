import { levels, whereFound } from '../../core/domain/quality/findings.js'
import type { Thresholds } from '../../core/domain/quality/settings.js'
import { firstLines, fullName, isBad } from '../../core/domain/quality/tests.js'
import type { Log, Place } from '../../core/ports/log.js'
import type { Facts } from './report.js'

/** GitHub shows ten errors of a step, and one is for what the whole step has to say. */
const MOST_OF_A_KIND = 3
const LINES = 3

/** What people must look at, where it stands in the code. All of it is in the summary. */
export function annotate({ ran = [], evidence, criteria = [] }: Facts, { onlyNew }: Pick<Thresholds, 'onlyNew'>, log: Pick<Log, 'error'>): void {
  const { tests = [], findings = [] } = evidence?.measured ?? {}
  const missed = new Set(criteria.filter(({ met }) => !met).map(({ name }) => name))
  for (const { command, ended } of ran.filter(({ ok }) => !ok).slice(0, MOST_OF_A_KIND)) log.error(`${command.name}: ended ${ended}`)
  for (const one of tests.filter(isBad).slice(0, MOST_OF_A_KIND)) {
    log.error([withPlace(fullName(one), one), firstLines(one.text, LINES)].filter((text) => text !== '').join('\n'), placeOf(one))
  }
  const counted = findings.filter(({ level, isNew }) => missed.has(`sarif.${level}`) && (isNew || !onlyNew))
  const worst = counted.toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level))
  for (const one of worst.slice(0, MOST_OF_A_KIND)) log.error(`${withPlace(one.rule, one)}: ${firstLines(one.message, LINES)}`, placeOf(one))
}

function withPlace(text: string, where: { readonly file?: string; readonly line?: number }): string {
  const place = whereFound(where)
  return place === '' ? text : `${text} (${place})`
}

function placeOf({ file, line }: { readonly file?: string; readonly line?: number }): Place | undefined {
  return file === undefined ? undefined : { file, ...(line === undefined ? {} : { line }) }
}
