/** A database, a platform and the commands of one recipe, exactly as the guide has them. */
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { rollback } from '../../../actions/rollback/flow.js'
import type { RollbackOutcome } from '../../../actions/rollback/outcome.js'
import { deploy } from '../../../actions/deploy-staging/flow.js'
import type { DeployOutcome } from '../../../actions/deploy-staging/outcome.js'
import type { Environment, MigrateCommands } from '../../../core/domain/environment.js'
import type { SchemaChange } from '../../../core/domain/history.js'
import { fileLedger } from '../../../core/drivers/ledger/file/index.js'
import { systemProcesses } from '../../../core/io/process.js'
import type { Ambient } from '../../../core/ports/ambient.js'
import { clientProgram, databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { localLab, type LocalLab } from '../../support/local-lab.js'

export interface RecipeLab {
  /** The application's folder, where its commands run. */
  readonly app: string
  readonly url: string
  sql(text: string): string
  deploy(version: string): Promise<DeployOutcome>
  rollback(asked?: { readonly to?: string; readonly migrateDown?: string }): Promise<RollbackOutcome>
  readonly down: string
  /** What the last delivery on record says of the schema. */
  schema(): Promise<SchemaChange | undefined>
  close(): Promise<void>
}

export async function recipeLab(name: string, env: (url: string) => Readonly<Record<string, string>> = () => ({})): Promise<RecipeLab> {
  const database: DatabaseLab = await databaseLab()
  const platform: LocalLab = await localLab()
  const url = database.database('shop')
  const app = path.join(platform.work, 'app')
  mkdirSync(app)
  const ambient: Ambient = { ...platform.ambient, process: systemProcesses({ signal: platform.ambient.signal, env: { ...process.env, PATH: `${path.dirname(clientProgram('psql'))}:${process.env['PATH']}`, DATABASE_URL: url, ...env(url) } }) }
  const environment = environmentWith(recipe(name, app), platform)
  const grounds = { platform: platform.open(), ledger: fileLedger({ folder: path.join(platform.state, 'ledger') }, ambient) }
  const ports = { ...grounds, shielded: () => Promise.resolve(grounds) }
  const nothing = (): never => {
    throw new Error('not asked for')
  }
  return {
    app, url, down: environment.migrate?.down ?? '',
    sql: (text) => database.sql(text, 'shop'),
    deploy: async (version) => deploy({ environment, url: platform.url, release: await platform.release({ version }), requestedAt: Date.now(), dryRun: false }, ports, ambient),
    rollback: (asked = {}) => rollback(
      { environment, url: platform.url, dryRun: false, startedAt: Date.now(), ...asked },
      { ...ports, data: { known: nothing, receipts: nothing, database: nothing, restore: nothing, cache: nothing } }, ambient,
    ),
    schema: async () => (await grounds.ledger.history('staging')).deliveries.at(-1)?.result?.schema,
    async close() {
      await platform.close()
      await database.close()
    },
  }
}

/** The block of the guide that names the recipe; its commands run in the application's folder. */
function recipe(name: string, app: string): MigrateCommands {
  const guide = readFileSync('action-docs/guides/migrations.md', 'utf8')
  const block = new RegExp(`\`\`\`yaml\\n# recipe: ${name}\\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1]
  if (block === undefined) throw new Error(`The guide has no recipe "${name}".`)
  const { migrate } = parse(block) as { migrate: { up: string; revision: string; down: string; 'backward-compatible': boolean } }
  const there = (script: string): string => `cd '${app}'\n${script}`
  return { up: there(migrate.up), revision: there(migrate.revision), down: there(migrate.down), backwardCompatible: migrate['backward-compatible'], in: 'runner', withinMs: 120_000 }
}

function environmentWith(migrate: MigrateCommands, { state, url }: LocalLab): Environment {
  const tolerance = { relative: 1.1, absolute: 0.01 }
  return {
    name: 'staging', app: 'shop', state, url, migrate, settings: {}, checks: [], degraded: 'fail', identity: { kind: 'json', path: '/health', pointer: 'version' },
    rollout: { strategy: 'direct', weights: [100], onUndecided: 'hold', onNoData: 'rollback', stepAtLeastMs: 1000, stepAtMostMs: 2000, decideWithinMs: 5000, healthyWithinMs: 20_000, returnAfterMs: 60_000 },
    judge: { errors: { tolerance }, slow: { tolerance } } as never,
  }
}
