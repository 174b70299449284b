import type { Difference } from '../../core/domain/protection/difference.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import { settingsDiffReport } from '../../core/domain/settings/diff.js'
import { reasons, type Reason, type SetupOutcome } from './outcome.js'
import type { SetupRequest } from './request.js'
import { secretsTable } from './secret-state.js'
import { differencesIn, missingSecretsIn, type Survey } from './survey.js'

/** What was found and done, for the outcome. */
export interface Facts {
  /** As it was before anything was written. */
  readonly before: Survey
  /** As it was read at the end; absent where nothing was written. */
  readonly after?: Survey
  /** Writes, in words, in their order. */
  readonly written: readonly string[]
}

const GREEN: readonly Reason[] = ['planned', 'in-step', 'applied']

export function outcome(request: SetupRequest, reason: Reason, message: string, { before, after, written }: Facts): SetupOutcome {
  const last = after ?? before
  const found = [...differencesIn(before), ...missingSecretsIn(before)]
  const remaining = after === undefined ? [] : [...differencesIn(after), ...missingSecretsIn(after)]
  const unmanaged = last.environments.flatMap(({ comparison }) => comparison.left)
  return {
    ok: GREEN.includes(reason),
    reason,
    message,
    outputs: { differences: String(found.length), changed: String(written.length), unmanaged: String(unmanaged.length + last.strangers.length), rotated: '', missing: '' },
    summary: {
      title: `Environments, ${request.mode}: ${reason}`,
      parts: [
        { kind: 'text', text: `${reasons[reason]} ${message}` },
        ...differenceTable(request.mode === 'apply' ? 'What differed' : 'What differs', found),
        ...(written.length === 0 ? [] : [{ kind: 'table' as const, title: 'What was written', columns: ['#', 'Change'], rows: written.map((text, index) => [String(index + 1), text]) }]),
        ...differenceTable('What still differs', remaining),
        ...secretsTable(last.environments),
        ...leftTable(last),
        ...(request.settings === undefined ? [] : settingsDiffReport(request.settings)),
      ],
    },
  }
}

function differenceTable(title: string, differences: readonly Difference[]): readonly SummaryPart[] {
  if (differences.length === 0) return []
  return [{ kind: 'table', title, columns: ['Environment', 'Setting', 'Is', 'Should be'], rows: differences.map(({ environment, setting, is, should }) => [environment, setting, is, should]) }]
}

function leftTable({ environments, strangers }: Survey): readonly SummaryPart[] {
  const rows = [
    ...environments.flatMap(({ comparison }) => comparison.left).map(({ environment, setting, is }) => [environment, setting, is]),
    ...strangers.map((name) => [name, 'environment', 'there']),
  ]
  return rows.length === 0 ? [] : [{ kind: 'table', title: 'Not managed: not in the file, left as it is', columns: ['Environment', 'Setting', 'Is'], rows }]
}

/** `production protection.wait: 0m → 10m`, one each. */
export function toldDifferences(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ environment, setting, is, should }) => `${environment} ${setting}: ${is} → ${should}`)
}

export function counted(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`
}
