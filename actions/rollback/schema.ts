import type { RollbackChoice } from '../../core/domain/eligibility.js'
import type { EnvironmentHistory } from '../../core/domain/history.js'
import type { Receipt } from '../../core/domain/receipt.js'
import { choiceText, schemaChoices } from '../../core/domain/schema-choices.js'
import { schemaRecord } from '../../core/domain/schema-record.js'
import { messageOf } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { Decision, RollbackPorts, RollbackRequest } from './flow.js'
import type { Facts } from './report.js'

/** Whether what was asked for leaves the schema at a revision: a command that is told where to stop, or a backup that has that schema. */
export function settledBy({ migrateDown, restoreReceipt }: RollbackRequest, receipts: readonly Receipt[]): (schema: string | undefined) => boolean {
  const restored = receipts.find(({ id }) => id === restoreReceipt)?.schemaRevision
  return (schema) => {
    if (restoreReceipt !== undefined) return schema !== undefined && restored === schema
    return migrateDown !== undefined && (schema !== undefined || !migrateDown.includes('ECLUSE_REVISION'))
  }
}

/** Refused, with every way out spelled out: nobody should have to find the inputs in the middle of the night. */
export async function incompatible(
  { environment }: RollbackRequest, { data }: RollbackPorts, { facts, history, chosen }: { readonly facts: Facts; readonly history: EnvironmentHistory; readonly chosen: { readonly choice: RollbackChoice; readonly message: string } }, ambient: Ambient,
): Promise<Decision> {
  const now = schemaRecord(history).now.revision
  const receipts = environment.backup === undefined ? [] : await readReceipts(data, ambient)
  const database = receipts === undefined || receipts.length === 0 ? undefined : await data.database()
  const ways = schemaChoices({
    app: environment.app, environment: environment.name, target: chosen.choice, at: ambient.clock.now(),
    ...(now === undefined ? {} : { now }), ...(environment.migrate?.down === undefined ? {} : { down: environment.migrate.down }), ...(receipts === undefined ? {} : { receipts }), ...(database === undefined ? {} : { database }),
  })
  const told = ways.map((way, index) => `(${index + 1}) ${choiceText(way)}`).join(' ')
  return { facts: { ...facts, ways }, refused: 'schema-incompatible', message: `${chosen.message} What can be done: ${told} Or give \`force\` with a reason to bring it back on the schema as it is.` }
}

async function readReceipts(data: RollbackPorts['data'], ambient: Ambient): Promise<readonly Receipt[] | undefined> {
  try {
    return await data.receipts()
  } catch (fault) {
    ambient.log.warn(`The backups could not be looked at: ${messageOf(fault)}`)
    return undefined
  }
}
