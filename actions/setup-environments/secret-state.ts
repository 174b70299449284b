import type { Environment } from '../../core/domain/environment.js'
import type { SummaryPart } from '../../core/domain/outcome.js'
import type { Difference } from '../../core/domain/protection/difference.js'
import { secretFindings, type SecretFinding, type StoredSecret } from '../../core/domain/secret-policy.js'
import type { SetupRequest } from './request.js'

/** Presence, age and shape of the secrets that the file names for an environment. */
export function stateOf({ secrets: policies = [] }: Pick<Environment, 'secrets'>, stored: readonly StoredSecret[], { values, startedAt: now }: SetupRequest): readonly SecretFinding[] {
  return secretFindings({ policies, stored, values, now })
}

/** Secrets that are there and may not stay as they are. */
export function unfit(environment: string, findings: readonly SecretFinding[]): readonly Difference[] {
  return findings.filter(({ kind, bad }) => bad && kind !== 'missing').map(({ name, kind, text }) => ({ environment, setting: `secrets.${name}`, is: text, should: kind === 'too-old' ? 'younger' : 'of that shape' }))
}

/** Everything that was looked at, so that what was not checked is seen. */
export function secretsTable(environments: readonly { readonly wanted: { readonly name: string }; readonly findings: readonly SecretFinding[] }[]): readonly SummaryPart[] {
  const rows = environments.flatMap(({ wanted, findings }) => findings.map(({ name, kind, text }) => [wanted.name, name, kind, text]))
  return rows.length === 0 ? [] : [{ kind: 'table', title: 'Secrets: presence, age, shape', columns: ['Environment', 'Secret', 'Found', 'What was seen'], rows }]
}
