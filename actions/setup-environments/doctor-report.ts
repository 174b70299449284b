import { grantedByYaml, type Examined } from '../../core/domain/permissions.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import { reasons, type SetupOutcome } from './outcome.js'

export interface Diagnosis {
  readonly verdict: 'permitted' | 'permissions-missing' | 'permissions-unknown'
  readonly all: readonly Examined[]
  readonly whose: readonly string[]
  readonly actions: readonly string[]
  /** What nobody looked at, in sentences. */
  readonly unchecked: readonly string[]
}

export function doctorOutcome({ verdict, all, whose, actions, unchecked }: Diagnosis): SetupOutcome {
  const missing = all.filter(({ presence, required }) => presence === 'no' && required)
  const unknown = all.filter(({ presence, required }) => presence === 'unknown' && required)
  return {
    ok: verdict === 'permitted',
    reason: verdict,
    message: `${messageOf(verdict, missing, unknown, whose)} ${unchecked[0] ?? ''}`.trim(),
    outputs: { differences: '', changed: '', unmanaged: '', rotated: '', missing: missing.map(({ permission }) => permission).join('\n') },
    summary: {
      title: `Permissions: ${verdict}`,
      parts: [
        { kind: 'text', text: `${reasons[verdict]} Asked of ${whose.join(', ')}, for ${actions.join(', ')}.` },
        { kind: 'table', columns: ['Permission', 'Needed by', 'For', 'There?', 'How that was seen', 'To add'], rows: all.map(row) },
        ...yamlPart(missing),
        ...unchecked.map((text) => ({ kind: 'text' as const, text })),
      ],
    },
  }
}

function messageOf(verdict: Diagnosis['verdict'], missing: readonly Examined[], unknown: readonly Examined[], whose: readonly string[]): string {
  const names = (some: readonly Examined[]): string => some.map(({ permission }) => `\`${permission}\``).join(', ')
  if (verdict === 'permitted') return `All that is needed is permitted: ${whose.join(', ')}.`
  if (verdict === 'permissions-unknown') return `Nothing was seen to be missing, and of ${names(unknown)} nobody can tell.`
  const inYaml = missing.every(({ permission }) => grantedByYaml(permission))
  const how = inYaml ? 'Add them to `permissions:` of the job and of its caller' : 'No `permissions:` can grant all of them: give the input `token` a token of an admin or of a GitHub App'
  return `${names(missing)} ${missing.length === 1 ? 'is' : 'are'} missing. ${how}.`
}

function row({ permission, by, why, presence, how, required }: Examined): readonly string[] {
  const add = presence === 'yes' ? '' : grantedByYaml(permission) ? `\`${permission}\`` : 'a token of an admin or an app'
  return [`\`${permission}\``, by.join(', '), `${why}${required || by.length === 0 ? '' : ' (optional)'}`, presence, how, add]
}

/** Ready to be copied. */
function yamlPart(missing: readonly Examined[]): readonly SummaryPart[] {
  const lines = missing.filter(({ permission }) => grantedByYaml(permission)).map(({ permission }) => `  ${permission}`)
  return lines.length === 0 ? [] : [{ kind: 'details', title: 'YAML to add', text: ['permissions:', ...lines].join('\n') }]
}
