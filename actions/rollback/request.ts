import { addressProblems } from '../../core/delivery/release-from.js'
import type { Environment } from '../../core/domain/environment.js'
import type { StoreChoice } from '../../core/domain/backup.js'
import { CONFIGURED } from '../../core/domain/schema-choices.js'
import { InputError, type Problem } from '../../core/errors/families.js'
import type { Ambient } from '../../core/ports/ambient.js'
import type { RollbackRequest } from './flow.js'

interface RollbackInputs {
  readonly to?: string | undefined
  readonly because?: string | undefined
  readonly force?: string | undefined
  readonly 'break-glass'?: string | undefined
  readonly gate?: string | undefined
  readonly 'migrate-down'?: string | undefined
  readonly 'dry-run'?: boolean | undefined
}

/** What is asked for, from inputs and configuration. Rejects with one `InputError` that names everything missing. */
export function rollbackRequest(given: RollbackInputs, environment: Environment, receipt: string | undefined, ambient: Ambient): RollbackRequest & { readonly stores: readonly StoreChoice[] } {
  const problems: Problem[] = [...addressProblems(environment)]
  if (receipt !== undefined && environment.backup === undefined) {
    problems.push({ code: 'input-missing', message: `Input \`restore-receipt\` is given, and \`${environment.name}\` has no \`backup\`. Set \`database\` (and \`store\`), or \`backup\` in the configuration.` })
  }
  const down = given['migrate-down'] === CONFIGURED ? environment.migrate?.down : given['migrate-down']
  if (given['migrate-down'] === CONFIGURED && down === undefined) {
    problems.push({ code: 'input-missing', message: `Input \`migrate-down\` is "${CONFIGURED}", and \`${environment.name}\` has no \`migrate.down\`. Set it in the configuration, or give the command itself.` })
  }
  const [first, ...rest] = problems
  if (first !== undefined) throw new InputError([first, ...rest])
  return {
    environment,
    url: environment.url ?? '',
    dryRun: given['dry-run'] === true,
    startedAt: ambient.startedAt,
    stores: environment.backup === undefined ? [{ name: 'disk', path: `${environment.state}/backups` }] : [environment.backup.store, ...(environment.backup.copyTo === undefined ? [] : [environment.backup.copyTo])],
    ...(given.to === undefined ? {} : { to: given.to }),
    ...(given.because === undefined ? {} : { because: given.because }),
    ...(given.force === undefined ? {} : { force: given.force }),
    ...(given['break-glass'] === undefined ? {} : { breakGlass: given['break-glass'] }),
    ...(given.gate === undefined ? {} : { gate: given.gate }),
    ...(down === undefined ? {} : { migrateDown: down }),
    ...(environment.flushCache === undefined ? {} : { flushCache: environment.flushCache }),
    ...(receipt === undefined ? {} : { restoreReceipt: receipt }),
  }
}
