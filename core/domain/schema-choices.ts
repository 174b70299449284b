import { readableDuration } from './duration.js'
import type { RollbackChoice } from './eligibility.js'
import type { Receipt } from './receipt.js'
import { NO_REVISION } from './schema-revision.js'

/** What can be done where the old release can't run on the database schema as it is now. */
export interface SchemaChoice {
  readonly way: 'migrate-down' | 'restore' | 'forward'
  /** Inputs of rollback, exactly as they are to be given; none for going forward. */
  readonly inputs: Readonly<Record<string, string>>
  /** What it does and what it costs. */
  readonly means: string
}

export interface SchemaAsked {
  readonly app: string
  readonly environment: string
  readonly target: RollbackChoice
  /** The revision that the database has now, where it is known. */
  readonly now?: string
  /** The configured command that takes the schema back. */
  readonly down?: string
  /** Every receipt that the store has; absent: it could not be asked. */
  readonly receipts?: readonly Receipt[]
  /** Name of the database that a restore would replace, where it is known: backups of others are not offered. */
  readonly database?: string
  /** Epoch ms. */
  readonly at: number
}

/** The word that stands for the configured command. */
export const CONFIGURED = 'configured'

/** The ways out, the one that loses least first. Nothing is offered that is known not to lead there. */
export function schemaChoices(asked: SchemaAsked): readonly SchemaChoice[] {
  return [...migrateDown(asked), ...restore(asked), forward(asked)]
}

export function choiceText({ way, inputs, means }: SchemaChoice): string {
  const given = Object.entries(inputs).map(([name, value]) => `\`${name}: ${value}\``).join(', ')
  return way === 'forward' ? means : `give ${given}: ${means}`
}

export function revisionName(revision: string | undefined): string {
  return revision === undefined ? 'a revision that nobody recorded' : revision === NO_REVISION ? 'no revision (an empty database)' : `revision ${revision}`
}

/** Whoever runs it must be told where to stop: without that it would be a guess. */
function migrateDown({ target, now, down }: SchemaAsked): readonly SchemaChoice[] {
  if (down === undefined || target.schema === undefined) return []
  return [{
    way: 'migrate-down', inputs: { to: target.release.version, 'migrate-down': CONFIGURED },
    means: `\`${down}\` takes the schema from ${revisionName(now)} back to ${revisionName(target.schema)}; what only the newer schema can hold is lost.`,
  }]
}

/** The newest verified backup with the schema that the release ran with. */
function restore({ app, environment, database, target, receipts = [], at }: SchemaAsked): readonly SchemaChoice[] {
  const fitting = receipts
    .filter((receipt) => receipt.app === app && receipt.environment === environment && receipt.verified !== null && receipt.kind !== 'archive' && receipt.takenFor === undefined)
    .filter(({ schemaRevision, takenAt }) => target.schema !== undefined && schemaRevision === target.schema && Date.parse(takenAt) <= at)
    .filter((receipt) => database === undefined || receipt.database.name === database)
    .toSorted((a, b) => Date.parse(b.takenAt) - Date.parse(a.takenAt))
  const [newest] = fitting
  if (newest === undefined) return []
  return [{
    way: 'restore', inputs: { to: target.release.version, 'restore-receipt': newest.id, 'confirm-restore-receipt': newest.id },
    means: `the database as it was at ${newest.takenAt}, with ${revisionName(target.schema)}. Everything written since then, that is ${readableDuration(at - Date.parse(newest.takenAt))} of data, is lost.`,
  }]
}

function forward({ target: { release }, receipts, down }: SchemaAsked): SchemaChoice {
  const without = [
    ...(down === undefined ? ['`migrate.down` is not set, so that the schema can\'t be taken back'] : []),
    ...(receipts === undefined ? ['the backups could not be looked at'] : []),
  ]
  return { way: 'forward', inputs: {}, means: `deliver a release with the fix, on the schema as it is; nothing is lost, and ${release.version} stays away${without.length === 0 ? '' : ` (${without.join('; ')})`}.` }
}
