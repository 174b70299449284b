/** A checkout with a database in it, and db-backup run there as a runner runs it. */
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { addressOf, databaseLab, type DatabaseLab } from '../../support/database-lab.js'
import { runAction, type ActionResult, type ActionRun, type StartedAction, type StepResult } from '../../support/runner.mjs'
import { underWay } from '../../support/under-way.js'

export type Ran = ActionResult & { readonly post: StepResult | undefined }

export interface NightLab extends Pick<DatabaseLab, 'sql' | 'databases' | 'server'> {
  readonly work: string
  /** The password that must appear nowhere, in the address that the configuration names. */
  readonly password: string
  /** What stands below `backup:`, indented by six, beside the address. */
  configure(backup: string): Promise<void>
  run(inputs?: ActionRun['inputs'], env?: ActionRun['env']): Promise<Ran>
  start(inputs?: ActionRun['inputs'], env?: ActionRun['env'], onLine?: (line: string) => void): Promise<StartedAction>
  /** Names in a folder of the checkout. */
  files(folder: string): readonly string[]
  scratches(): readonly string[]
  close(): Promise<void>
}

const PASSWORD = 'planted-pa55-6d'

export async function nightLab(filling: string): Promise<NightLab> {
  const lab = await databaseLab()
  lab.sql(`CREATE ROLE ada SUPERUSER LOGIN PASSWORD '${PASSWORD}';`)
  lab.database('shop')
  lab.sql(filling, 'shop')
  const work = await mkdtemp(path.join(os.tmpdir(), 'ecluse-night-'))
  const url = addressOf(lab.server, { user: 'ada', password: PASSWORD, database: 'shop' })
  const asked = (inputs: ActionRun['inputs'], env: ActionRun['env']): ActionRun => ({ action: 'db-backup', cwd: work, inputs: { ledger: 'file', ...inputs }, env: { DATABASE_URL: url, ...env } })
  const going = underWay()
  return {
    work, password: PASSWORD, server: lab.server, sql: (text, database) => lab.sql(text, database), databases: () => lab.databases(),
    configure: (backup) => writeFile(path.join(work, 'ecluse.yml'), `app: shop\nenvironments:\n  production:\n    backup:\n      database: "\${env:DATABASE_URL}"\n${backup}`),
    run: (inputs, env) => runAction(asked(inputs, env)),
    start: (inputs, env, onLine) => going.start({ ...asked(inputs, env), ...(onLine === undefined ? {} : { onLine }) }),
    files: (folder) => (existsSync(path.join(work, folder)) ? readdirSync(path.join(work, folder)).toSorted() : []),
    scratches: () => lab.databases().filter((name) => name.startsWith('ecluse_')),
    close: async () => {
      await going.end()
      await lab.close()
      await rm(work, { recursive: true, force: true })
    },
  }
}
